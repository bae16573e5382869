//! `@sentry/cloudflare`: a Worker of ours whose classes are in Sentry's proxies, with a `step` of their own.

use crate::{kill_and_start, made, published, until, waits_for_event};
use serde_json::{Value, json};

#[test]
fn classes_in_sentrys_wrappers_run_across_a_kill() {
    let mut server = published("sentry").start();
    let id = made(&server, "/visits?guest=ada", &Value::Null);
    waits_for_event(&server, &id);
    kill_and_start(&mut server);
    let path = format!("/visits/{id}");
    server.post(&path, &Value::Null).ok();
    let done = until(&server, &path, "complete");
    assert_eq!(
        done["output"],
        json!({ "name": "ADA", "count": 1, "left": "noon" })
    );

    let nobody = made(&server, "/visits", &Value::Null);
    let failed = until(&server, &format!("/visits/{nobody}"), "errored");
    assert_eq!(failed["error"]["message"], "a guest has a name");
    assert_eq!(server.get("/").status, 500, "what the handler throws");
}
