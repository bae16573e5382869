//! `examples/prebuilt`: what another build has made, run as it is.

use crate::{kill_and_start, made, until};
use serde_json::{Value, json};
use stepwell_e2e::example;

#[test]
fn modules_of_every_kind_run_as_they_are() {
    let mut server = example!("prebuilt").start();
    let id = made(&server, "/reports?count=3", &Value::Null);
    let path = format!("/reports/{id}");
    let done = until(&server, &path, "complete");
    let lines: Vec<&str> = done["output"].as_str().unwrap().lines().collect();
    assert_eq!(lines[1..], ["   0    0", "   1    1", "   2    4", "3 lines"]);
    kill_and_start(&mut server);
    assert_eq!(server.get(&path).ok()["output"], json!(lines.join("\n")));
    let again = made(&server, "/reports?count=1", &Value::Null);
    until(&server, &format!("/reports/{again}"), "complete");
}
