//! A made-up Worker on a unix socket, the ingress in front of it, and a client that sees every byte.

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use stepwell_api::ingress::{
    self, Destination, ErrorExplainer, Excerpt, Explained, Frame, Options, Upstream,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::sync::watch;

/// What the runtime answers when the user's code throws.
pub(crate) const THROWN: &str = r#"{"name":"TypeError","message":"it <b>broke</b>","stack":"TypeError: it <b>broke</b>\n    at deep (index.js:1:1)","cause":{"name":"Error","message":"the cause","stack":"Error: the cause\n    at index.js:2:2"}}"#;

/// The Worker port in front of a made-up Worker. Everything ends with it.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) upstream: watch::Sender<Upstream>,
    _directory: tempfile::TempDir,
}

impl Server {
    pub(crate) async fn start(worker: Destination) -> Self {
        Self::start_with(worker, Options::default()).await
    }

    /// `worker` has no versions yet.
    pub(crate) async fn start_with(worker: Destination, options: Options) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("worker");
        let listener = UnixListener::bind(&path).unwrap();
        tokio::spawn(serve(listener));
        let (upstream, receiver) = watch::channel(Upstream::Serving(path.into()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let worker = Destination {
            versions: Destination::of(receiver).versions,
            ..worker
        };
        tokio::spawn(ingress::serve(listener, Arc::new(worker), options));
        Self {
            address,
            upstream,
            _directory: directory,
        }
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
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer))
            .await
            .unwrap()
            .unwrap();
        String::from_utf8(answer).unwrap()
    }
}

/// The status line's number, the head in lower case, the body.
pub(crate) fn parts(answer: &str) -> (u16, String, &str) {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_lowercase(), body)
}

async fn serve(listener: UnixListener) {
    while let Ok((stream, _)) = listener.accept().await {
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer));
        tokio::spawn(connection.with_upgrades());
    }
}

async fn answer(mut request: Request<Incoming>) -> Result<Response<BoxBody<Bytes, Infallible>>, Infallible> {
    let path = request.uri().path().to_owned();
    if path == "/throw" {
        let answer = Response::builder().status(500).header("stepwell-uncaught", "1");
        return Ok(answer.body(Full::from(THROWN).boxed()).unwrap());
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
    let answer = Response::builder().header("stepwell-inner", "1");
    Ok(answer.body(Full::from(told).boxed()).unwrap())
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
