//! A step that loops for ever or exhausts the heap fails by its own retry limit, and takes nobody with it.

use serde_json::json;
use std::time::Duration;
use stepwell_e2e::{Ledger, at_each_date, project};

const INNOCENTS: usize = 50;
const STEPS: usize = 4;

/// Everybody who ran when a process died runs again in a process of their own, two at a time.
const LONG: Duration = Duration::from_secs(90);

#[test]
fn a_looper_and_a_heap_bomb_cost_50_innocents_no_attempt_and_leave_the_object() {
    at_each_date(
        || project!("quarantine").arguments(&["--heap-mb", "64"]),
        |server, _| {
            let ledger = Ledger::start();
            let mut socket = server.socket("/room");
            assert_eq!(socket.ask("before"), "1");
            let innocents: Vec<String> = (0..INNOCENTS)
                .map(|_| server.create("innocent", &ledger))
                .collect();
            let endless = server.create("looper", &ledger);
            let bomb = server.create("bomb", &ledger);

            let looped = server.finish_within(LONG, &endless).errored();
            assert!(looped.contains("WorkflowInternalError"), "{looped}");
            let exploded = server.finish_within(LONG, &bomb).errored();
            assert!(exploded.contains("WorkflowInternalError"), "{exploded}");
            for id in &innocents {
                assert_eq!(server.finish_within(LONG, id).complete(), json!("innocent"));
            }

            // The object and its WebSocket are the same ones as before.
            assert_eq!(socket.ask("after"), "2");
            // Attempts are charged to those who broke their process.
            let charged = ledger
                .of("innocent")
                .into_iter()
                .filter(|record| record.value["attempt"] != 1);
            assert_eq!(charged.count(), 0, "an innocent's attempt was charged");
            for what in ["loop", "explode"] {
                let attempts = ledger
                    .of(what)
                    .into_iter()
                    .filter_map(|record| record.value["attempt"].as_u64());
                assert_eq!(attempts.max(), Some(2), "{what} has two attempts");
            }
            assert!(ledger.count("innocent") >= INNOCENTS * STEPS);
        },
    );
}
