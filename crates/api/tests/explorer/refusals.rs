//! What is refused, with the status, the code and the text.

use crate::support::{API, Server};
use stepwell_engine::operations::OperationError;

#[tokio::test]
async fn what_is_not_there() {
    let server = Server::start().await;
    for (method, path, body) in [
        ("GET", "/workflows/nope", ""),
        ("DELETE", "/workflows/nope", ""),
        ("GET", "/workflows/nope/instances", ""),
        ("POST", "/workflows/nope/instances", "{}"),
        ("GET", "/workflows/nope/instances/a", ""),
        ("DELETE", "/workflows/nope/instances/a", ""),
        (
            "PATCH",
            "/workflows/nope/instances/a/status",
            r#"{"status":"pause"}"#,
        ),
        ("POST", "/workflows/nope/instances/a/events/x", "{}"),
        (
            "POST",
            "/workflows/nope/instances/batch/delete",
            r#"{"instances":["a"]}"#,
        ),
    ] {
        let expected = (404, 10501, "Workflow 'nope' not found.".to_owned());
        assert_eq!(
            server.ask(method, path, body).await.refusal(),
            expected,
            "{method} {path}"
        );
    }
    for (method, path, body) in [
        ("GET", "", ""),
        ("DELETE", "", ""),
        ("PATCH", "/status", r#"{"status":"pause"}"#),
        ("POST", "/events/x", "{}"),
    ] {
        let answer = server
            .ask(
                method,
                &format!("/workflows/flow/instances/%C3%A9%20x{path}"),
                body,
            )
            .await;
        let expected = (404, 10501, "Workflow instance 'é x' not found.".to_owned());
        assert_eq!(answer.refusal(), expected, "{method} {path}");
    }
}

#[tokio::test]
async fn operations() {
    let server = Server::start().await;
    let class = "WorkflowError";
    let state = "(instance.cannot_terminate) Cannot terminate instance since its on a finite state";
    let name = "workflow.invalid_event_type";
    for (error, status, text) in [
        (
            OperationError::CannotTerminate,
            409,
            format!("WorkflowError: {state}"),
        ),
        (
            OperationError::CannotRestart { step: "x".into() },
            409,
            "WorkflowError: (instance.cannot_restart) Step \"x\" not found in execution history".into(),
        ),
        (
            OperationError::Invalid {
                class,
                message: name.into(),
            },
            400,
            format!("WorkflowError: {name}"),
        ),
        (
            OperationError::Invalid {
                class: "Error",
                message: "m".into(),
            },
            400,
            "m".into(),
        ),
        (OperationError::Full, 503, OperationError::Full.to_string()),
        (
            OperationError::Unavailable {
                reason: "it is stopping".into(),
            },
            503,
            "the engine is unavailable: it is stopping".into(),
        ),
    ] {
        server.fake.fail(error);
        let answer = server
            .ask(
                "PATCH",
                "/workflows/flow/instances/a/status",
                r#"{"status":"terminate"}"#,
            )
            .await;
        assert_eq!(answer.refusal(), (status, 10001, text));
    }
    let answer = server
        .ask("POST", "/workflows/flow/instances", r#"{"id":"a"}"#)
        .await;
    let text = "WorkflowError: (instance.already_exists) Workflow instance with id \"a\" already exists";
    assert_eq!(answer.refusal(), (409, 10001, text.into()));
    let answer = server
        .ask(
            "PATCH",
            "/workflows/flow/instances/a/status",
            r#"{"status":"terminate","rollback":true}"#,
        )
        .await;
    let text = "terminate with rollback is not supported by this version of Stepwell yet";
    assert_eq!(answer.refusal(), (501, 10001, text.into()));
}

#[tokio::test]
async fn bodies() {
    let server = Server::start().await;
    let create = "/workflows/flow/instances";
    let batch = "/workflows/flow/instances/batch/delete";
    let event = "/workflows/flow/instances/a/events/x";
    let json = "Invalid JSON request body";
    let pattern = r"instances.0: Invalid string: must match pattern /^[a-zA-Z0-9, *\/#_-]+$/";
    let many = format!(r#"{{"instances":[{}"x"]}}"#, r#""x","#.repeat(100));
    for (path, body, text) in [
        (create, "{bad", json),
        (create, "[]", "Invalid input: expected object, received array"),
        (create, "null", "Invalid input: expected object, received null"),
        (
            create,
            r#"{"id":5}"#,
            "WorkflowError: Workflow instance has invalid id",
        ),
        (event, "{bad", json),
        (batch, "{bad", json),
        (
            batch,
            "",
            "instances: Invalid input: expected array, received undefined",
        ),
        (
            batch,
            "{}",
            "instances: Invalid input: expected array, received undefined",
        ),
        (batch, "[]", "Invalid input: expected object, received array"),
        (
            batch,
            r#"{"instances":"a"}"#,
            "instances: Invalid input: expected array, received string",
        ),
        (
            batch,
            r#"{"instances":[]}"#,
            "instances: Too small: expected array to have >=1 items",
        ),
        (
            batch,
            r#"{"instances":[5]}"#,
            "instances.0: Invalid input: expected string, received number",
        ),
        (batch, r#"{"instances":["é"]}"#, pattern),
        (
            batch,
            &many,
            "instances: Too big: expected array to have <=100 items",
        ),
    ] {
        let answer = server.ask("POST", path, body).await;
        assert_eq!(answer.refusal(), (400, 10001, text.into()), "{path} {body}");
    }
    assert!(server.fake.calls().is_empty(), "nothing was done");
    let broken = server
        .send("POST", &format!("{API}{event}"), "", b"\"\xff\"")
        .await;
    assert_eq!(broken.refusal(), (400, 10001, json.into()));
}

#[tokio::test]
async fn payloads_that_are_too_large() {
    let server = Server::start().await;
    let event = "/workflows/flow/instances/a/events/x";
    let most = format!("\"{}\"", "x".repeat(1024 * 1024));
    assert_eq!(server.ask("POST", event, &most).await.status, 200);
    let more = format!("\"x{}", &most[1..]);
    let text =
        "WorkflowError: The event's payload is too large: 1048577 bytes. Maximum allowed size is 1MiB.";
    assert_eq!(
        server.ask("POST", event, &more).await.refusal(),
        (400, 10001, text.into())
    );
    let create = format!(r#"{{"params":{more}}}"#);
    let text = "WorkflowError: The params of the instance are too large: 1048577 bytes. Maximum allowed size is 1MiB.";
    let answer = server.ask("POST", "/workflows/flow/instances", &create).await;
    assert_eq!(answer.refusal(), (400, 10001, text.into()));
}

#[tokio::test]
async fn a_body_beyond_everything() {
    let server = Server::start().await;
    let path = format!("{API}/workflows/flow/instances/a/events/x");
    let body = vec![b'1'; 8 * 1024 * 1024 + 1];
    let answer = server.send("POST", &path, "", &body).await;
    let text = "The request body is too large. Maximum allowed size is 8388608 bytes.";
    assert_eq!(answer.refusal(), (413, 10001, text.into()));
}

#[tokio::test]
async fn queries() {
    let server = Server::start().await;
    let answer = server.get("/workflows/flow/instances?per_page=101").await;
    let text = "per_page: Too big: expected number to be <=100";
    assert_eq!(answer.refusal(), (400, 10001, text.into()));
    // Before it is known that there is no such Workflow.
    let range = "date_start=2027-01-01T00:00:00Z&date_end=2026-01-01T00:00:00Z";
    let answer = server.get(&format!("/workflows/nope/instances?{range}")).await;
    let text = "'date_start' must not be after 'date_end'. Update 'date_start' or 'date_end' so 'date_start' is before or equal to 'date_end'.";
    assert_eq!(answer.refusal(), (400, 10502, text.into()));
    assert!(server.fake.calls().is_empty());
}

#[tokio::test]
async fn paths_and_methods() {
    let server = Server::start().await;
    for path in [
        "/nope",
        "/workflows/flow/nope",
        "//workflows",
        "/storage/kv/namespaces",
    ] {
        let (status, code, text) = server.get(path).await.refusal();
        assert_eq!((status, code), (404, 7003), "{path}");
        assert!(text.starts_with("no such path: "), "{text}");
    }
    for (method, path, allowed) in [
        ("PUT", "/workflows/flow", "GET, DELETE"),
        ("POST", "/workflows", "GET"),
        ("DELETE", "/workflows/flow/instances", "GET, POST"),
        ("PUT", "/workflows/flow/instances/a/status", "PATCH"),
        ("GET", "/workflows/flow/instances/a/events/x", "POST"),
        ("HEAD", "/workflows/flow/instances/batch/delete", "POST"),
        ("POST", "", "GET"),
    ] {
        let answer = server.ask(method, path, "").await;
        assert_eq!(answer.status, 405, "{method} {path}");
        assert!(
            answer
                .head
                .contains(&format!("allow: {}", allowed.to_lowercase())),
            "{answer:?}"
        );
        if method != "HEAD" {
            let text = format!("{method} is not possible here, only {allowed}");
            assert_eq!(answer.refusal(), (405, 10405, text));
        }
    }
}

#[tokio::test]
async fn pages_of_others() {
    let server = Server::start().await;
    let path = format!("{API}/workflows");
    for (head, text) in [
        ("Origin: http://evil.example\r\n", "Invalid Origin header"),
        ("Origin: null\r\n", "Invalid Origin header"),
        ("Host: evil.example\r\n", "Invalid Host header"),
    ] {
        for method in ["GET", "OPTIONS", "POST"] {
            let answer = server.send(method, &path, head, b"").await;
            assert_eq!((answer.status, answer.body.as_str()), (403, text));
            assert!(!answer.head.contains("access-control"), "{answer:?}");
        }
    }
    // The rule is for everything below /cdn-cgi/, and for nothing else.
    let foreign = "Host: evil.example\r\n";
    assert_eq!(server.send("GET", "/cdn-cgi/x", foreign, b"").await.status, 403);
    let answer = server.send("GET", "/x", foreign, b"").await;
    assert!(answer.body.contains("no fetch handler"), "{answer:?}");
    let answer = server.send("GET", "/cdn-cgi/local/x", "", b"").await;
    assert!(answer.body.contains("no fetch handler"), "{answer:?}");
}

#[tokio::test]
async fn own_pages() {
    let server = Server::start().await;
    let path = format!("{API}/workflows");
    let origin = "Origin: http://localhost:3000\r\n";
    let allowed = "access-control-allow-origin: http://localhost:3000";
    let answer = server.send("GET", &path, origin, b"").await;
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains(allowed), "{answer:?}");
    let answer = server.send("OPTIONS", &path, origin, b"").await;
    assert_eq!(answer.status, 204);
    assert!(answer.head.contains(allowed), "{answer:?}");
    assert!(
        answer
            .head
            .contains("access-control-allow-methods: get, post, put, patch, delete, options"),
        "{answer:?}"
    );
    let answer = server.send("GET", &path, "", b"").await;
    assert!(!answer.head.contains("access-control"), "{answer:?}");
}
