//! Instances.

use crate::support::Server;
use serde_json::{Value as Json, json};

const INSTANCES: &str = "/workflows/flow/instances";

#[tokio::test]
async fn created_with_any_body() {
    let server = Server::start().await;
    let workflow_id = server.workflow().id.clone();
    let version_id = server.plane.control.workflow_versions("default", "flow")[0]
        .id
        .clone();
    for (body, call) in [
        ("", "create None None"),
        ("{}", "create None None"),
        (r#"{"params":{"a":1}}"#, r#"create None Some("{\"a\":1}")"#),
        (
            r#"{"instance_id":"my-instance-1","params":"just a string"}"#,
            r#"create Some("my-instance-1") Some("\"just a string\"")"#,
        ),
        (
            r#"{"params":"{\"a\":1}"}"#,
            r#"create None Some("\"{\\\"a\\\":1}\"")"#,
        ),
        (r#"{"params":null,"unknown":1}"#, r#"create None Some("null")"#),
    ] {
        let result = server.post(INSTANCES, body).await.result();
        assert_eq!(server.fake.calls(), [call], "{body}");
        let id = if body.contains("my-instance-1") {
            "my-instance-1"
        } else {
            "made"
        };
        let expected = json!({
            "id": id, "status": "queued", "version_id": version_id, "workflow_id": workflow_id, "trigger_source": "api",
        });
        assert_eq!(result, expected);
    }
    let taken = server.post(INSTANCES, r#"{"instance_id":"a"}"#).await;
    assert_eq!(
        taken.refusal(),
        (409, 10405, "workflows.api.error.instance.already_exists".into())
    );
    server.fake.calls();
    for wrong in [
        "[]",
        "5",
        "{",
        r#"{"instance_id":"a/b"}"#,
        r#"{"instance_id":"batch"}"#,
        r#"{"location_hint":"x"}"#,
    ] {
        let refusal = server.post(INSTANCES, wrong).await.refusal();
        assert_eq!((refusal.0, refusal.1), (400, 10002), "{wrong}");
    }
    assert_eq!(server.fake.calls(), [""; 0]);
    assert_eq!(
        server.post("/workflows/nope/instances", "").await.refusal().1,
        10200
    );
}

#[tokio::test]
async fn everything_about_one() {
    let server = Server::start().await;
    let detail = server.get(&format!("{INSTANCES}/a")).await.result();
    let fields: Vec<&str> = detail.as_object().unwrap().keys().map(String::as_str).collect();
    for field in [
        "status",
        "params",
        "trigger",
        "versionId",
        "queued",
        "start",
        "end",
        "success",
        "error",
        "output",
        "rollback",
        "step_count",
        "steps",
    ] {
        assert!(fields.contains(&field), "{field}");
    }
    let versions = server.plane.control.workflow_versions("default", "flow");
    assert_eq!(detail["versionId"], versions[0].id);
    assert_eq!(detail["trigger"], json!({ "source": "api" }));
    assert_eq!(detail["success"], Json::Null);
    assert_eq!(detail["rollback"], Json::Null);
    let steps = detail["steps"].as_array().unwrap();
    assert_eq!(steps[0]["name"], "greet-1");
    assert_eq!(steps[0]["output"], r#"{"hello":"ada"}"#);
    assert_eq!(steps[1]["output"], Json::Null);
    assert_eq!(steps[2]["output"], "[REDACTED]");
    assert_eq!(
        steps[5]["output"],
        r#"{"type":"approved","payload":{"by":"grace"},"timestamp":"2026-11-22T21:25:38.608Z"}"#
    );
    assert_eq!(steps[5]["event_type"], "approved");
    assert_eq!(
        steps[8],
        json!({ "type": "termination", "trigger": { "source": "user" } })
    );
    let simple = server.get(&format!("{INSTANCES}/a?simple=true")).await.result();
    assert_eq!(simple.get("steps"), None);
    assert_eq!(simple["step_count"], 8);
    let descending = server.get(&format!("{INSTANCES}/a?order=desc")).await.result();
    assert_eq!(descending["steps"][8]["name"], "greet-1");
    let refusal = server.get(&format!("{INSTANCES}/b")).await.refusal();
    assert_eq!(
        refusal,
        (404, 10400, "workflows.api.error.instance.not_found".into())
    );
    assert_eq!(
        server.get(&format!("{INSTANCES}/a?order=up")).await.refusal().0,
        400
    );
}

#[tokio::test]
async fn one_step_whole() {
    let server = Server::start().await;
    let step = async |query: &str| server.get(&format!("{INSTANCES}/a/step?{query}")).await;
    assert_eq!(
        step("name=greet-1&type=step").await.result(),
        json!({ "status": "complete", "error": null, "output": { "hello": "ada" } })
    );
    assert_eq!(
        step("name=charge-1&attempt=1").await.result(),
        json!({ "status": "errored", "error": { "name": "TypeError", "message": "card declined" } })
    );
    assert_eq!(
        step("name=charge-1").await.result(),
        json!({ "status": "running", "error": null })
    );
    assert_eq!(step("name=secret-1").await.result()["output"], "[REDACTED]");
    let wait = step("name=approval-1&type=waitForEvent").await.result();
    assert_eq!(wait["event_type"], "approved");
    assert_eq!(wait["output"]["payload"], json!({ "by": "grace" }));
    for (query, status, code) in [
        ("name=nope-1", 404, 10401),
        ("name=greet-1&type=waitForEvent", 404, 10401),
        ("name=greet-1&attempt=2", 404, 10401),
        ("name=nap-1", 404, 10401),
        ("", 400, 10002),
        ("name=greet-1&type=sleep", 400, 10002),
        ("name=greet-1&attempt=0", 400, 10002),
    ] {
        let refusal = step(query).await.refusal();
        assert_eq!((refusal.0, refusal.1), (status, code), "{query}");
    }
}

#[tokio::test]
async fn status_changes() {
    let server = Server::start().await;
    let patch = async |body: &str| server.ask("PATCH", &format!("{INSTANCES}/a/status"), body).await;
    for (body, call, status) in [
        (r#"{"status":"pause"}"#, "pause", "waitingForPause"),
        (r#"{"status":"resume"}"#, "resume", "running"),
        (
            r#"{"status":"terminate","rollback":false}"#,
            "terminate",
            "terminated",
        ),
        (r#"{"status":"restart"}"#, "restart", "queued"),
        (
            r#"{"status":"restart","from":{"name":"fetch data","count":2,"type":"do"}}"#,
            "restart Do fetch data-2",
            "queued",
        ),
    ] {
        let result = patch(body).await.result();
        assert_eq!(result["status"], status);
        assert!(result["timestamp"].as_str().unwrap().ends_with('Z'));
        assert_eq!(server.fake.calls(), [call]);
    }
    for (error, text) in [
        (
            stepwell_engine::OperationError::CannotTerminate,
            "(instance.cannot_terminate) Cannot terminate instance since its on a finite state",
        ),
        (
            stepwell_engine::OperationError::CannotRestart { step: "x".into() },
            "(instance.cannot_restart) Step \"x\" not found in execution history",
        ),
    ] {
        server.fake.fail(error);
        assert_eq!(
            patch(r#"{"status":"restart"}"#).await.refusal(),
            (409, 10409, text.into())
        );
    }
    server.fake.fail(stepwell_engine::OperationError::CannotResume {
        status: stepwell_engine::Status::Complete,
    });
    assert_eq!(
        patch(r#"{"status":"resume"}"#).await.result()["status"],
        "complete"
    );
    for wrong in [
        "",
        "[]",
        "{}",
        r#"{"status":"explode"}"#,
        r#"{"status":"pause","rollback":true}"#,
    ] {
        assert_eq!(patch(wrong).await.refusal().1, 10002, "{wrong}");
    }
    let missing = server
        .ask("PATCH", &format!("{INSTANCES}/b/status"), r#"{"status":"pause"}"#)
        .await;
    assert_eq!(missing.refusal().1, 10400);
}

#[tokio::test]
async fn events_have_any_payload() {
    let server = Server::start().await;
    for (body, call) in [
        ("5", "event approval 5"),
        (r#""str""#, r#"event approval "str""#),
        ("{}", "event approval {}"),
        ("", "event approval undefined"),
    ] {
        let result = server
            .post(&format!("{INSTANCES}/a/events/approval"), body)
            .await
            .result();
        assert_eq!(result["instanceId"], "a");
        assert_eq!(server.fake.calls(), [call]);
    }
    let refusal = server
        .post(&format!("{INSTANCES}/a/events/approval"), "{")
        .await
        .refusal();
    assert_eq!((refusal.0, refusal.1), (400, 10002));
}

#[tokio::test]
async fn deleted_one_by_one_and_together() {
    let server = Server::start().await;
    let result = server.ask("DELETE", &format!("{INSTANCES}/a"), "").await.result();
    assert_eq!(result["instanceId"], "a");
    assert_eq!(server.fake.calls(), ["delete a"]);
    let result = server
        .post(&format!("{INSTANCES}/batch/delete"), r#"{"instances":["a","b"]}"#)
        .await
        .result();
    assert_eq!(
        result,
        json!({
            "deleted": [{ "id": "a" }],
            "errors": [{ "id": "b", "code": 10400, "message": "workflows.api.error.instance.not_found" }],
        })
    );
    for wrong in ["", "[]", r#"{"instances":[]}"#, r#"{"instances":[5]}"#] {
        assert_eq!(
            server
                .post(&format!("{INSTANCES}/batch/delete"), wrong)
                .await
                .refusal()
                .1,
            10002,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn what_does_not_work_yet_says_so() {
    let server = Server::start().await;
    let body = r#"{"status":"terminate","rollback":true}"#;
    let rollback = server
        .ask("PATCH", &format!("{INSTANCES}/a/status"), body)
        .await
        .refusal();
    assert_eq!((rollback.0, rollback.1), (400, 10003));
    assert!(rollback.2.contains("not supported"), "{rollback:?}");
    for path in ["subscribe", "subscribe/token"] {
        let refusal = server.get(&format!("{INSTANCES}/a/{path}")).await.refusal();
        assert_eq!((refusal.0, refusal.1), (400, 10003));
        assert_eq!(
            server.get(&format!("{INSTANCES}/b/{path}")).await.refusal().1,
            10400
        );
    }
}

#[tokio::test]
async fn lists_go_on_until_they_end() {
    let server = Server::start().await;
    let ids = |answer: &Json| {
        let list = answer["result"].as_array().unwrap();
        list.iter()
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let all = server.get(INSTANCES).await.success();
    assert_eq!(ids(&all), ["c", "b", "a"]);
    assert_eq!(all["result_info"], json!({ "count": 3, "per_page": 50 }));
    assert_eq!(server.fake.calls(), ["list None after None 50"]);
    let versions = server.plane.control.workflow_versions("default", "flow");
    let expected = json!({
        "id": "c", "status": "waiting", "created_on": "2026-11-22T21:25:38.604Z",
        "modified_on": "2026-11-22T21:25:38.609Z", "started_on": all["result"][0]["started_on"], "ended_on": null,
        "version_id": versions[0].id, "workflow_id": server.workflow().id, "trigger_source": "api",
    });
    assert_eq!(all["result"][0], expected);

    let first = server
        .get(&format!("{INSTANCES}/?per_page=2&direction=desc"))
        .await
        .success();
    assert_eq!(ids(&first), ["c", "b"]);
    let cursor = first["result_info"]["cursor"].as_str().unwrap();
    let second = server
        .get(&format!("{INSTANCES}?per_page=2&cursor={cursor}"))
        .await
        .success();
    assert_eq!(ids(&second), ["a"]);
    assert_eq!(second["result_info"].get("cursor"), None);
    // As the SDKs page on when they were given a cursor: until nothing comes.
    let page = async |page: u64| {
        ids(&server
            .get(&format!("{INSTANCES}?per_page=1&cursor={cursor}&page={page}"))
            .await
            .success())
    };
    assert_eq!(page(1).await, ["a"]);
    assert_eq!(page(2).await, [""; 0]);
    assert_eq!(page(9_000_000_000_000).await, [""; 0]);
    for (query, code) in [
        (format!("cursor={cursor}x"), 10004),
        (format!("cursor={cursor}&status=queued"), 10004),
        (format!("cursor={cursor}&direction=asc"), 10004),
        ("cursor=1".to_owned(), 10004),
        ("status=nope".to_owned(), 10002),
        ("per_page=0".to_owned(), 10002),
        ("page=-1".to_owned(), 10002),
        ("date_start=yesterday".to_owned(), 10002),
        (
            "date_start=2027-01-01T00:00:00Z&date_end=2026-01-01T00:00:00Z".to_owned(),
            10002,
        ),
        ("direction=up".to_owned(), 10002),
    ] {
        assert_eq!(
            server.get(&format!("{INSTANCES}?{query}")).await.refusal().1,
            code,
            "{query}"
        );
    }
    server.fake.calls();
    let numbered = server
        .get(&format!(
            "{INSTANCES}?page=3&per_page=20&status=complete&direction=asc"
        ))
        .await
        .success();
    assert_eq!(
        server.fake.calls(),
        [r#"list Some("complete") None None 40 20 oldest first"#]
    );
    assert_eq!(
        numbered["result_info"],
        json!({ "count": 2, "per_page": 20, "page": 3, "total_count": 51, "total_pages": 3 })
    );
    assert_eq!(
        server
            .get(&format!("{INSTANCES}?status=rollingBack"))
            .await
            .result(),
        json!([])
    );
    assert_eq!(server.fake.calls(), [""; 0]);
}

#[tokio::test]
async fn created_by_the_hundred() {
    let server = Server::start().await;
    let batch = async |body: &str| server.post(&format!("{INSTANCES}/batch"), body).await;
    let created = batch(r#"[{"instance_id":"x"},{"instance_id":"a"},{"instance_id":"x"},{"params":5}]"#)
        .await
        .result();
    let ids: Vec<_> = created
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].clone())
        .collect();
    assert_eq!(ids, ["x", "made"]);
    assert_eq!(created[0]["status"], "queued");
    for wrong in ["", "{}", "[5]", r#"[{"instance_id":"terminate"}]"#] {
        assert_eq!(batch(wrong).await.refusal().1, 10002, "{wrong}");
    }
    let large = format!(r#"[{{"params":"{0}"}},{{"params":"{0}"}}]"#, "x".repeat(600_000));
    assert_eq!(batch(&large).await.refusal().1, 10002);
}

#[tokio::test]
async fn ended_by_the_hundred() {
    let server = Server::start().await;
    let batch = async |body: &str| server.post(&format!("{INSTANCES}/batch/terminate"), body).await;
    assert_eq!(
        batch(r#"["a","b"]"#).await.result(),
        json!({ "status": "ok", "instancesTerminated": 2 })
    );
    assert_eq!(batch(r#"["a"]"#).await.result()["status"], "already_running");
    for wrong in ["", "{}", "[]", "[5]"] {
        assert_eq!(batch(wrong).await.refusal().1, 10002, "{wrong}");
    }
    let all = async |query: &str| {
        server
            .ask("PUT", &format!("{INSTANCES}/terminate{query}"), "")
            .await
    };
    assert_eq!(all("").await.result(), json!({ "status": "ok" }));
    assert_eq!(all("?status=waiting").await.result(), json!({ "status": "ok" }));
    assert_eq!(
        all("?status=paused").await.result(),
        json!({ "status": "already_running" })
    );
    assert_eq!(all("?status=complete").await.refusal().1, 10002);
    let state = server.get(&format!("{INSTANCES}/terminate")).await.result();
    assert_eq!(state, json!({ "status": "running" }));
}
