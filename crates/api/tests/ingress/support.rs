//! A made-up Worker on a unix socket, the ingress in front of it, and a client that sees every byte.

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Frame as HttpFrame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use stepwell_api::ingress::{
    self, Destination, ErrorExplainer, Excerpt, Explained, Frame, Options, Production, Routes, Upstream,
    Version,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::sync::{Notify, watch};

/// What the runtime answers when the user's code throws.
pub(crate) const THROWN: &str = r#"{"name":"TypeError","message":"it <b>broke</b>","stack":"TypeError: it <b>broke</b>\n    at deep (index.js:1:1)","cause":{"name":"Error","message":"the cause","stack":"Error: the cause\n    at index.js:2:2"}}"#;

/// A made-up Worker on a socket.
pub(crate) struct Upstreamed {
    pub(crate) upstream: watch::Sender<Upstream>,
    pub(crate) path: Arc<Path>,
    _directory: tempfile::TempDir,
}

impl Upstreamed {
    /// It says its name in the header `x-worker`.
    pub(crate) fn start(name: &'static str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path: Arc<Path> = directory.path().join("worker").into();
        let listener = UnixListener::bind(&path).unwrap();
        tokio::spawn(serve(listener, name));
        Self {
            upstream: watch::channel(Upstream::Serving(path.clone())).0,
            path,
            _directory: directory,
        }
    }

    pub(crate) fn version(&self, weight: f64) -> Version {
        Version {
            id: "".into(),
            weight,
            front: Arc::new(self.upstream.subscribe()),
            assets: None,
        }
    }
}

/// The Worker port, in front of a made-up Worker as a rule. Everything ends with it.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) upstream: watch::Sender<Upstream>,
    /// The Worker, if it is the server's own.
    _worker: Option<Upstreamed>,
}

impl Server {
    pub(crate) async fn start(worker: Destination) -> Self {
        Self::start_with(worker, Options::default()).await
    }

    /// `worker` has no versions yet.
    pub(crate) async fn start_with(worker: Destination, options: Options) -> Self {
        let behind = Upstreamed::start("only");
        let worker = Destination {
            versions: vec![behind.version(1.0)],
            ..worker
        };
        let server = Self::of(Arc::new(worker), options).await;
        Self {
            upstream: behind.upstream.clone(),
            _worker: Some(behind),
            ..server
        }
    }

    pub(crate) async fn of(routes: impl Routes, options: Options) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(ingress::serve(listener, routes, options));
        Self {
            address,
            upstream: watch::channel(Upstream::NoFetchHandler).0,
            _worker: None,
        }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// The whole answer to `GET path` with these header lines.
    pub(crate) async fn get(&self, path: &str, headers: &[&str]) -> String {
        self.get_as("localhost", path, headers).await
    }

    pub(crate) async fn get_as(&self, host: &str, path: &str, headers: &[&str]) -> String {
        let first = [
            format!("GET {path} HTTP/1.1"),
            format!("host: {host}"),
            "connection: close".to_owned(),
        ];
        let mut lines: Vec<&str> = first.iter().map(String::as_str).collect();
        lines.extend(headers);
        self.raw(&(lines.join("\r\n") + "\r\n\r\n")).await
    }

    /// Sends `request` and reads to the end.
    pub(crate) async fn raw(&self, request: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        to_end(&mut stream).await
    }
}

/// What comes until the other end closes.
pub(crate) async fn to_end(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer))
        .await
        .unwrap()
        .unwrap();
    String::from_utf8(answer).unwrap()
}

/// The status line's number, the head in lower case, the body.
pub(crate) fn parts(answer: &str) -> (u16, String, &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_lowercase(), body)
}

async fn serve(listener: UnixListener, name: &'static str) {
    while let Ok((stream, _)) = listener.accept().await {
        let service = service_fn(move |request| answer(request, name));
        let connection = http1::Builder::new()
            .max_headers(1000)
            .serve_connection(TokioIo::new(stream), service);
        tokio::spawn(connection.with_upgrades());
    }
}

