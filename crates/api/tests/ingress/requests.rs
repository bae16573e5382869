//! What reaches the Worker of a request, and what never does.

use crate::support::{Server, parts, told, worker};
use serde_json::Value;
use stepwell_api::ingress::{Destination, Origin};

#[tokio::test]
async fn the_worker_learns_what_cloudflare_would_tell() {
    let server = Server::start(worker()).await;
    let answer = server
        .get_as("some.where:99", "/a?b=1", &["accept-encoding: zstd"])
        .await;
    assert_eq!(told(&answer, "host"), ["some.where:99"]);
    assert_eq!(told(&answer, "cf-connecting-ip"), ["127.0.0.1"]);
    assert_eq!(told(&answer, "accept-encoding"), ["zstd"]);
    assert_eq!(told(&answer, "stepwell-protocol"), [""; 0]);
    let cf: Value = serde_json::from_str(&told(&answer, "cf-blob")[0]).unwrap();
    assert_eq!(cf["clientAcceptEncoding"], "zstd");
    assert_eq!(cf["colo"], "DFW");
}

#[tokio::test]
async fn inner_headers_come_from_nobody_else_and_go_to_nobody_else() {
    let server = Server::start(worker()).await;
    let forged = [
        "CF-Blob: {\"forged\":1}",
        "Stepwell-Protocol: https",
        "stepwell-uncaught: 1",
    ];
    let answer = server.get("/", &forged).await;
    assert!(!parts(&answer).1.contains("stepwell-"), "{answer}");
    assert!(
        !answer.contains("forged") && !answer.contains("stepwell-"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_host_that_is_none_is_the_clients_mistake() {
    let server = Server::start(worker()).await;
    let answer = server.get_as("a b", "/", &[]).await;
    assert_eq!(parts(&answer).0, 400, "{answer}");
    let answer = server.get_as("h", "/", &["host: g"]).await;
    assert_eq!(parts(&answer).0, 400, "{answer}");
}

#[tokio::test]
async fn an_old_client_needs_no_host() {
    let server = Server::start(worker()).await;
    let answer = server.raw("GET /old HTTP/1.0\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    assert_eq!(told(&answer, "host"), ["localhost"]);
    let cf: Value = serde_json::from_str(&told(&answer, "cf-blob")[0]).unwrap();
    assert_eq!(cf["httpProtocol"], "HTTP/1.0");
}

#[tokio::test]
async fn a_client_that_waits_for_the_go_ahead_gets_it() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let server = Server::start(worker()).await;
    let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let head = "POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut go = [0; 25];
    stream.read_exact(&mut go).await.unwrap();
    assert_eq!(&go, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"hello").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("\"length\":5"), "{answer}");
}

#[tokio::test]
async fn trailers_do_not_disturb() {
    let server = Server::start(worker()).await;
    let answer = server
        .raw("POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\ntrailer: x-sum\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n")
        .await;
    assert!(answer.contains("\"length\":5"), "{answer}");
}

#[tokio::test]
async fn another_origin_is_told_to_the_worker_and_stays_there() {
    let server = Server::start(Destination {
        origin: Origin {
            host: Some("shop.example".into()),
            https: Some(true),
        },
        ..worker()
    })
    .await;
    let answer = server
        .get_as(
            "localhost:1",
            "/",
            &["referer: http://localhost:1/a", "origin: http://other"],
        )
        .await;
    assert_eq!(told(&answer, "host"), ["shop.example"]);
    assert_eq!(told(&answer, "stepwell-protocol"), ["https"]);
    assert_eq!(told(&answer, "referer"), ["https://shop.example/a"]);
    assert_eq!(told(&answer, "origin"), ["http://other"]);
    let answer = server.get_as("localhost:1", "/redirect", &[]).await;
    assert!(
        parts(&answer).1.contains("location: http://localhost:1/next"),
        "{answer}"
    );
}
