//! The programs that are measured.

mod command;
mod project;
mod server;
mod tools;
mod wrangler;

pub(crate) use project::Place;
pub(crate) use server::Server;
pub(crate) use tools::Tools;
