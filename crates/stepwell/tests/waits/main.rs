//! Sleeps and waits for events, through the real binary.

mod events;
mod sleeps;

use stepwell_e2e::{Ledger, Server, at_each_date, project};

fn each(test: impl Fn(&mut Server, &Ledger)) {
    at_each_date(|| project!("waits"), test);
}
