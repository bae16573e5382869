//! A server and a client.

use crate::fake::Fake;
use serde_json::Value;
use std::sync::Arc;
use stepwell_api::explorer::Explorer;
use stepwell_api::ingress::{self, Destination, Options, Upstream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Where the API is.
pub(crate) const API: &str = "/cdn-cgi/local/explorer/api";

/// A Worker port in front of a [`Fake`].
pub(crate) struct Server {
    pub(crate) fake: Fake,
    address: std::net::SocketAddr,
    _upstream: watch::Sender<Upstream>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// In lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The body of an answer in JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert!(self.head.contains("content-type: application/json"), "{self:?}");
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The result of a request that worked.
    #[track_caller]
    pub(crate) fn result(&self) -> Value {
        let json = self.json();
        assert_eq!(self.status, 200, "{self:?}");
        assert_eq!(json["success"], true);
        assert_eq!(json["errors"], serde_json::json!([]));
        assert_eq!(json["messages"], serde_json::json!([]));
        json["result"].clone()
    }

    /// Status, code and text of a request that was refused for one reason.
    #[track_caller]
    pub(crate) fn refusal(&self) -> (u16, u64, String) {
        let json = self.json();
        assert_eq!(json["success"], false, "{self:?}");
        assert_eq!(json["result"], Value::Null);
        assert_eq!(json["errors"].as_array().map(Vec::len), Some(1), "{self:?}");
        let error = &json["errors"][0];
        let (code, message) = (error["code"].as_u64(), error["message"].as_str());
        (self.status, code.unwrap(), message.unwrap().to_owned())
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        let fake = Fake::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, upstream) = watch::channel(Upstream::NoFetchHandler);
        let worker = Destination {
            internal: vec![Arc::new(Explorer::new(fake.clone()))],
            ..Destination::of(upstream)
        };
        tokio::spawn(ingress::serve(listener, Arc::new(worker), Options::default()));
        Self {
            fake,
            address,
            _upstream: sender,
        }
    }

    /// Sends a request for any path, with more lines of its head.
    pub(crate) async fn send(&self, method: &str, path: &str, head: &str, body: &[u8]) -> Answer {
        let host = if head.contains("Host:") {
            ""
        } else {
            "Host: localhost\r\n"
        };
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\n{host}{head}Content-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // A server that refuses a body does not read it to its end.
        let _ = stream.write_all(body).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        Answer {
            status: head[9..12].parse().unwrap(),
            head: head.to_lowercase(),
            body: body.to_owned(),
        }
    }

    /// Asks the API.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        self.send(method, &format!("{API}{path}"), "", body.as_bytes())
            .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "").await
    }
}
