//! Starts, kills and asks a real Stepwell, for its end-to-end tests.
//!
//! Everything blocks: a test is a list of things that happen one after the other. Nothing here sleeps for a guessed
//! time; what has no event to wait for is polled with a deadline, in [`wait::eventually`] alone.

mod fetched;
mod fuzz;
mod http;
mod ledger;
mod log;
pub mod normal;
pub mod npm;
mod processes;
mod project;
mod proxy;
pub mod python;
mod refusal;
mod running;
mod served;
mod server;
mod signals;
mod socket;
mod tools;
pub mod wait;
mod wrangler;

pub use fuzz::{Bounds, fuzz};
pub use http::{Answer, Client};
pub use ledger::{Gate, Ledger, Record};
pub use log::Log;
pub use project::Project;
pub use proxy::{Moment, Proxy};
pub use refusal::Refusal;
pub use served::{ACCOUNT, ADMIN_TOKEN, Installation, Served};
pub use server::{Instance, Server};
pub use signals::kill_9;
pub use socket::Socket;
pub use wrangler::{Said, Wrangler};

/// The oldest compatibility date that Workflows have (no Node compatibility), and a new one.
pub const DATES: [&str; 2] = ["2024-10-22", "2026-09-01"];

/// Plays a test at each of [`DATES`], each time with a server and a ledger of its own.
#[track_caller]
pub fn at_each_date(project: impl Fn() -> Project, test: impl Fn(&mut Server, &Ledger)) {
    for date in DATES {
        test(&mut project().date(date).start(), &Ledger::start());
    }
}

/// A copy of the Worker `tests/workers/<name>`, to be run with the binary of the package under test.
#[macro_export]
macro_rules! project {
    ($name:expr) => {
        $crate::Project::copy_of(
            env!("CARGO_BIN_EXE_stepwell"),
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/workers"),
            $name,
        )
    };
}

/// A server for deployments with nothing in it, to be run with the binary of the package under test.
#[macro_export]
macro_rules! installation {
    () => {
        $crate::Installation::new(env!("CARGO_BIN_EXE_stepwell"))
    };
}

/// A copy of the example `examples/<name>`, to be run with the binary of the package under test.
#[macro_export]
macro_rules! example {
    ($name:expr) => {
        $crate::Project::copy_of(
            env!("CARGO_BIN_EXE_stepwell"),
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples"),
            $name,
        )
    };
}

/// A project with these files and nothing else, to be run with the binary of the package under test.
#[macro_export]
macro_rules! project_of {
    ($($path:expr => $text:expr),* $(,)?) => {
        $crate::Project::of_files(env!("CARGO_BIN_EXE_stepwell"), &[$(($path, $text)),*])
    };
}
