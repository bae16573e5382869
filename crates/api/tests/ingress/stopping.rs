//! A port that is told to stop.

use crate::support::{Upstreamed, parts, strangers, to_end};
use std::sync::Arc;
use std::time::{Duration, Instant};
use stepwell_api::ingress::{self, Destination, Options, Production};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

struct Stoppable {
    address: std::net::SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
    _behind: Upstreamed,
}

async fn start(grace: Duration) -> Stoppable {
    let behind = Upstreamed::start("only");
    let worker = Arc::new(Destination {
        versions: vec![behind.version(1.0)],
        ..Destination::default()
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let options = Options {
        grace,
        ..strangers(Production::default())
    };
    let ended = tokio::spawn(ingress::serve_until(listener, worker, options, async {
        let _ = stopped.await;
    }));
    Stoppable {
        address,
        stop,
        ended,
        _behind: behind,
    }
}

async fn send(port: &Stoppable, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(port.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn requests_that_have_begun_end_and_no_others_begin() {
    let port = start(Duration::from_secs(20)).await;
    // A connection that waits for its next request, and one whose request is half sent.
    let mut idle = send(&port, "GET / HTTP/1.1\r\nhost: h\r\n\r\n").await;
    let mut start = [0; 12];
    idle.read_exact(&mut start).await.unwrap();
    let mut upload = send(
        &port,
        "POST / HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n",
    )
    .await;
    let mut go = [0; 25];
    upload.read_exact(&mut go).await.unwrap();
    port.stop.send(()).unwrap();
    // It is closed, although nobody asked for that.
    to_end(&mut idle).await;
    assert!(!port.ended.is_finished());
    upload.write_all(b"hello").await.unwrap();
    let answer = to_end(&mut upload).await;
    assert!(parts(&answer).2.contains("\"length\":5"), "{answer}");
    port.ended.await.unwrap();
    assert!(TcpStream::connect(port.address).await.is_err());
}

#[tokio::test]
async fn what_does_not_end_is_cut_off_and_websockets_are_not_waited_for() {
    let port = start(Duration::from_millis(200)).await;
    let mut never = send(&port, "GET /never HTTP/1.1\r\nhost: h\r\n\r\n").await;
    let upgrade = "GET /upgrade HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    let mut socket = send(&port, upgrade).await;
    let mut start = [0; 12];
    socket.read_exact(&mut start).await.unwrap();
    port.stop.send(()).unwrap();
    port.ended.await.unwrap();
    assert_eq!(to_end(&mut never).await, "");
    to_end(&mut socket).await;
}

#[tokio::test]
async fn a_websocket_alone_does_not_delay_the_end() {
    let port = start(Duration::from_mins(1)).await;
    let upgrade = "GET /upgrade HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    let mut socket = send(&port, upgrade).await;
    let mut start = [0; 12];
    socket.read_exact(&mut start).await.unwrap();
    let began = Instant::now();
    port.stop.send(()).unwrap();
    port.ended.await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(30));
    to_end(&mut socket).await;
}
