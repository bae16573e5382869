//! What runs see and what they leave behind, through the real binary.

mod leaving;
mod pending;
mod replays;
mod values;

use stepwell_e2e::{Ledger, Server, at_each_date, project};

fn each(test: impl Fn(&mut Server, &Ledger)) {
    at_each_date(|| project!("runs"), test);
}
