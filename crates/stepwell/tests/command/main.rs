//! `stepwell dev` as a command: starting, stopping, reloading, queueing.

mod queue;
mod reload;
mod stopping;

use stepwell_e2e::{Project, project};

fn waits() -> Project {
    project!("waits")
}
