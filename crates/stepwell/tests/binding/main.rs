//! The binding and Durable Objects, through the real binary.

mod changes;
mod objects;
mod operations;

use stepwell_e2e::{Ledger, Server, at_each_date, project};

fn each(test: impl Fn(&mut Server, &Ledger)) {
    at_each_date(|| project!("binding"), test);
}
