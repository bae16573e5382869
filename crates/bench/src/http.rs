//! Requests to the engines. All are on this machine.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::net::TcpStream;

/// Sends one request on a connection of its own and returns the body of a good answer.
pub(crate) async fn send(
    port: u16,
    method: Method,
    path: &str,
    body: String,
    limit: Duration,
) -> Result<Bytes> {
    tokio::time::timeout(limit, exchange(port, method, path, body))
        .await
        .with_context(|| format!("no answer within {limit:?}"))?
}

async fn exchange(port: u16, method: Method, path: &str, body: String) -> Result<Bytes> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, format!("localhost:{port}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let bytes = response.into_body().collect().await?.to_bytes();
    connection.abort();
    if !status.is_success() {
        let text: String = String::from_utf8_lossy(&bytes).chars().take(400).collect();
        bail!("status {status}: {text}");
    }
    Ok(bytes)
}
