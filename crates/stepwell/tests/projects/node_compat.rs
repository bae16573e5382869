//! `examples/node-compat`: packages made for Node.js, at the oldest compatibility date.

use crate::{kill_and_start, made, until};
use serde_json::json;
use stepwell_e2e::example;

#[test]
fn packages_of_node_run_in_steps_before_and_after_a_kill() {
    let mut server = example!("node-compat").installed().start();
    let disk = server.get("/disk");
    assert_eq!(disk.status, 400);
    let error = disk.json()["error"].as_str().unwrap().to_owned();
    assert!(error.contains("readFileSync"), "{error}");
    // Some of them are still running when the engine is killed.
    let ids: Vec<String> = (0..4)
        .map(|n| made(&server, "/exports", &json!([["tea", n], ["cake", 1]])))
        .collect();
    kill_and_start(&mut server);
    for id in ids {
        let done = until(&server, &format!("/exports/{id}"), "complete");
        assert_eq!(done["output"]["verified"], true);
        let headers = done["output"]["headers"].to_string();
        assert!(headers.contains("Subject: Your export"), "{headers}");
        assert!(
            headers.contains(&format!("Message-ID: <{id}@example.com>")),
            "{headers}"
        );
    }
}
