//! Static assets over HTTP, on the Worker port and through the binding's socket.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes

use std::sync::Arc;
use std::time::Duration;
use stepwell_api::assets::{Sites, serve_binding};
use stepwell_api::ingress::{self, Destination, Options, Upstream};
use stepwell_assets::{Settings, Site};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;

/// Larger than any buffer on the way.
const LARGE: usize = 1_000_000;

struct Files {
    directory: tempfile::TempDir,
    sites: watch::Sender<Option<Arc<Site>>>,
}

impl Files {
    fn new(has_worker: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let public = directory.path().join("public");
        std::fs::create_dir(&public).unwrap();
        std::fs::write(public.join("index.html"), "<p>home").unwrap();
        std::fs::write(public.join("digits.txt"), "0123456789").unwrap();
        let large: Vec<u8> = (0..LARGE).map(|n| (n % 251) as u8).collect();
        std::fs::write(public.join("large.bin"), large).unwrap();
        let site = Site::load(Settings {
            has_worker,
            ..Settings::new(public)
        });
        Self {
            directory,
            sites: watch::channel(Some(Arc::new(site.unwrap()))).0,
        }
    }

    fn sites(&self) -> Sites {
        self.sites.subscribe()
    }

    /// A stream to the Worker port, behind which nobody is.
    async fn port(&self) -> TcpStream {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let upstream = watch::channel(Upstream::NoFetchHandler).1;
        let mut worker = Destination::of(upstream);
        worker.versions[0].assets = Some(self.sites());
        tokio::spawn(ingress::serve(listener, Arc::new(worker), Options::default()));
        TcpStream::connect(address).await.unwrap()
    }

    /// A stream to the binding's socket.
    async fn binding(&self) -> UnixStream {
        let path = self.directory.path().join("assets.sock");
        tokio::spawn(serve_binding(UnixListener::bind(&path).unwrap(), self.sites()));
        UnixStream::connect(path).await.unwrap()
    }
}

/// Asks once: the head in lower case, and the body.
async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> (String, Vec<u8>) {
    let request = request.replace('\n', "\r\n") + "\r\nhost: example.com\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    tokio::time::timeout(Duration::from_secs(20), read)
        .await
        .unwrap()
        .unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap().to_lowercase();
    (head, answer[end + 4..].to_vec())
}

#[tokio::test]
async fn files_are_answered_before_the_worker_is_asked() {
    let files = Files::new(true);
    let (head, body) = ask(files.port().await, "GET / HTTP/1.1").await;
    assert!(
        head.starts_with("http/1.1 200") && head.contains("content-type: text/html"),
        "{head}"
    );
    assert_eq!(body, b"<p>home");
    let (head, body) = ask(files.port().await, "GET /large.bin HTTP/1.1").await;
    assert!(head.contains(&format!("content-length: {LARGE}")), "{head}");
    assert!(body.len() == LARGE && body.iter().enumerate().all(|(n, byte)| *byte == (n % 251) as u8));
    let (_, body) = ask(files.port().await, "GET /missing HTTP/1.1").await;
    let body = String::from_utf8(body).unwrap();
    assert!(
        body.contains("This Worker has no fetch handler"),
        "it was for the Worker: {body}"
    );
}

#[tokio::test]
async fn without_a_worker_everything_is_for_the_assets() {
    let files = Files::new(false);
    let (head, body) = ask(files.port().await, "GET /missing HTTP/1.1").await;
    assert!(head.starts_with("http/1.1 404"), "{head}");
    assert_eq!(body, b"");
}

#[tokio::test]
async fn the_binding_answers_as_the_port_does() {
    let files = Files::new(true);
    let (head, body) = ask(files.binding().await, "GET /digits.txt HTTP/1.1").await;
    assert!(
        head.starts_with("http/1.1 200") && head.contains("content-length: 10"),
        "{head}"
    );
    assert_eq!(body, b"0123456789");
    let etag = head.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    let path = files.directory.path().join("assets.sock");
    let connect = || async { UnixStream::connect(&path).await.unwrap() };
    let asked = format!("GET /digits.txt HTTP/1.1\nif-none-match: {etag}");
    let (head, body) = ask(connect().await, &asked).await;
    assert!(head.starts_with("http/1.1 304") && body.is_empty(), "{head}");
    let (head, body) = ask(connect().await, "HEAD /digits.txt HTTP/1.1").await;
    assert!(head.contains("content-length: 10") && body.is_empty(), "{head}");
    let (head, _) = ask(connect().await, "GET /index.html?a=1 HTTP/1.1").await;
    assert!(
        head.starts_with("http/1.1 307") && head.contains("location: /?a=1"),
        "{head}"
    );
    let (head, _) = ask(connect().await, "POST /digits.txt HTTP/1.1\ncontent-length: 0").await;
    assert!(head.starts_with("http/1.1 405"), "{head}");
}

#[tokio::test]
async fn a_reload_swaps_the_site() {
    let files = Files::new(true);
    let stream = files.port().await;
    std::fs::write(files.directory.path().join("public/new.txt"), "new").unwrap();
    let old = files.sites.borrow().clone().unwrap();
    files.sites.send_replace(Some(Arc::new(old.refresh().unwrap())));
    let (_, body) = ask(stream, "GET /new.txt HTTP/1.1").await;
    assert_eq!(body, b"new");
    let stream = files.port().await;
    files.sites.send_replace(None);
    let (_, body) = ask(stream, "GET /new.txt HTTP/1.1").await;
    assert!(String::from_utf8(body).unwrap().contains("no fetch handler"));
}
