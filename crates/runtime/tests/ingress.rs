//! The Worker port in front of the real workerd.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes

mod common;

use common::{fetch_socket, script, settings};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use stepwell_api::ingress::{self, Destination, Options, Upstream};
use stepwell_runtime::{HostState, Worker};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const CODE: &str = r"
let aborted = 0;
export default {
  async fetch(request, env, ctx) {
    const url = new URL(request.url);
    if (url.pathname === '/ws') {
      const [client, server] = Object.values(new WebSocketPair());
      server.accept();
      server.addEventListener('message', (m) => server.send('echo ' + m.data));
      return new Response(null, { status: 101, webSocket: client });
    }
    if (url.pathname === '/stream') {
      const { readable, writable } = new TransformStream();
      const writer = writable.getWriter();
      ctx.waitUntil((async () => {
        try {
          for (let i = 0; i < 100; i++) { await writer.write(new TextEncoder().encode('tick ' + i + '\n')); await scheduler.wait(20); }
          await writer.close();
        } catch { aborted++; }
      })());
      return new Response(readable);
    }
    if (url.pathname === '/aborted') return new Response(String(aborted));
    if (url.pathname === '/echo') return new Response(request.body);
    if (url.pathname === '/exit') { for (const a = []; ; ) a.push(new Array(1e5).fill(Math.random())); }
    return Response.json({ url: request.url, ip: request.headers.get('cf-connecting-ip'), ae: request.headers.get('x-a') });
  },
};
";

/// The ingress to `worker` and its port.
async fn ingress(worker: &Worker, hold: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut host = worker.host();
    let (sender, upstream) = watch::channel(Upstream::Absent {
        why: "it is starting".into(),
    });
    tokio::spawn(async move {
        loop {
            let state = host.borrow_and_update().clone();
            sender.send_replace(match state {
                HostState::Serving(path) => Upstream::Serving(path),
                HostState::NoFetchHandler => Upstream::NoFetchHandler,
                HostState::Absent { why } => Upstream::Absent { why },
            });
            if host.changed().await.is_err() {
                return;
            }
        }
    });
    tokio::spawn(ingress::serve(
        listener,
        Arc::new(Destination::of(upstream)),
        Options {
            hold,
            ..Options::default()
        },
    ));
    address
}

