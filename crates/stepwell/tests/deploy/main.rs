//! Unmodified wranglers against a real `stepwell serve`: first deploys, later ones, versions, secrets, and what becomes of
//! instances and objects.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod addresses;
mod assets;
mod commands;
mod cut;
mod deploys;
mod objects;
mod patience;
mod secrets;
mod shop;
mod unsupported;
mod versions;
mod workers;
