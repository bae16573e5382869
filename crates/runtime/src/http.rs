//! Small HTTP questions to a process over its unix sockets.

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use std::io::{Error, Result};
use std::path::Path;
use tokio::net::UnixStream;

/// A kept-alive connection for requests without a body.
#[derive(Debug)]
pub(crate) struct Connection {
    sender: SendRequest<Empty<Bytes>>,
}

impl Connection {
    /// Connects to the socket at `path`.
    pub(crate) async fn open(path: &Path) -> Result<Self> {
        let stream = UnixStream::connect(path).await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(Error::other)?;
        tokio::spawn(connection);
        Ok(Self { sender })
    }

    /// Sends a request and returns the body of the answer, whatever its status.
    pub(crate) async fn ask(&mut self, method: Method, path: &str) -> Result<Bytes> {
        self.sender.ready().await.map_err(Error::other)?;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "stepwell")
            .body(Empty::new())
            .map_err(Error::other)?;
        let answer = self.sender.send_request(request).await.map_err(Error::other)?;
        let body = answer.into_body().collect().await.map_err(Error::other)?;
        Ok(body.to_bytes())
    }
}
