//! The Worker port, seen from its clients and from the Worker.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes

mod errors;
mod events;
mod https;
mod limits;
mod requests;
mod routing;
mod stopping;
mod strangers;
mod support;
