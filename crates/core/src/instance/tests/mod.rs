//! Each transition by example, with what it wrote and said as text; and all of them together by properties.

mod crashes;
mod events;
mod invariants;
mod ledger;
mod machine;
mod pauses;
mod properties;
mod restarts;
mod steps;
mod text;
mod waits;

use machine::Machine;

/// Compares what the last transition did with `expected`, line by line; indentation does not matter.
#[track_caller]
fn check(machine: &Machine, expected: &str) {
    let expected: Vec<&str> = expected
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(machine.last, expected);
}
