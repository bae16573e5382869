//! Unmodified wranglers against a real `stepwell serve`: first deploys, later ones, versions, secrets, and what becomes of
//! instances and objects.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod commands;
mod cut;
mod deploys;
mod objects;
mod secrets;
mod shop;
mod versions;
mod workers;
