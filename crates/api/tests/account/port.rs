//! What every answer has in common, whatever is asked.

use crate::support::{ACCOUNT, Answer, Server};
use std::sync::atomic::Ordering;
use std::time::Duration;
use stepwell_api::account::Options;
use stepwell_engine::OperationError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn nothing_is_a_page() {
    let server = Server::start().await;
    for path in [
        "/",
        "/client",
        "/client/v4",
        "/client/v4/nope",
        "/client/v4/accounts/default/nope",
        "/%ff",
    ] {
        let (status, code, _) = server.ask_as("default.admin", "GET", path, "").await.refusal();
        assert_eq!((status, code), (404, 7003), "{path}");
    }
    let answer = server.ask("DELETE", "/workflows", "").await;
    assert_eq!((answer.refusal().0, answer.refusal().1), (405, 7001));
    assert!(answer.head.contains("allow: get,head"), "{answer:?}");
}

#[tokio::test]
async fn slashes_do_not_matter() {
    let server = Server::start().await;
    for path in [
        "/workflows/flow/instances/",
        "//workflows//flow/instances",
        "/workflows/flow/instances//?per_page=1",
    ] {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
    let path = "//client/v4//accounts/default/workflows/flow";
    assert_eq!(server.ask_as("default.read", "GET", path, "").await.status, 200);
}

#[tokio::test]
async fn segments_are_decoded_once() {
    let server = Server::start().await;
    let cron = "*%2F5%20*%20*%20*%20*-1786599900000";
    server
        .ask("DELETE", &format!("/workflows/flow/instances/{cron}"), "")
        .await;
    let (status, code, _) = server.get("/workflows/flow/instances/%2561").await.refusal();
    assert_eq!((status, code), (404, 10400));
    assert_eq!(server.get("/workflows/flow/instances/%61").await.status, 200);
    assert_eq!(
        server.get("/workflows/flow/instances/%ff").await.refusal().1,
        7003
    );
}

#[tokio::test]
async fn bodies_have_a_limit() {
    let server = Server::start().await;
    let huge = vec![b' '; 9 * 1024 * 1024];
    let path = format!("{ACCOUNT}/workflows/flow/instances");
    let head = format!("Authorization: Bearer {}\r\n", server.token("default.admin"));
    let answer = server.send("POST", &path, &head, &huge).await;
    assert_eq!((answer.refusal().0, answer.refusal().1), (413, 10413));
    assert_eq!(server.fake.calls(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn bodies_have_a_time() {
    let server = Server::start().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "POST {ACCOUNT}/workflows/flow/instances HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {}\r\nContent-Length: 100\r\n\r\n{{",
        server.token("default.admin")
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // The clock moves by itself when there is nothing else to do.
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = Answer::of(&String::from_utf8(answer).unwrap());
    assert_eq!((answer.refusal().0, answer.refusal().1), (408, 10408));
}

#[tokio::test(start_paused = true)]
async fn heads_have_a_time() {
    let server = Server::start().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream
        .write_all(b"GET /health/live HTTP/1.1\r\nX-Slow: ")
        .await
        .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(!String::from_utf8_lossy(&answer).contains("200"));
}

#[tokio::test]
async fn refusals_of_the_engine() {
    let server = Server::start().await;
    let unavailable = OperationError::Unavailable {
        reason: "stopping".into(),
    };
    for (error, status, code) in [
        (OperationError::Full, 507, 10507),
        (unavailable, 503, 10503),
        (OperationError::NoVersion, 409, 10202),
        (OperationError::Ended, 409, 10409),
    ] {
        server.fake.fail(error.clone());
        let refusal = server.post("/workflows/flow/instances", "{}").await.refusal();
        assert_eq!((refusal.0, refusal.1), (status, code));
        assert_eq!(refusal.2, error.to_string());
    }
    server
        .fake
        .fail(OperationError::RateLimited { retry_after_ms: 1200 });
    let answer = server.post("/workflows/flow/instances", "{}").await;
    assert_eq!((answer.refusal().0, answer.refusal().1), (429, 10429));
    assert!(answer.head.contains("retry-after: 2"), "{answer:?}");
    assert!(!answer.head.contains("x-should-retry"), "{answer:?}");
}

#[tokio::test]
async fn a_panic_is_an_answer() {
    let server = Server::start().await;
    server.panics.store(true, Ordering::Relaxed);
    let refusal = server.send("GET", "/health/ready", "", b"").await.refusal();
    assert_eq!((refusal.0, refusal.1), (500, 10001));
    server.panics.store(false, Ordering::Relaxed);
    assert_eq!(server.send("GET", "/health/ready", "", b"").await.status, 200);
}

#[tokio::test]
async fn connections_are_kept_until_the_server_stops() {
    let server = Server::start_with(Options {
        drain: Duration::from_secs(5),
        ..Options::default()
    })
    .await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
    for _ in 0..2 {
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"alive\n") {
            assert!(stream.read_buf(&mut answer).await.unwrap() > 0);
        }
    }
    server.stop.cancel();
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0);
    // Once the listener is gone nobody can connect; until then, the connection is refused or closed.
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}
