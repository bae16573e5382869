//! Instances that are created and sent events while the server comes and goes.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use stepwell_e2e::{Client, Ledger, wait};

/// Scenarios, each with its output. An instance with an event gives the event's payload.
const SCENARIOS: [(&str, Option<u64>); 6] = [
    ("short", Some(10)),
    ("retries", Some(10)),
    ("sleeps", Some(10)),
    ("event", None),
    ("large", Some(10)),
    ("parallel", Some(10)),
];

/// Longer than many of the slowest restarts.
pub(crate) const LIMIT: Duration = Duration::from_mins(5);

/// What the server has acknowledged: ids and the outputs that the instances must have.
pub(crate) type Promised = BTreeMap<String, Value>;

/// Makes instances one after the other, waiting for each `pace`, until `stop`. `number` tells them apart.
pub(crate) fn make(client: &Client, ledger: &Ledger, number: &AtomicUsize, stop: &AtomicBool) -> Promised {
    let mut promised = Promised::new();
    while !stop.load(Ordering::Relaxed) {
        let number = number.fetch_add(1, Ordering::Relaxed);
        let (scenario, output) = SCENARIOS[number % SCENARIOS.len()];
        let id = format!("{scenario}-{number}");
        create(client, ledger, &id, scenario);
        if output.is_none() {
            send(client, &id, number);
        }
        promised.insert(id, json!(output.unwrap_or(number as u64)));
    }
    promised
}

/// Creates an instance, until it is acknowledged.
pub(crate) fn create(client: &Client, ledger: &Ledger, id: &str, scenario: &str) {
    let params = json!({ "scenario": scenario, "ledger": ledger.url(), "more": null });
    insist(&format!("creating {id}"), || {
        let answer = client.try_post(&format!("/create?id={id}"), &params)?;
        // An earlier call may have worked though its answer was lost.
        (answer.status == 200 || answer.text.contains("already_exists")).then_some(())
    });
}

/// Sends an instance its event, until it is acknowledged. It may come twice, which harms nobody.
pub(crate) fn send(client: &Client, id: &str, payload: usize) {
    insist(&format!("the event of {id}"), || {
        let answer = client.try_post(&format!("/event/{id}/it"), &json!(payload))?;
        (answer.status == 200 || answer.text.contains("in_finite_state")).then_some(())
    });
}

/// How many run processes under it end an instance that was in no step (`CRASHES_MAX`), and what it ends with.
const CRASHES: usize = 3;
const CRASHED: &str = "WorkflowCrashError";

/// Waits until every promised instance has its output. One that was alone in its process when that was killed is taken for
/// what ended it: so many `killed` run processes are an end of it that is as good.
pub(crate) fn finish(client: &Client, promised: &Promised, killed: usize) {
    let since = Instant::now();
    for (id, output) in promised {
        let mut last = None;
        let ended = wait::within(LIMIT.saturating_sub(since.elapsed()), || {
            let answer = client.try_get(&format!("/status/{id}"))?;
            last = Some(answer.text.clone());
            let status = (answer.status == 200).then(|| answer.json())?;
            ["complete", "errored", "terminated"]
                .iter()
                .any(|&end| status["status"] == end)
                .then_some(status)
        });
        let status = ended.unwrap_or_else(|| panic!("{id} was acknowledged and has not ended: {last:?}"));
        if killed >= CRASHES && status["error"]["name"] == CRASHED {
            continue;
        }
        assert_eq!(
            (&status["status"], &status["output"]),
            (&json!("complete"), output),
            "{id}: {status}"
        );
    }
}

#[track_caller]
fn insist(what: &str, ask: impl FnMut() -> Option<()>) {
    wait::within(LIMIT, ask).unwrap_or_else(|| panic!("not acknowledged within {LIMIT:?}: {what}"));
}
