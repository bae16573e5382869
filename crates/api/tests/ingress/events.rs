//! Events by hand.

use crate::support::{Server, parts, worker};
use async_trait::async_trait;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use stepwell_api::ingress::{Destination, Events, Outcome, Thrown};

/// Notes what it is asked, and answers by the cron's text.
#[derive(Default)]
struct Noted(Mutex<Vec<(String, i64)>>);

#[async_trait]
impl Events for Noted {
    async fn scheduled(&self, cron: &str, time_ms: i64) -> Result<Outcome, String> {
        self.0.lock().unwrap().push((cron.to_owned(), time_ms));
        Ok(match cron {
            "bad" => Outcome::Exception {
                thrown: Thrown {
                    name: "Error".to_owned(),
                    message: "cron broke".to_owned(),
                    ..Thrown::default()
                },
                no_retry: false,
            },
            "none" => Outcome::NoHandler,
            "away" => return Err("it is being reloaded".to_owned()),
            _ => Outcome::Ok { no_retry: true },
        })
    }
}

async fn server(test_scheduled: bool) -> (Server, Arc<Noted>) {
    let noted = Arc::new(Noted::default());
    let server = Server::start(Destination {
        events: Some(noted.clone()),
        test_scheduled,
        ..worker()
    })
    .await;
    (server, noted)
}

#[tokio::test]
async fn the_handlers_path_answers_as_miniflare_does() {
    let (server, noted) = server(false).await;
    for (query, status, body) in [
        ("?cron=*+*+*+*+*&time=1000", 200, "ok"),
        ("?cron=bad", 500, "exception"),
        ("?cron=none", 500, "exception"),
        ("", 200, "ok"),
    ] {
        let answer = server
            .get(&format!("/cdn-cgi/handler/scheduled{query}"), &[])
            .await;
        let (found, _, text) = parts(&answer);
        assert_eq!((found, text), (status, body), "{query}");
    }
    assert_eq!(noted.0.lock().unwrap()[0], ("* * * * *".to_owned(), 1000));
    for (path, object) in [
        (
            "/cdn-cgi/local/scheduled?format=json",
            json!({ "outcome": "ok", "noRetry": true }),
        ),
        (
            "/cdn-cgi/mf/scheduled?format=json&cron=none",
            json!({ "outcome": "exception", "noRetry": true }),
        ),
    ] {
        let answer = server.get(path, &[]).await;
        let (_, head, text) = parts(&answer);
        assert!(head.contains("content-type: application/json"), "{head}");
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), object);
    }
}

#[tokio::test]
async fn wrong_requests_reach_no_handler() {
    let (server, noted) = server(false).await;
    let answer = server.get("/cdn-cgi/handler/scheduled?time=abc", &[]).await;
    assert_eq!(parts(&answer).0, 400, "{answer}");
    let answer = server
        .get_as("evil.example", "/cdn-cgi/handler/scheduled", &[])
        .await;
    assert_eq!((parts(&answer).0, parts(&answer).2), (403, "Invalid Host header"));
    let answer = server
        .get("/cdn-cgi/handler/scheduled", &["origin: https://evil.example"])
        .await;
    assert_eq!(
        (parts(&answer).0, parts(&answer).2),
        (403, "Invalid Origin header")
    );
    assert!(noted.0.lock().unwrap().is_empty());
    let answer = server.get("/cdn-cgi/handler/scheduled?cron=away", &[]).await;
    assert_eq!(parts(&answer).0, 503, "{answer}");
}

#[tokio::test]
async fn the_test_path_is_there_when_asked_for() {
    let (without, noted) = server(false).await;
    let answer = without.get("/__scheduled", &[]).await;
    assert!(
        answer.contains("\"target\":\"/__scheduled\""),
        "the Worker's: {answer}"
    );
    assert!(noted.0.lock().unwrap().is_empty());
    let (server, noted) = server(true).await;
    let answer = server.get("/__scheduled?cron=0+*+*+*+*", &[]).await;
    assert_eq!((parts(&answer).0, parts(&answer).2), (200, "Ran scheduled event"));
    assert_eq!(noted.0.lock().unwrap()[0].0, "0 * * * *");
    let answer = server.get("/__scheduled?cron=bad", &["accept: text/html"]).await;
    assert!(answer.contains("<h1>Error: cron broke</h1>"), "{answer}");
    let answer = server.get("/__scheduled?cron=none", &[]).await;
    assert_eq!(
        (parts(&answer).0, parts(&answer).2),
        (500, "Handler does not export a scheduled() function")
    );
}
