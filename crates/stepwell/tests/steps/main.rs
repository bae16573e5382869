//! `step.do`, through the real binary.

mod calls;
mod failures;
mod results;
mod retries;

use stepwell_e2e::{Ledger, Project, Server, at_each_date, project};

fn steps() -> Project {
    project!("steps")
}

fn each(test: impl Fn(&mut Server, &Ledger)) {
    at_each_date(steps, test);
}
