//! What can be read, to the field.

use crate::support::{API, Server};
use serde_json::{Value, json};

#[tokio::test]
async fn workflows() {
    let server = Server::start().await;
    for path in ["/workflows", "/workflows/"] {
        let answer = server.get(path).await;
        assert_eq!(
            answer.body,
            r#"{"success":true,"errors":[],"messages":[],"result":[{"name":"flow","class_name":"Flow","script_name":"explorer"}],"result_info":{"count":1}}"#
        );
    }
    assert_eq!(
        server.get("/workflows/flow").await.body,
        r#"{"success":true,"errors":[],"messages":[],"result":{"name":"flow","class_name":"Flow","script_name":"explorer","instances":{"complete":0,"errored":1,"paused":0,"queued":0,"running":0,"terminated":0,"waiting":2,"waitingForPause":0}}}"#
    );
    assert_eq!(
        server.get("/workflows/fl%6Fw").await.result()["name"],
        "flow",
        "names are decoded"
    );
}

#[tokio::test]
async fn instances() {
    let server = Server::start().await;
    let answer = server.get("/workflows/flow/instances/").await;
    assert_eq!(
        answer.body,
        r#"{"success":true,"errors":[],"messages":[],"result":[{"id":"b","status":"waiting","created_on":"2026-11-22T21:25:38.604Z"},{"id":"a","status":"waiting","created_on":"2026-11-22T21:25:38.604Z"}],"result_info":{"page":1,"per_page":25,"total_count":51,"total_pages":3,"status_counts":{"waiting":2,"errored":1}}}"#
    );
    assert_eq!(server.fake.calls(), ["list None None None 0 25"]);
    let query = "page=3&per_page=20&status=waitingForPause&date_start=2026-01-01T00:00:00Z&date_end=2026-01-02T00:00:00.5Z";
    let answer = server.get(&format!("/workflows/flow/instances?{query}")).await;
    assert_eq!(answer.json()["result_info"]["page"], 3);
    assert_eq!(
        server.fake.calls(),
        [r#"list Some("waitingForPause") Some(1767225600000) Some(1767312000500) 40 20"#]
    );
    let answer = server.get("/workflows/flow/instances?page=1e300").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        server.fake.calls(),
        [format!("list None None None {} 25", u64::MAX)]
    );
}

#[tokio::test]
async fn an_instance() {
    let server = Server::start().await;
    let result = server.get("/workflows/flow/instances/a").await.result();
    let then = |thousandth: u32| format!("2026-11-22T21:25:38.{thousandth}Z");
    let attempt = |end: Value, success: Value, error: Value| json!({ "start": then(604), "end": end, "success": success, "error": error });
    let do_step = |name: &str, end: Value, success: Value, config: Value, attempts: Value| {
        json!({
            "name": name, "start": then(604), "end": end, "success": success, "type": "step",
            "config": config, "attempts": attempts,
        })
    };
    let mut greet = do_step(
        "greet-1",
        json!(then(606)),
        json!(true),
        json!({ "retries": { "limit": 5, "delay": 10000, "backoff": "exponential" }, "timeout": "10 minutes" }),
        json!([attempt(json!(then(606)), json!(true), Value::Null)]),
    );
    greet["output"] = json!({ "hello": "ada" });
    let charge = do_step(
        "charge-1",
        Value::Null,
        Value::Null,
        json!({ "retries": { "limit": 3, "delay": 5, "backoff": "linear" }, "timeout": "10 minutes" }),
        json!([
            attempt(
                json!(then(607)),
                json!(false),
                json!({ "name": "TypeError", "message": "card declined" })
            ),
            attempt(Value::Null, Value::Null, Value::Null),
        ]),
    );
    let steps = &result["steps"];
    assert_eq!(steps[0], greet);
    assert_eq!(steps[1], charge);
    assert!(
        steps[1].get("output").is_none(),
        "null would be shown as a result"
    );
    assert_eq!(steps[2]["output"], "[REDACTED]");
    assert_eq!(
        steps[2]["config"]["retries"]["delay"], "1 hour",
        "as the user wrote it"
    );
    let sleep = |name: &str, end: Value, finished: bool| json!({ "name": name, "start": then(604), "end": end, "finished": finished, "type": "sleep", "error": null });
    assert_eq!(steps[3], sleep("nap-1", json!(then(608)), true));
    assert_eq!(steps[4], sleep("night-1", Value::Null, false));
    let wait = |name: &str, end: Value, finished: bool, error: Value, output: Value| {
        json!({
            "name": name, "start": then(604), "end": end, "finished": finished, "type": "waitForEvent",
            "error": error, "output": output,
        })
    };
    let event = json!({ "type": "approved", "payload": { "by": "grace" }, "timestamp": then(608) });
    assert_eq!(
        steps[5],
        wait("approval-1", json!(then(609)), true, Value::Null, event)
    );
    assert_eq!(
        steps[6],
        wait("approval-2", Value::Null, false, Value::Null, Value::Null)
    );
    let error = json!({ "name": "WorkflowTimeoutError", "message": "late" });
    assert_eq!(
        steps[7],
        wait("approval-3", json!(then(610)), true, error, Value::Null)
    );
    assert_eq!(
        steps.as_array().map(Vec::len),
        Some(8),
        "the termination is no step"
    );
    let mut rest = result.clone();
    rest.as_object_mut().unwrap().remove("steps");
    assert_eq!(
        rest,
        json!({
            "status": "waiting", "params": { "z": 1, "a": 1.5 }, "queued": then(604), "start": then(605),
            "end": null, "output": null, "error": null, "step_count": 8,
        })
    );
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let server = Server::start().await;
    let answer = server.ask("HEAD", "/workflows/flow", "").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert!(
        answer.head.contains("content-type: application/json"),
        "{answer:?}"
    );
    assert_eq!(server.ask("HEAD", "/workflows/nope", "").await.status, 404);
}

#[tokio::test]
async fn the_paths_of_older_wranglers() {
    let server = Server::start().await;
    let answer = server
        .send("GET", "/cdn-cgi/explorer/api/workflows/flow", "", b"")
        .await;
    assert_eq!(answer.result()["name"], "flow");
}

#[tokio::test]
async fn the_api_lists_what_there_is() {
    let server = Server::start().await;
    let document = server.get("").await.json();
    assert_eq!(document["openapi"], "3.0.3");
    assert_eq!(document["servers"][0]["url"], API);
    let paths = document["paths"].as_object().unwrap();
    let mut endpoints = 0;
    for (path, item) in paths {
        for method in ["get", "post", "put", "patch", "delete"] {
            if item.get(method).is_none() {
                continue;
            }
            endpoints += 1;
            // There is no such Workflow, but there is such a path.
            let answer = server
                .ask(
                    &method.to_uppercase(),
                    &path.replace(['{', '}'], ""),
                    r#"{"status":"pause","instances":["x"]}"#,
                )
                .await;
            if path != "/workflows" {
                assert_eq!(answer.refusal().1, 10501, "{method} {path}");
            }
        }
    }
    assert_eq!(endpoints, 10);
}

#[tokio::test]
async fn the_page_says_that_it_is_not_there_yet() {
    let server = Server::start().await;
    for path in [
        "/cdn-cgi/local/explorer",
        "/cdn-cgi/local/explorer/",
        "/cdn-cgi/explorer/workflows/flow",
    ] {
        let answer = server.send("GET", path, "", b"").await;
        assert_eq!(answer.status, 404);
        assert!(
            answer.body.starts_with("Stepwell has no explorer page yet."),
            "{answer:?}"
        );
    }
}
