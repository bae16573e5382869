//! The Local Explorer's API over HTTP, with an engine that only remembers what it was asked. What is expected was
//! recorded from `wrangler dev` 4.164.0, but for what the module's documentation says.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod fake;
mod reading;
mod refusals;
mod support;
mod writing;
