//! What comes to the socket of a relay: HTTP requests, and connections that carry RPC.

use super::rpc;
use super::way::{Connected, Way};
use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderName, TRANSFER_ENCODING};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::io::{Error, Result};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

type Body = BoxBody<Bytes, hyper::Error>;

/// More headers than workerd would send.
const MOST_HEADERS: usize = 1024;

/// Serves a relay's socket; what it serves ends with it.
pub(super) async fn serve(listener: UnixListener, way: Way) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(connections.spawn(connection(stream, way.clone()))),
            Err(error) => {
                tracing::warn!("a service binding cannot be connected: {error}");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(stream: UnixStream, way: Way) {
    let service = service_fn(|request| answer(way.clone(), request));
    let served = hyper::server::conn::http1::Builder::new()
        .auto_date_header(false)
        .max_headers(MOST_HEADERS)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    if let Err(error) = served.await {
        tracing::debug!("a connection of a service binding ended: {error}");
    }
}

/// # Errors
/// The process ended before it answered; the caller's connection is closed then, which is what it would have seen.
async fn answer(way: Way, mut request: Request<Incoming>) -> Result<Response<Body>> {
    let connected = match way.connect().await {
        Ok(connected) => connected,
        Err(error) => return Ok(unavailable(&error)),
    };
    if request.method() == Method::CONNECT {
        let upgrade = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            let ended = match upgrade.await {
                Ok(caller) => rpc::join(TokioIo::new(caller), connected, way).await,
                Err(error) => Err(Error::other(error)),
            };
            if let Err(error) = ended {
                tracing::debug!("a connection for RPC ended: {error}");
            }
        });
        return Ok(Response::new(BoxBody::default()));
    }
    pass_on(way, connected, request).await
}

async fn pass_on(way: Way, connected: Connected, mut request: Request<Incoming>) -> Result<Response<Body>> {
    let Connected { stream, callee, busy } = connected;
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .max_headers(MOST_HEADERS)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(Error::other)?;
    tokio::spawn(connection.with_upgrades());
    let client = hyper::upgrade::on(&mut request);
    let mut answer = sender.send_request(request).await.map_err(Error::other)?;
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        let server = hyper::upgrade::on(&mut answer);
        tokio::spawn(async move {
            let Ok((client, server)) = tokio::try_join!(client, server) else {
                return;
            };
            let (mut client, mut server) = (TokioIo::new(client), TokioIo::new(server));
            tokio::select! {
                _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                () = way.gone(&callee) => {}
            }
        });
        return Ok(answer.map(|_| BoxBody::default()));
    }
    for header in [
        CONNECTION,
        TRANSFER_ENCODING,
        HeaderName::from_static("keep-alive"),
    ] {
        answer.headers_mut().remove(header);
    }
    Ok(answer.map(|body| {
        body.map_frame(move |frame| {
            let _ = &busy; // until the body has ended
            frame
        })
        .boxed()
    }))
}

fn unavailable(error: &Error) -> Response<Body> {
    let text = Full::new(Bytes::from(error.to_string()));
    let mut answer = Response::new(text.map_err(|never| match never {}).boxed());
    *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    answer
}
