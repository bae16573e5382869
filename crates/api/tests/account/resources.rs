//! Workflows as resources.

use crate::support::Server;
use serde_json::json;

#[tokio::test]
async fn a_workflow() {
    let server = Server::start().await;
    let known = server.workflow();
    let workflow = server.get("/workflows/flow").await.result();
    let created = workflow["created_on"].as_str().unwrap();
    assert!(
        created.starts_with("2026-11-22T") && created.ends_with('Z'),
        "{created}"
    );
    let expected = json!({
        "id": known.id, "name": "flow", "script_name": "worker", "class_name": "Flow",
        "created_on": created, "modified_on": workflow["modified_on"], "triggered_on": workflow["triggered_on"],
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
async fn registered_changed_and_deleted() {
    let server = Server::start().await;
    let put = async |name: &str, body: &str| server.ask("PUT", &format!("/workflows/{name}"), body).await;
    let body = r#"{"script_name":"worker","class_name":"Other","schedules":[{"cron":"0 3 * * *"}],"limits":{"steps":7},
        "concurrency":{"limit":3},"default_retention":{"success_retention":"1 day"},"jurisdiction":"eu"}"#;
    let made = put("new", body).await.result();
    for (field, value) in [
        ("name", json!("new")),
        ("script_name", json!("worker")),
        ("class_name", json!("Other")),
        ("is_deleted", json!(0)),
        ("terminator_running", json!(0)),
    ] {
        assert_eq!(made[field], value, "{field}");
    }
    assert_eq!(put("new", body).await.result()["version_id"], made["version_id"]);
    let shown = server.get("/workflows/new").await.result();
    assert_eq!(shown["schedules"][0]["cron"], "0 3 * * *");
    assert!(
        shown["schedules"][0]["next_instance"]
            .as_str()
            .unwrap()
            .ends_with("T03:00:00.000Z")
    );
    assert_eq!(shown["jurisdiction"], "eu");
    let again = put(
        "new",
        r#"{"script_name":"worker","class_name":"Other","jurisdiction":"eu"}"#,
    )
    .await
    .result();
    assert_ne!(again["version_id"], made["version_id"]);
    assert_eq!(
        server.get("/workflows/new").await.result()["schedules"],
        json!([])
    );

    let versions = server.get("/workflows/new/versions").await.success();
    assert_eq!(versions["result"][0]["id"], again["version_id"]);
    assert_eq!(versions["result_info"]["total_count"], 2);
    assert_eq!(
        server.get("/workflows/new/versions?page=2").await.result(),
        json!([])
    );
    let id = made["version_id"].as_str().unwrap();
    let version = server
        .get(&format!("/workflows/new/versions/{id}"))
        .await
        .result();
    let expected = json!({
        "id": id, "class_name": "Other", "created_on": version["created_on"], "modified_on": version["modified_on"],
        "workflow_id": made["id"], "has_dag": false, "language": "javascript", "limits": { "steps": 7 },
        "concurrency": { "limit": 3 }, "default_retention": { "success_retention": 86_400_000 },
    });
    assert_eq!(version, expected);
    for name in ["graph", "dag"] {
        let graph = server
            .get(&format!("/workflows/new/versions/{id}/{name}"))
            .await
            .result();
        assert_eq!((&graph["id"], &graph["graph"]), (&json!(id), &json!(null)));
    }
    assert_eq!(
        server.get("/workflows/new/versions/nope").await.refusal().1,
        10201
    );

    assert_eq!(
        put("new", r#"{"script_name":"worker","class_name":"Other"}"#)
            .await
            .refusal()
            .1,
        10209
    );
    assert_eq!(
        put("x", r#"{"script_name":"nobody","class_name":"Other"}"#)
            .await
            .refusal()
            .0,
        404
    );
    assert_eq!(put("x", r#"{"script_name":"worker"}"#).await.refusal().1, 10002);
    assert_eq!(
        put("-", r#"{"script_name":"worker","class_name":"Other"}"#)
            .await
            .refusal()
            .1,
        10002
    );
    for name in ["settings", "concurrency"] {
        let refusal = put(name, r#"{"script_name":"worker","class_name":"Other"}"#)
            .await
            .refusal();
        assert_eq!((refusal.0, refusal.1), (400, 10002));
        assert!(refusal.2.contains(&format!("\"{name}\"")), "{refusal:?}");
    }

    let deleted = server.ask("DELETE", "/workflows/new", "").await.result();
    assert_eq!(deleted, json!({ "status": "ok", "success": true }));
    assert!(
        server
            .plane
            .platform
            .told
            .lock()
            .contains(&"remove workflow new".to_owned())
    );
    assert_eq!(
        server.ask("DELETE", "/workflows/new", "").await.refusal().1,
        10200
    );
}

#[tokio::test]
async fn settings_of_the_account() {
    let server = Server::start().await;
    let unset = json!({ "default_retention": {} });
    assert_eq!(server.get("/workflows/settings").await.result(), unset);
    let patch = async |body: &str| server.ask("PATCH", "/workflows/settings", body).await;
    let one = patch(r#"{"default_retention":{"success_retention":"2 days"}}"#)
        .await
        .result();
    assert_eq!(
        one,
        json!({ "default_retention": { "success_retention": 172_800_000 } })
    );
    let both = patch(r#"{"default_retention":{"error_retention":5}}"#)
        .await
        .result();
    assert_eq!(
        both,
        json!({ "default_retention": { "success_retention": 172_800_000, "error_retention": 5 } })
    );
    assert_eq!(server.get("/workflows/settings").await.result(), both);
    for wrong in [
        "",
        "[]",
        r#"{"default_retention":5}"#,
        r#"{"default_retention":{"error_retention":-1}}"#,
    ] {
        assert_eq!(patch(wrong).await.refusal().1, 10002, "{wrong}");
    }
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

#[tokio::test]
async fn concurrency_keys() {
    let server = Server::start().await;
    let key = server
        .post("/workflows/concurrency", r#"{"name":"db","limit":3}"#)
        .await
        .result();
    assert_eq!((&key["name"], &key["limit"]), (&json!("db"), &json!(3)));
    let path = format!("/workflows/concurrency/{}", key["id"].as_str().unwrap());
    assert_eq!(
        server.get(&path).await.result()["referencing_workflows"],
        json!([])
    );
    assert_eq!(
        server.ask("PATCH", &path, r#"{"limit":5}"#).await.result()["limit"],
        5
    );
    let listed = server.get("/workflows/concurrency").await.success();
    assert_eq!(
        (
            &listed["result"][0]["limit"],
            &listed["result_info"]["total_count"]
        ),
        (&json!(5), &json!(1))
    );
    assert_eq!(
        server.get("/workflows/concurrency?page=2").await.result(),
        json!([])
    );
    let taken = server
        .post("/workflows/concurrency", r#"{"name":"db","limit":3}"#)
        .await
        .refusal();
    assert_eq!(taken.0, 409);
    for wrong in [
        "",
        r#"{"name":"x"}"#,
        r#"{"limit":1}"#,
        r#"{"name":"","limit":1}"#,
        r#"{"name":"x","limit":0}"#,
    ] {
        assert_eq!(
            server.post("/workflows/concurrency", wrong).await.refusal().1,
            10002,
            "{wrong}"
        );
    }
    assert_eq!(server.ask("DELETE", &path, "").await.result()["id"], key["id"]);
    assert_eq!(server.get(&path).await.refusal().0, 404);
}

#[tokio::test]
async fn triggers_of_other_products() {
    let server = Server::start().await;
    let trigger = json!({ "type": "push", "filter": {}, "targets": [
        { "type": "workflow", "script_name": "worker", "workflow_name": "flow" }
    ] });
    let body = json!([trigger]).to_string();
    let ask = async |method: &str, body: &str| server.ask(method, "/triggers/worker", body).await.result();
    let one = json!({ "script_name": "worker", "triggers": [trigger] });
    assert_eq!(ask("PUT", &body).await, one);
    assert_eq!(ask("PUT", &body).await, one);
    assert_eq!(
        ask("PATCH", &body).await["triggers"].as_array().map(Vec::len),
        Some(2)
    );
    assert_eq!(ask("GET", "").await["triggers"].as_array().map(Vec::len), Some(2));
    assert_eq!(ask("DELETE", "").await, json!({ "deleted": 2 }));
    assert_eq!(ask("GET", "").await["triggers"], json!([]));
    assert_eq!(server.get("/triggers/nobody").await.refusal().1, 10007);
    for wrong in ["", "{}", "[5]", "[{}]"] {
        assert_eq!(
            server.ask("PUT", "/triggers/worker", wrong).await.refusal().1,
            10002,
            "{wrong}"
        );
    }
}
