//! What clients get when the Worker throws, or is not there.

use crate::support::{Server, parts, worker};
use serde_json::{Value, json};
use std::time::Duration;
use stepwell_api::ingress::{Destination, Options, Upstream};

const BROWSER: &str = "accept: text/html,*/*;q=0.8";

#[tokio::test]
async fn an_exception_is_a_page_for_a_browser() {
    let server = Server::start(worker()).await;
    let headers = [
        BROWSER,
        "cookie: session=hunter2",
        "authorization: Bearer hunter2",
        "x-shown: <i>",
    ];
    let answer = server.get("/throw?a=%3Cb%3E&c", &headers).await;
    let (status, head, body) = parts(&answer);
    assert_eq!(status, 500);
    assert!(head.contains("content-type: text/html; charset=utf-8"), "{head}");
    assert!(
        head.contains("content-security-policy: default-src 'none'"),
        "{head}"
    );
    assert!(!head.contains("stepwell-"), "{head}");
    for expected in [
        "<h1>TypeError: it &lt;b&gt;broke&lt;/b&gt;</h1>",
        "src/index.ts:3:7",
        "<span class=\"number\">2</span>// &lt;before&gt;",
        "<span class=\"hit\"><span class=\"number\">3</span>throw <mark>new TypeError()</mark>",
        "<li class=\"library\"><span class=\"function\">deep&lt;T&gt;</span>",
        "Error: the cause",
        "http://localhost/throw?a=%3Cb%3E&amp;c",
        "<th>x-shown</th><td>&lt;i&gt;</td>",
        "<th>cookie</th><td><i>not shown</i></td>",
    ] {
        assert!(body.contains(expected), "{expected} is not in {body}");
    }
    for never in [
        "hunter2",
        "<script",
        "<b>broke",
        "http://www",
        "src=\"",
        "@import",
    ] {
        assert!(!body.contains(never), "{never} is in {body}");
    }
}

#[tokio::test]
async fn an_exception_is_text_or_json_for_programs() {
    let server = Server::start(worker()).await;
    let answer = server.get("/throw", &[BROWSER, "user-agent: curl/8.1"]).await;
    let (status, head, body) = parts(&answer);
    assert_eq!(status, 500);
    assert!(head.contains("content-type: text/plain"), "{head}");
    assert_eq!(
        body,
        "TypeError: it <b>broke</b>\n    at deep (src/index.ts:3:7)\nCaused by: Error: the cause\n    at index.js:2:2\n"
    );
    let answer = server.get("/throw", &["accept: application/json"]).await;
    let (_, head, body) = parts(&answer);
    assert!(head.contains("content-type: application/json"), "{head}");
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["name"], "TypeError");
    assert_eq!(body["message"], "it <b>broke</b>");
    assert_eq!(
        body["stack"],
        "TypeError: it <b>broke</b>\n    at deep (src/index.ts:3:7)"
    );
    assert_eq!(body["cause"]["message"], "the cause");
}

#[tokio::test]
async fn without_an_explainer_the_stack_is_shown_as_it_is() {
    let server = Server::start(Destination::default()).await;
    let answer = server.get("/throw", &[BROWSER]).await;
    assert!(answer.contains("at deep (index.js:1:1)</pre>"), "{answer}");
}

#[tokio::test]
async fn a_head_request_is_answered_without_a_body() {
    let server = Server::start(worker()).await;
    let answer = server
        .raw("HEAD /throw HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")
        .await;
    let (status, _, body) = parts(&answer);
    assert_eq!((status, body), (500, ""));
}

#[tokio::test]
async fn an_absent_worker_is_told_in_the_clients_language() {
    let options = Options {
        hold: Duration::from_millis(50),
        ..Options::default()
    };
    let server = Server::start_with(worker(), options).await;
    let why = "it is <being> reloaded";
    server.upstream.send_replace(Upstream::Absent { why: why.into() });
    let answer = server.get("/", &[BROWSER]).await;
    let (status, head, body) = parts(&answer);
    assert_eq!(status, 503);
    assert!(head.contains("retry-after: 1"), "{head}");
    assert!(body.contains("It is &lt;being&gt; reloaded"), "{body}");
    assert!(body.contains("http-equiv=\"refresh\""), "{body}");
    let answer = server.get("/", &["accept: application/json"]).await;
    let body: Value = serde_json::from_str(parts(&answer).2).unwrap();
    assert_eq!(
        body,
        json!({ "name": "Error", "message": "The Worker is not available: it is <being> reloaded\nThe request was held for a while and not passed on; try again." })
    );
    server.upstream.send_replace(Upstream::NoFetchHandler);
    let answer = server.get("/", &[BROWSER]).await;
    let (status, _, body) = parts(&answer);
    assert_eq!(status, 404);
    assert!(
        body.contains("<h1>This Worker has no fetch handler</h1>"),
        "{body}"
    );
}
