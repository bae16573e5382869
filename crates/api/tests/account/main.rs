//! The account API over a real port, with an engine that only remembers what it was asked.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod auth;
#[path = "../explorer/fake.rs"]
mod fake;
mod instances;
mod management;
mod metrics;
#[path = "../../../control/tests/common/mod.rs"]
mod plane;
mod port;
mod resources;
mod sdks;
mod support;
mod tails;
mod uploads;
mod workers;
