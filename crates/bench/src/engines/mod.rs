//! The programs that are measured.

mod command;
mod project;
mod served;
mod server;
mod tools;
mod wrangler;

pub(crate) use project::Place;
pub(crate) use served::{ACCOUNT, Served, TOKEN};
pub(crate) use server::Server;
pub(crate) use tools::Tools;
