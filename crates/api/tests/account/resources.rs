//! Workflows as resources.

use crate::support::Server;
use serde_json::json;

#[tokio::test]
async fn a_workflow() {
    let server = Server::start().await;
    let workflow = server.get("/workflows/flow").await.result();
    let expected = json!({
        "id": "w-1", "name": "flow", "script_name": "worker", "class_name": "Flow",
        "created_on": "2026-11-22T21:25:38.604Z", "modified_on": "2026-11-22T21:25:38.604Z", "triggered_on": null,
        "instances": {
            "complete": 0, "errored": 1, "paused": 0, "queued": 0, "rollingBack": 0, "running": 0, "terminated": 0,
            "waiting": 2, "waitingForPause": 0,
        },
        "schedules": [], "script_deleted": false,
    });
    assert_eq!(workflow, expected);
    let (status, code, text) = server.get("/workflows/nope").await.refusal();
    assert_eq!((status, code), (404, 10200));
    assert_eq!(text, "workflows.api.error.workflow.not_found");
}

#[tokio::test]
async fn pages_end() {
    let server = Server::start().await;
    let info = |answer: serde_json::Value| answer["result_info"].clone();
    let first = server.get("/workflows").await.success();
    assert_eq!(first["result"][0]["name"], "flow");
    assert_eq!(
        info(first),
        json!({ "count": 1, "per_page": 10, "page": 1, "total_count": 1, "total_pages": 1 })
    );
    let second = server.get("/workflows/?page=2&per_page=5").await.success();
    assert_eq!(second["result"], json!([]));
    assert_eq!(
        info(second),
        json!({ "count": 0, "per_page": 5, "page": 2, "total_count": 1, "total_pages": 1 })
    );
    assert_eq!(
        server.get("/workflows?search=lo").await.result()[0]["name"],
        "flow"
    );
    assert_eq!(server.get("/workflows?search=x").await.result(), json!([]));
    let refused = server.get("/workflows?per_page=101&page=0").await.json();
    assert_eq!(
        refused["errors"],
        json!([
            { "code": 10002, "message": "page: Too small: expected number to be >=1" },
            { "code": 10002, "message": "per_page: Too big: expected number to be <=100" },
        ])
    );
}
