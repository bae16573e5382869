//! What the ledger must look like, whatever was killed when.

use std::collections::{HashMap, HashSet};
use stepwell_e2e::Ledger;

/// Most attempts that a step of the load makes without any crash.
const ATTEMPTS: u64 = 3;

/// Checks that nothing was executed after its result was acknowledged to `run()`, and that attempts are plausible.
pub(crate) fn ledger(ledger: &Ledger, crashes: u64) {
    let mut acknowledged = HashSet::new();
    let mut executed: HashMap<(String, String), u64> = HashMap::new();
    for record in ledger.records() {
        let text = |name: &str| record.value[name].as_str().unwrap_or_default().to_owned();
        let step = (text("instance"), text("name"));
        match text("what").as_str() {
            "acknowledged" => {
                assert!(
                    executed.contains_key(&step),
                    "{step:?} has a result and was never executed"
                );
                acknowledged.insert(step);
            }
            "executed" => {
                assert!(
                    !acknowledged.contains(&step),
                    "{step:?} ran again after its result was acknowledged"
                );
                let attempt = record.value["attempt"].as_u64().unwrap_or_default();
                let most = ATTEMPTS + crashes;
                assert!(
                    (1..=most).contains(&attempt),
                    "{step:?}: attempt {attempt} after {crashes} crashes"
                );
                let times = executed.entry(step.clone()).or_default();
                *times += 1;
                assert!(
                    *times <= most,
                    "{step:?} was executed {times} times with {crashes} crashes"
                );
                // A start may be repeated under its number, never skipped.
                assert!(
                    attempt <= *times + crashes,
                    "{step:?}: attempt {attempt} is execution {times}"
                );
            }
            other => panic!("an unknown report: {other}"),
        }
    }
    assert!(!acknowledged.is_empty(), "nothing was executed");
}
