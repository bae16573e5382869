//! What changes something.

use crate::support::Server;
use serde_json::json;

#[tokio::test]
async fn create() {
    let server = Server::start().await;
    let path = "/workflows/flow/instances";
    for (body, id, call) in [
        (
            r#"{"id":"b","params":{"z":1,"a":[1.50,"é"]}}"#,
            "b",
            r#"create Some("b") Some("{\"z\":1,\"a\":[1.50,\"é\"]}")"#,
        ),
        (r#"{"params":"text"}"#, "made", r#"create None Some("\"text\"")"#),
        (r#"{"params":5}"#, "made", r#"create None Some("5")"#),
        (
            r#"{"params":false,"more":1}"#,
            "made",
            r#"create None Some("false")"#,
        ),
        (r#"{"params":null,"id":null}"#, "made", "create None None"),
        (" {} ", "made", "create None None"),
        ("", "made", "create None None"),
        (" ", "made", "create None None"),
    ] {
        let answer = server.ask("POST", path, body).await;
        assert_eq!(answer.result(), json!({ "id": id }), "{body}");
        assert_eq!(server.fake.calls(), [call], "{body}");
    }
}

#[tokio::test]
async fn change_the_status() {
    let server = Server::start().await;
    for (body, status, call) in [
        (r#"{"status":"pause"}"#, "waitingForPause", "pause"),
        (r#"{"action":"pause"}"#, "waitingForPause", "pause"),
        (r#"{"status":"resume"}"#, "running", "resume"),
        (r#"{"status":"terminate"}"#, "terminated", "terminate"),
        (
            r#"{"status":"terminate","rollback":false}"#,
            "terminated",
            "terminate",
        ),
        (r#"{"status":"restart"}"#, "queued", "restart"),
        (
            r#"{"status":"restart","from":{"name":"greet"}}"#,
            "queued",
            "restart Do greet-1",
        ),
        (
            r#"{"status":"restart","from":{"name":"a b","count":3,"type":"sleep"}}"#,
            "queued",
            "restart Sleep a b-3",
        ),
    ] {
        let result = server
            .ask("PATCH", "/workflows/flow/instances/a/status", body)
            .await
            .result();
        assert_eq!(result["status"], status, "{body}");
        let timestamp = result["timestamp"].as_str().unwrap();
        assert!(
            timestamp.starts_with("20") && timestamp.ends_with('Z'),
            "{timestamp}"
        );
        assert_eq!(server.fake.calls(), [call]);
    }
}

#[tokio::test]
async fn send_events() {
    let server = Server::start().await;
    for (body, payload) in [
        (r#"{"by": "grace"}"#, r#"{"by":"grace"}"#),
        ("5", "5"),
        ("\"text\"", "\"text\""),
        ("null", "null"),
        ("", "undefined"),
    ] {
        let answer = server
            .ask("POST", "/workflows/flow/instances/a/events/a%20type", body)
            .await;
        assert_eq!(answer.result(), json!({ "success": true }));
        assert_eq!(server.fake.calls(), [format!("event a type {payload}")]);
    }
}

#[tokio::test]
async fn delete() {
    let server = Server::start().await;
    let answer = server.ask("DELETE", "/workflows/flow/instances/a", "").await;
    assert_eq!(answer.result(), json!({ "success": true }));
    assert_eq!(server.fake.calls(), ["delete a"]);
    let answer = server.ask("DELETE", "/workflows/flow", "").await;
    assert_eq!(answer.result(), json!({ "status": "ok", "success": true }));
    assert_eq!(server.fake.calls(), ["delete all"]);
    let body = r#"{"instances":["a","x","a","*/5 * * * *-1786599900000"]}"#;
    let answer = server
        .ask("POST", "/workflows/flow/instances/batch/delete", body)
        .await;
    let missing =
        |id: &str| json!({ "id": id, "code": 10400, "message": "workflows.api.error.instance.not_found" });
    assert_eq!(
        answer.result(),
        json!({
            "deleted": [{ "id": "a" }, { "id": "a" }],
            "errors": [missing("x"), missing("*/5 * * * *-1786599900000")],
        })
    );
    assert_eq!(
        server.fake.calls(),
        [r#"delete ["a", "x", "a", "*/5 * * * *-1786599900000"]"#]
    );
}