async fn exchange(stream: &mut TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let n = stream.read(&mut piece).await.unwrap();
        answer.extend_from_slice(&piece[..n]);
        let text = String::from_utf8_lossy(&answer).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            assert!(n > 0, "{text}");
            continue;
        };
        let length = head
            .to_lowercase()
            .split("content-length: ")
            .nth(1)
            .map(|rest| rest.split("\r\n").next().unwrap().parse::<usize>().unwrap());
        if n == 0 || length.is_some_and(|length| body.len() >= length) || head.contains(" 101 ") {
            return text;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_streams_and_sockets_pass() {
    let data = tempfile::tempdir().unwrap();
    let worker = Worker::start(settings(), script(CODE, "2026-09-01", data.path()))
        .await
        .unwrap();
    let address = ingress(&worker, Duration::from_secs(10)).await;

    // Two requests on one connection; the headers.
    let mut stream = TcpStream::connect(address).await.unwrap();
    for _ in 0..2 {
        let answer = exchange(
            &mut stream,
            "GET /a?b=1 HTTP/1.1\r\nhost: some.where:99\r\nx-a: 1\r\n\r\n",
        )
        .await;
        assert!(
            answer.contains(r#"{"url":"http://some.where:99/a?b=1","ip":"127.0.0.1","ae":"1"}"#),
            "{answer}"
        );
    }
    // A body there and back, larger than any buffer.
    let body = "x".repeat(3_000_000);
    let request = format!(
        "POST /echo HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let (mut reader, mut writer) = TcpStream::connect(address).await.unwrap().into_split();
    let writing = tokio::spawn(async move { writer.write_all(request.as_bytes()).await.map(|()| writer) });
    let mut answer = String::new();
    reader.read_to_string(&mut answer).await.unwrap();
    let _writer = writing.await.unwrap().unwrap();
    assert!(
        answer.len() > body.len() && answer.ends_with("xxx") || answer.contains("chunked"),
        "{}",
        answer.len()
    );

    // A stream arrives while it is made, and its end is told when the client goes.
    let began = Instant::now();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all(b"GET /stream HTTP/1.1\r\nhost: h\r\n\r\n")
        .await
        .unwrap();
    let mut piece = [0; 4096];
    let mut text = String::new();
    while !text.contains("tick 2") {
        let n = stream.read(&mut piece).await.unwrap();
        text.push_str(&String::from_utf8_lossy(&piece[..n]));
    }
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "the first pieces come at once"
    );
    drop(stream);
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut aborted = String::new();
    for _ in 0..50 {
        aborted = exchange(&mut stream, "GET /aborted HTTP/1.1\r\nhost: h\r\n\r\n").await;
        if aborted.ends_with('1') {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(
        aborted.ends_with('1'),
        "the Worker learns that the client has gone: {aborted}"
    );

    // A WebSocket.
    let mut stream = TcpStream::connect(address).await.unwrap();
    let answer = exchange(
        &mut stream,
        "GET /ws HTTP/1.1\r\nhost: h\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
    // A masked text frame "hi" with a mask of zeros.
    stream
        .write_all(&[0x81, 0x82, 0, 0, 0, 0, b'h', b'i'])
        .await
        .unwrap();
    let n = stream.read(&mut piece).await.unwrap();
    assert_eq!(&piece[..n], b"\x81\x07echo hi");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_wait_for_a_host_that_comes_back() {
    let data = tempfile::tempdir().unwrap();
    let mut script = script(CODE, "2026-09-01", data.path());
    script.limits.heap_mb = 64;
    let worker = Worker::start(settings(), script).await.unwrap();
    let before = fetch_socket(&worker);
    let mut state = worker.host();
    state.mark_unchanged();
    let address = ingress(&worker, Duration::from_secs(10)).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let answer = exchange(&mut stream, "GET /exit HTTP/1.1\r\nhost: h\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    assert!(answer.contains("ended before it answered"), "{answer}");
    // The dying process may still accept a connection after it has closed the first one.
    state.changed().await.unwrap();
    let answer = exchange(&mut stream, "GET / HTTP/1.1\r\nhost: h\r\n\r\n").await;
    assert!(
        answer.starts_with("HTTP/1.1 200"),
        "held until the host was back: {answer}"
    );
    assert_eq!(before, fetch_socket(&worker));
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_head_reaches_the_worker() {
    let data = tempfile::tempdir().unwrap();
    let worker = Worker::start(settings(), script(CODE, "2026-09-01", data.path()))
        .await
        .unwrap();
    let address = ingress(&worker, Duration::from_secs(10)).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let many: Vec<String> = (0..200).map(|n| format!("x-{n}: {n}\r\n")).collect();
    let long = format!("x-long: {}\r\n", "y".repeat(120 << 10));
    let target = format!("/{}", "z".repeat(16_000));
    for (target, headers) in [("/", many.concat()), ("/", long), (&target, String::new())] {
        let request = format!("GET {target} HTTP/1.1\r\nhost: h\r\nx-a: 1\r\n{headers}\r\n");
        let answer = exchange(&mut stream, &request).await;
        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.contains(r#""ae":"1""#),
            "{answer}"
        );
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_host_the_page_says_why() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, upstream) = watch::channel(Upstream::Absent {
        why: "it is being reloaded".into(),
    });
    let hold = Duration::from_millis(300);
    tokio::spawn(ingress::serve(
        listener,
        Arc::new(Destination::of(upstream)),
        Options {
            hold,
            ..Options::default()
        },
    ));
    let mut stream = TcpStream::connect(address).await.unwrap();
    let answer = exchange(&mut stream, "GET / HTTP/1.1\r\nhost: h\r\n\r\n").await;
    assert!(
        answer.starts_with("HTTP/1.1 503") && answer.contains("it is being reloaded"),
        "{answer}"
    );
    sender.send_replace(Upstream::NoFetchHandler);
    let answer = exchange(&mut stream, "GET / HTTP/1.1\r\nhost: h\r\n\r\n").await;
    assert!(
        answer.starts_with("HTTP/1.1 404") && answer.contains("no fetch handler"),
        "{answer}"
    );
    sender.send_replace(Upstream::Serving(std::path::Path::new("/nowhere").into()));
    let answer = exchange(&mut stream, "GET / HTTP/1.1\r\nhost: h\r\n\r\n").await;
    assert!(
        answer.starts_with("HTTP/1.1 503") && answer.contains("cannot be reached"),
        "{answer}"
    );
}
