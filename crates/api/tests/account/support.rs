//! A server and a client.

use crate::fake::Fake;
use crate::plane::{ACCOUNT as DEFAULT, Plane, workflow};
use async_trait::async_trait;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use stepwell_api::account::{Addresses, Api, ApiMeters, Options, WorkersOf, serve};
use stepwell_api::admin::Facts;
use stepwell_control::model::{Scope, Workflow};
use stepwell_logs::tail::TailHub;
use stepwell_meters::Page;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Where everything of the account is.
pub(crate) const ACCOUNT: &str = "/client/v4/accounts/default";

/// Panics when it is told to.
struct Healthy {
    panics: Arc<AtomicBool>,
}

#[async_trait]
impl Facts for Healthy {
    fn ready(&self) -> Result<(), String> {
        assert!(!self.panics.load(Ordering::Relaxed), "as told");
        Ok(())
    }
    async fn metrics(&self, page: &mut Page) {
        page.gauge("stepwell_things", "Things.", "", 1);
    }
}

/// Two accounts with a token of each scope; in the first a Worker `worker` with the Workflow `flow`.
async fn prepare(plane: &Plane) -> HashMap<String, String> {
    let control = &plane.control;
    control.create_account("other", "Other").await.unwrap();
    let mut tokens = HashMap::new();
    for account in [DEFAULT, "other"] {
        for (name, scope) in [
            ("read", Scope::Read),
            ("write", Scope::Write),
            ("deploy", Scope::Deploy),
            ("admin", Scope::Admin),
        ] {
            let token = control.create_token(account, name, scope).await.unwrap();
            tokens.insert(format!("{account}.{name}"), token.secret);
        }
    }
    let code = "workflow Flow\nworkflow Other";
    plane.put("worker", code, Json::Null).await.unwrap();
    control
        .put_workflow(DEFAULT, "flow", workflow("worker", "Flow"))
        .await
        .unwrap();
    tokens
}

/// An API port in front of a [`Fake`].
pub(crate) struct Server {
    pub(crate) fake: Fake,
    pub(crate) tails: Arc<TailHub>,
    pub(crate) address: SocketAddr,
    pub(crate) stop: CancellationToken,
    /// Makes `/health/ready` panic.
    pub(crate) panics: Arc<AtomicBool>,
    pub(crate) plane: Plane,
    /// By `account.scope`.
    tokens: HashMap<String, String>,
    _guard: DropGuard,
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
    pub(crate) fn of(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").expect("an answer has a head");
        Self {
            status: head[9..12].parse().unwrap(),
            head: head.to_lowercase(),
            body: body.to_owned(),
        }
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Json {
        assert!(self.head.contains("content-type: application/json"), "{self:?}");
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The whole answer to a request that worked.
    #[track_caller]
    pub(crate) fn success(&self) -> Json {
        let json = self.json();
        assert_eq!(self.status, 200, "{self:?}");
        assert_eq!(json["success"], true);
        assert_eq!(json["errors"], serde_json::json!([]));
        assert_eq!(json["messages"], serde_json::json!([]));
        assert!(!self.head.contains("x-should-retry"));
        json
    }

    /// The result of a request that worked.
    #[track_caller]
    pub(crate) fn result(&self) -> Json {
        self.success()["result"].clone()
    }

    /// Status, code and text of a request that was refused for one reason.
    #[track_caller]
    pub(crate) fn refusal(&self) -> (u16, u64, String) {
        let json = self.json();
        assert_eq!(json["success"], false, "{self:?}");
        assert_eq!(json["result"], Json::Null);
        assert_eq!(json["messages"], serde_json::json!([]));
        assert_eq!(json["errors"].as_array().map(Vec::len), Some(1), "{self:?}");
        if (400..500).contains(&self.status) && self.status != 429 {
            assert!(self.head.contains("x-should-retry: false"), "{self:?}");
        }
        let error = &json["errors"][0];
        let (code, message) = (error["code"].as_u64(), error["message"].as_str());
        (self.status, code.unwrap(), message.unwrap().to_owned())
    }
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_with(Options::default()).await
    }

    pub(crate) async fn start_with(options: Options) -> Self {
        let fake = Fake::default();
        let panics = Arc::new(AtomicBool::new(false));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let plane = Plane::new().await;
        let tokens = prepare(&plane).await;
        let tails = Arc::new(TailHub::default());
        tails.introduce(Arc::new(WorkersOf(plane.control.clone())));
        let api = Api {
            engine: Arc::new(fake.clone()),
            control: plane.control.clone(),
            moves: Arc::new(NoMoves),
            tails: tails.clone(),
            addresses: Addresses {
                scheme: "http",
                domain: "localhost".to_owned(),
                port: 8787,
                main_account: DEFAULT.to_owned(),
            },
            facts: Arc::new(Healthy {
                panics: panics.clone(),
            }),
            meters: ApiMeters::default(),
        };
        let stop = CancellationToken::new();
        tokio::spawn(serve(listener, Arc::new(api), options, stop.clone()));
        Self {
            fake,
            tails,
            address,
            panics,
            plane,
            tokens,
            _guard: stop.clone().drop_guard(),
            stop,
        }
    }

    /// Sends a request for any path, with these lines of its head.
    pub(crate) async fn send(&self, method: &str, path: &str, head: &str, body: &[u8]) -> Answer {
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{head}Content-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        self.raw(&[head.as_bytes(), body].concat()).await
    }

    /// Sends these bytes.
    pub(crate) async fn raw(&self, request: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        // A server that refuses a body does not read it to its end.
        let _ = stream.write_all(request).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        Answer::of(&String::from_utf8(answer).unwrap())
    }

    /// The Workflow `flow`.
    pub(crate) fn workflow(&self) -> Arc<Workflow> {
        self.plane.control.workflow(DEFAULT, "flow").unwrap()
    }

    /// The text of a token: `account.scope`, or what is none.
    pub(crate) fn token<'a>(&'a self, name: &'a str) -> &'a str {
        self.tokens.get(name).map_or(name, String::as_str)
    }

    /// Sends a request with a token.
    pub(crate) async fn ask_as(&self, token: &str, method: &str, path: &str, body: &str) -> Answer {
        let head = format!("Authorization: Bearer {}\r\n", self.token(token));
        self.send(method, path, &head, body.as_bytes()).await
    }

    /// Asks for something of the account, as somebody who may do everything.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        self.ask_as("default.admin", method, &format!("{ACCOUNT}{path}"), body)
            .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "").await
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        self.ask("POST", path, body).await
    }
}

/// Nobody replays anything here.
struct NoMoves;

#[async_trait::async_trait]
impl stepwell_api::account::Moves for NoMoves {
    async fn check(
        &self,
        _: Arc<stepwell_control::WorkerState>,
        _: &stepwell_control::model::WorkflowVersion,
    ) -> Result<stepwell_engine::check::CheckReport, stepwell_engine::operations::OperationError> {
        Ok(stepwell_engine::check::CheckReport::default())
    }

    async fn migrate(
        &self,
        _: &stepwell_control::model::WorkflowVersion,
        _: &str,
    ) -> Result<bool, stepwell_engine::operations::OperationError> {
        Ok(true)
    }
}
