//! Large bodies pass through the Worker port without being kept. Alone in its process, whose memory it measures.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes

#[path = "ingress/support.rs"]
#[allow(dead_code)] // others need more of it
mod support;

use std::time::Duration;
use stepwell_api::ingress::Production;
use support::{Server, strangers, worker};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Cloudflare's limit, and this port's.
const LARGE: usize = 100 << 20;
/// What memory may grow by: a few buffers, and what the allocator keeps.
const GROWTH: usize = 24 << 20;

/// The memory that this process has, in bytes.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

async fn server() -> Server {
    Server::start_with(worker(), strangers(Production::default())).await
}

/// Client, port and Worker are in this process: what any of them kept would show.
#[tokio::test]
async fn a_hundred_megabytes_pass_both_ways_in_little_memory() {
    let server = server().await;
    let before = resident();
    let mut most = 0;
    let mut stream = server.connect().await;
    let head = format!("POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: {LARGE}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let piece = vec![7; 256 << 10];
    for _ in 0..LARGE / piece.len() {
        stream.write_all(&piece).await.unwrap();
        most = most.max(resident());
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains(&format!("\"length\":{LARGE}")), "{answer}");

    let mut stream = server.connect().await;
    let head = format!("GET /zeros/{LARGE} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut piece = vec![0; 256 << 10];
    let mut length = 0;
    loop {
        let read = stream.read(&mut piece).await.unwrap();
        if read == 0 {
            break;
        }
        length += read;
        // A slow client: what the Worker could make meanwhile must wait in the Worker.
        if length < LARGE / 10 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        most = most.max(resident());
    }
    assert!(length > LARGE, "{length}");
    let growth = most.saturating_sub(before);
    assert!(growth < GROWTH, "memory grew by {} MiB", growth >> 20);
}
