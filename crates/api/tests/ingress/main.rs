//! The Worker port as its clients see it, in front of an upstream that is made up.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes

mod errors;
mod events;
mod https;
mod requests;
mod support;
