//! The port for debuggers.

use super::{Inspectors, Target, guard, list};
use bytes::Bytes;
use http_body_util::{Empty, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HOST, HeaderValue, ORIGIN, UPGRADE};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::io::{Error, Result};
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};

type Answer = Response<Full<Bytes>>;

/// The isolate of a process that has the user's code.
const ISOLATE: &str = "/user";

/// Serves debuggers until it is dropped. `listener` should be on a loopback address: who debugs can do everything.
pub async fn serve(listener: TcpListener, inspectors: Arc<Inspectors>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(connection(stream, inspectors.clone()))),
            Err(error) => {
                tracing::warn!("a debugger cannot be connected: {error}");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, inspectors: Arc<Inspectors>) {
    let service = service_fn(|request| {
        let inspectors = inspectors.clone();
        async move { Ok::<_, Infallible>(answer(&inspectors, request).await) }
    });
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
}

async fn answer(inspectors: &Inspectors, request: Request<Incoming>) -> Answer {
    if let Err((status, text)) = guard::check_host(request.headers()) {
        return refused(status, text);
    }
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let host = host.unwrap_or_default();
    match request.uri().path() {
        "/json" | "/json/" | "/json/list" => json(&list::targets(inspectors, host)),
        "/json/version" => json(&list::version()),
        path => match inspectors.get(path.trim_start_matches('/')) {
            None => refused(StatusCode::NOT_FOUND, "Nothing to debug here; /json has the list"),
            Some(_) if !request.headers().contains_key(UPGRADE) => {
                refused(StatusCode::UPGRADE_REQUIRED, "This is for WebSockets")
            }
            Some(target) => match attach(&target, request).await {
                Ok(answer) => answer,
                Err(error) => refused(StatusCode::BAD_GATEWAY, &error.to_string()),
            },
        },
    }
}

/// Joins a debugger with the process.
async fn attach(target: &Arc<Target>, mut request: Request<Incoming>) -> Result<Answer> {
    if let Err((status, text)) = guard::check_origin(request.headers()) {
        return Ok(refused(status, text));
    }
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, target.port)).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(Error::other)?;
    tokio::spawn(connection.with_upgrades());
    let debugger = hyper::upgrade::on(&mut request);
    let (head, _) = request.into_parts();
    let mut asked = Request::new(Empty::<Bytes>::new());
    *asked.headers_mut() = head.headers;
    asked.headers_mut().remove(ORIGIN);
    let host = HeaderValue::from_str(&format!("127.0.0.1:{}", target.port)).map_err(Error::other)?;
    asked.headers_mut().insert(HOST, host);
    *asked.uri_mut() = Uri::from_static(ISOLATE);
    let mut answer = sender.send_request(asked).await.map_err(Error::other)?;
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        let process = hyper::upgrade::on(&mut answer);
        let session = target.session();
        tokio::spawn(async move {
            if let Ok((debugger, process)) = tokio::try_join!(debugger, process) {
                let (mut debugger, mut process) = (TokioIo::new(debugger), TokioIo::new(process));
                let _ = tokio::io::copy_bidirectional(&mut debugger, &mut process).await;
            }
            drop(session);
        });
    }
    Ok(answer.map(|_| Full::default()))
}

fn json(value: &serde_json::Value) -> Answer {
    let mut answer = Response::new(Full::from(value.to_string()));
    answer.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/json; charset=utf-8"),
    );
    answer
}

fn refused(status: StatusCode, text: &str) -> Answer {
    let mut answer = Response::new(Full::from(text.to_owned()));
    *answer.status_mut() = status;
    answer
}
