//! What clients may not do.

use crate::support::{Server, ZEROS_ENDED, parts, strangers, to_end, worker};
use std::time::Duration;
use stepwell_api::ingress::{Options, Production};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn server(production: Production) -> Server {
    Server::start_with(worker(), strangers(production)).await
}

/// The status of each answer in what a connection said.
fn statuses(answers: &str) -> Vec<u16> {
    let heads = answers.match_indices("HTTP/1.1 ");
    heads
        .map(|(at, _)| answers[at + 9..at + 12].parse().unwrap())
        .collect()
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_whether_it_says_so_or_not() {
    let server = server(Production {
        body_bytes_max: 10,
        ..Production::default()
    })
    .await;
    let head = "POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n";
    for (body, status) in [
        ("content-length: 10\r\n\r\n0123456789", 200),
        ("content-length: 11\r\n\r\n01234567890", 413),
        ("expect: 100-continue\r\ncontent-length: 11\r\n\r\n", 413),
        (
            "transfer-encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n",
            200,
        ),
        (
            "transfer-encoding: chunked\r\n\r\nA\r\n0123456789\r\n1\r\nx\r\n0\r\n\r\n",
            413,
        ),
    ] {
        let answer = server.raw(&format!("{head}{body}")).await;
        assert_eq!(parts(&answer).0, status, "{body}: {answer}");
        assert!(!answer.contains("100 Continue"), "{answer}");
        if status == 413 {
            assert_eq!(parts(&answer).2, "error code: 413\n");
        }
    }
}

#[tokio::test]
async fn the_refusal_arrives_while_the_client_still_sends() {
    const BODY: usize = 20 << 20;
    let server = server(Production {
        body_bytes_max: 1 << 20,
        ..Production::default()
    })
    .await;
    for framing in [
        format!("content-length: {BODY}"),
        "transfer-encoding: chunked".to_owned(),
    ] {
        let mut stream = server.connect().await;
        let head = format!("POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n{framing}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let piece = vec![b'0'; 64 << 10];
        for _ in 0..BODY / piece.len() {
            if framing.contains("chunked") {
                stream.write_all(b"10000\r\n").await.unwrap();
            }
            stream.write_all(&piece).await.unwrap();
            if framing.contains("chunked") {
                stream.write_all(b"\r\n").await.unwrap();
            }
        }
        if framing.contains("chunked") {
            stream.write_all(b"0\r\n\r\n").await.unwrap();
        }
        assert_eq!(parts(&to_end(&mut stream).await).0, 413, "{framing}");
    }
}

#[tokio::test]
async fn a_body_that_stands_still_breaks_off() {
    let server = server(Production {
        upload_idle: Duration::from_millis(100),
        ..Production::default()
    })
    .await;
    let answer = server
        .raw("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 10\r\n\r\n012")
        .await;
    assert_eq!((parts(&answer).0, parts(&answer).2), (408, "error code: 408\n"));
}

#[tokio::test]
async fn a_head_that_does_not_end_loses_its_connection() {
    let server = server(Production {
        head_timeout: Duration::from_millis(100),
        ..Production::default()
    })
    .await;
    for begun in ["", "GET / HT", "GET / HTTP/1.1\r\nhost: h\r\nx: "] {
        let answer = server.raw(begun).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
            "{begun}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_websocket_keeps_its_place() {
    let server = server(Production {
        connections_max: 1,
        ..Production::default()
    })
    .await;
    let mut socket = server.connect().await;
    let upgrade = "GET /upgrade HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    socket.write_all(upgrade.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.unwrap());
    }
    let second = server.get("/", &[]);
    tokio::pin!(second);
    let early = tokio::time::timeout(Duration::from_millis(100), &mut second).await;
    assert!(early.is_err(), "{early:?}");
    drop(socket);
    assert_eq!(parts(&second.await).0, 200);
}

#[tokio::test]
async fn heads_have_limits() {
    let server = Server::start_with(worker(), Options::default()).await;
    let fields = |count: usize| {
        let fields: Vec<String> = (0..count).map(|n| format!("x-{n}: 1\r\n")).collect();
        fields.concat()
    };
    let long = |kilobytes: usize| format!("x: {}\r\n", "y".repeat(kilobytes << 10));
    for (target, headers, status) in [
        ("/", fields(200), 200),
        ("/", fields(300), 431),
        ("/", long(120), 200),
        ("/", long(128), 431),
        ("/", long(500), 431),
        (&format!("/{}", "y".repeat(16_000)), String::new(), 200),
        (&format!("/{}", "y".repeat(17_000)), String::new(), 414),
        (&format!("/{}", "y".repeat(70_000)), String::new(), 414),
    ] {
        let mut stream = server.connect().await;
        let head = format!("GET {target} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n{headers}\r\n");
        // It may be closed before everything is written.
        let _ = stream.write_all(head.as_bytes()).await;
        let mut start = [0; 12];
        stream.read_exact(&mut start).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&start), format!("HTTP/1.1 {status}"));
    }
}