async fn answer(
    mut request: Request<Incoming>,
    name: &'static str,
) -> Result<Response<BoxBody<Bytes, Infallible>>, Infallible> {
    let path = request.uri().path().to_owned();
    if path == "/throw" {
        let answer = Response::builder().status(500).header("stepwell-uncaught", "1");
        return Ok(answer.body(Full::from(THROWN).boxed()).unwrap());
    }
    if path == "/hang" {
        // As the runtime does when the handler's promise can settle no more.
        let answer = Response::builder().status(500);
        return Ok(answer.body(Full::from("Internal Server Error").boxed()).unwrap());
    }
    if path == "/own-500" {
        let answer = Response::builder()
            .status(500)
            .header("content-type", "text/plain;charset=UTF-8");
        return Ok(answer.body(Full::from("Internal Server Error").boxed()).unwrap());
    }
    if path == "/redirect" {
        let answer = Response::builder()
            .status(302)
            .header("location", "https://shop.example/next");
        return Ok(answer.body(Full::default().boxed()).unwrap());
    }
    if path == "/upgrade" {
        let upgrade = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            let (mut read, mut write) = tokio::io::split(TokioIo::new(upgrade.await.unwrap()));
            tokio::io::copy(&mut read, &mut write).await
        });
        let answer = Response::builder()
            .status(101)
            .header("connection", "upgrade")
            .header("upgrade", "websocket");
        return Ok(answer.body(Full::default().boxed()).unwrap());
    }
    if path == "/never" {
        std::future::pending::<()>().await;
    }
    if let Some(bytes) = path.strip_prefix("/zeros/") {
        return Ok(Response::new(Zeros(bytes.parse().unwrap()).boxed()));
    }
    let target = request.uri().to_string();
    let headers: Vec<(String, String)> = request
        .headers()
        .iter()
        .map(|(name, value)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    let mut length = 0;
    let mut body = request.into_body();
    while let Some(Ok(frame)) = body.frame().await {
        length += frame.data_ref().map_or(0, Bytes::len);
    }
    let told = serde_json::json!({ "target": target, "headers": headers, "length": length }).to_string();
    let answer = Response::builder()
        .header("stepwell-inner", "1")
        .header("x-worker", name);
    Ok(answer.body(Full::from(told).boxed()).unwrap())
}

/// So many bytes, made as they are asked for.
struct Zeros(usize);

/// Nobody asks for more of some [`Zeros`].
pub(crate) static ZEROS_ENDED: Notify = Notify::const_new();

impl Drop for Zeros {
    fn drop(&mut self) {
        ZEROS_ENDED.notify_one();
    }
}

impl Body for Zeros {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<HttpFrame<Bytes>, Infallible>>> {
        static PIECE: [u8; 64 << 10] = [0; 64 << 10];
        let length = self.0.min(PIECE.len());
        self.0 -= length;
        Poll::Ready((length > 0).then(|| Ok(HttpFrame::data(Bytes::from_static(&PIECE[..length])))))
    }
}

/// Says that everything is at src/index.ts:3.
pub(crate) struct Explainer;

impl ErrorExplainer for Explainer {
    fn explain(&self, stack: &str) -> Explained {
        let frame = |file: &str, is_user| Frame {
            function: Some("deep<T>".to_owned()),
            file: file.to_owned(),
            line: 3,
            column: 7,
            is_user,
            excerpt: is_user.then(|| Excerpt {
                first_line: 2,
                lines: ["// <before>", "throw new TypeError()", "}"]
                    .map(str::to_owned)
                    .to_vec(),
            }),
        };
        Explained {
            stack: stack.replace("index.js:1:1", "src/index.ts:3:7"),
            frames: vec![frame("node_modules/a.js", false), frame("src/index.ts", true)],
        }
    }
}

/// A Worker whose code is known.
pub(crate) fn worker() -> Destination {
    Destination {
        explainer: Some(Arc::new(Explainer)),
        ..Destination::default()
    }
}

/// How strangers are served, on a port that is not patient.
pub(crate) fn strangers(production: Production) -> Options {
    Options {
        hold: Duration::from_millis(50),
        grace: Duration::from_secs(10),
        production: Some(production),
        ..Options::default()
    }
}

/// The values of a header that reached the Worker.
pub(crate) fn told(answer: &str, name: &str) -> Vec<String> {
    let told: serde_json::Value = serde_json::from_str(parts(answer).2).unwrap();
    let headers = told["headers"].as_array().unwrap().iter();
    headers
        .filter(|header| header[0] == name)
        .map(|header| header[1].as_str().unwrap().to_owned())
        .collect()
}
