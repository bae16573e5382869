//! The account API over a real port, with an engine that only remembers what it was asked.

mod auth;
#[path = "../explorer/fake.rs"]
mod fake;
mod instances;
mod port;
mod resources;
mod support;