#[tokio::test]
async fn further_clients_wait_for_a_place() {
    let server = server(Production {
        connections_max: 1,
        ..Production::default()
    })
    .await;
    let mut first = server.connect().await;
    first
        .write_all(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n")
        .await
        .unwrap();
    let mut start = [0; 12];
    first.read_exact(&mut start).await.unwrap();
    let second = server.get("/", &[]);
    tokio::pin!(second);
    let early = tokio::time::timeout(Duration::from_millis(100), &mut second).await;
    assert!(early.is_err(), "{early:?}");
    drop(first);
    assert_eq!(parts(&second.await).0, 200);
}

#[tokio::test]
async fn requests_in_a_row_are_answered_in_a_row() {
    let server = server(Production::default()).await;
    let mut requests = String::new();
    for number in 0..20 {
        let request = format!("POST /{number} HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n\r\nabc");
        requests.push_str(&request);
    }
    requests += "GET /last HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";
    let answers = server.raw(&requests).await;
    assert_eq!(statuses(&answers), [200; 21]);
    let order: Vec<usize> = (0..20)
        .map(|number| answers.find(&format!("\"target\":\"/{number}\"")).unwrap())
        .collect();
    assert!(order.is_sorted(), "{order:?}");
}

#[tokio::test]
async fn nothing_is_smuggled_in_a_body() {
    const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nhost: h\r\n\r\n";
    let server = server(Production::default()).await;
    let chunked = format!("{:x}\r\n{SMUGGLED}\r\n0\r\n\r\n", SMUGGLED.len());
    let length = SMUGGLED.len();
    for framing in [
        // Two lengths, or one that is none.
        format!("content-length: {length}\r\ncontent-length: 0\r\n\r\n{SMUGGLED}"),
        format!("content-length: 0, {length}\r\n\r\n{SMUGGLED}"),
        format!("content-length: +{length}\r\n\r\n{SMUGGLED}"),
        format!("content-length: 0x{length:x}\r\n\r\n{SMUGGLED}"),
        format!("content-length: -1\r\n\r\n{SMUGGLED}"),
        // Length and chunks: the chunks count, or it is refused.
        format!("content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n{chunked}"),
        format!("transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n{chunked}"),
        // Encodings that others might not see, or see differently.
        format!("transfer-encoding: xchunked\r\n\r\n{chunked}"),
        format!("transfer-encoding: chunked, identity\r\n\r\n{chunked}"),
        format!("transfer-encoding : chunked\r\n\r\n{chunked}"),
        format!(" transfer-encoding: chunked\r\n\r\n{chunked}"),
        format!("x: y\r\n transfer-encoding: chunked\r\n\r\n{chunked}"),
        format!("transfer-encoding:\x0bchunked\r\n\r\n{chunked}"),
        // Chunks with sizes that are none.
        format!(
            "transfer-encoding: chunked\r\n\r\n0x{:x}\r\n{SMUGGLED}\r\n0\r\n\r\n",
            SMUGGLED.len()
        ),
        format!("transfer-encoding: chunked\r\n\r\n-1\r\n{SMUGGLED}\r\n0\r\n\r\n"),
        format!("transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n{SMUGGLED}\r\n0\r\n\r\n"),
        format!("transfer-encoding: chunked\r\n\r\n2\r\nabc\r\n{SMUGGLED}"),
    ] {
        let request = format!("POST /outer HTTP/1.1\r\nhost: h\r\n{framing}");
        let mut stream = server.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let answers = to_end(&mut stream).await;
        assert!(!answers.contains("/smuggled"), "{framing:?}: {answers}");
        assert!(statuses(&answers).len() <= 1, "{framing:?}: {answers}");
    }
}

#[tokio::test]
async fn targets_that_are_no_paths_are_refused() {
    let server = server(Production::default()).await;
    for request in [
        "CONNECT example.com:80 HTTP/1.1\r\nhost: example.com:80\r\nconnection: close\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nconnection: close\r\n\r\n",
        "GET http://user@h/ HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nhost: h\r\nhost: h\r\nconnection: close\r\n\r\n",
        "GET relative HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n",
    ] {
        let answer = server.raw(request).await;
        assert_eq!(parts(&answer).0, 400, "{request}: {answer}");
    }
    let answer = server
        .raw("GET http://Other.example/a HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")
        .await;
    assert!(
        answer.contains("[\"host\",\"Other.example\"]") && answer.contains("\"target\":\"/a\""),
        "{answer}"
    );
}

#[tokio::test]
async fn a_client_that_takes_nothing_loses_its_connection() {
    const BODY: usize = 100 << 20;
    let production = Production {
        download_idle: Duration::from_millis(200),
        ..Production::default()
    };
    let server = server(production).await;
    let mut stream = server.connect().await;
    let head = format!("GET /zeros/{BODY} HTTP/1.1\r\nhost: h\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).await.unwrap();
    // The Worker's answer is dropped although the client is there.
    tokio::time::timeout(Duration::from_secs(20), ZEROS_ENDED.notified())
        .await
        .unwrap();
    let mut rest = 0;
    let mut piece = vec![0; 256 << 10];
    while let Ok(read @ 1..) = stream.read(&mut piece).await {
        rest += read;
    }
    assert!(rest < BODY, "all of it came");
}
