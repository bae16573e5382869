//! Debuggers reach every process through one port.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes

mod common;

use common::{DATES, fetch_socket, get, script, settings, workflow};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use stepwell_runtime::{Inspectors, Script, Settings, Worker, serve_inspectors};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

const CODE: &str = r"
import { WorkflowEntrypoint } from 'cloudflare:workers';
export class Flow extends WorkflowEntrypoint { async run() {} }
export default { async fetch(request) {
  if (request.url.endsWith('/pause')) { debugger; }
  console.log('hello', { from: 'the Worker' });
  return new Response('ok');
} };
";
const MAP: &str = r#"{"version":3,"sources":["src/index.ts"],"names":[],"mappings":"AAAA"}"#;

async fn start(change: impl FnOnce(&mut Settings, &mut Script)) -> (Worker, SocketAddr, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    let mut settings = settings();
    let inspectors = Inspectors::new();
    settings.inspectors = Some(inspectors.clone());
    let mut script = script(CODE, DATES[1], data.path());
    script.workflows.push(workflow("FLOW", "flow", "Flow"));
    script.source_map = Some(MAP.into());
    change(&mut settings, &mut script);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve_inspectors(listener, inspectors));
    (Worker::start(settings, script).await.unwrap(), address, data)
}

async fn ask(address: SocketAddr, path: &str, headers: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

/// A debugger.
struct Debugger {
    socket: WebSocketStream<TcpStream>,
    events: Vec<Value>,
    next: u32,
}

impl Debugger {
    async fn attach(address: SocketAddr, id: &str) -> Self {
        let request = format!("ws://{address}/{id}").into_client_request().unwrap();
        let stream = TcpStream::connect(address).await.unwrap();
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await.unwrap();
        Self {
            socket,
            events: Vec::new(),
            next: 1,
        }
    }

    async fn read(&mut self) -> Value {
        let message = tokio::time::timeout(Duration::from_secs(30), self.socket.next()).await;
        serde_json::from_str(message.unwrap().unwrap().unwrap().to_text().unwrap()).unwrap()
    }

    async fn call(&mut self, method: &str, params: Value) -> Value {
        let id = self.next;
        self.next += 1;
        let text = json!({ "id": id, "method": method, "params": params }).to_string();
        self.socket.send(Message::text(text)).await.unwrap();
        loop {
            let message = self.read().await;
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
            self.events.push(message);
        }
    }

    /// The parameters of the first event of this name that `pick` likes, of those not yet taken.
    async fn event(&mut self, method: &str, pick: impl Fn(&Value) -> bool) -> Value {
        loop {
            let found = self
                .events
                .iter()
                .position(|e| e["method"] == method && pick(&e["params"]));
            if let Some(index) = found {
                return self.events.remove(index)["params"].take();
            }
            let message = self.read().await;
            self.events.push(message);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_debugger_finds_and_controls_each_process() {
    let (worker, address, _data) = start(|_, _| {}).await;
    let own = "host: localhost:1\r\n";
    let (status, list) = ask(address, "/json", own).await;
    assert_eq!(status, 200);
    let list: Value = serde_json::from_str(&list).unwrap();
    let seen: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|target| {
            (
                target["id"].as_str().unwrap(),
                target["webSocketDebuggerUrl"].as_str().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("test", "ws://localhost:1/test"),
        ("test-run", "ws://localhost:1/test-run"),
    ];
    assert_eq!(seen, expected);
    assert_eq!(ask(address, "/json/version", own).await.0, 200);
    assert_eq!(ask(address, "/json", "host: evil.example\r\n").await.0, 401);
    assert_eq!(ask(address, "/test", own).await.0, 426);
    assert_eq!(ask(address, "/nothing", own).await.0, 404);
    let upgrade = format!(
        "{own}connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\norigin: https://evil.example\r\n"
    );
    assert_eq!(ask(address, "/test", &upgrade).await.0, 401);

    for id in ["test", "test-run"] {
        let mut debugger = Debugger::attach(address, id).await;
        debugger.call("Runtime.enable", json!({})).await;
        debugger.call("Debugger.enable", json!({})).await;
        let is_main = |script: &Value| script["url"].as_str().unwrap_or_default().ends_with("index.js");
        let parsed = debugger.event("Debugger.scriptParsed", is_main).await;
        let map = parsed["sourceMapURL"].as_str().unwrap();
        assert!(
            map.starts_with("data:application/json;base64,eyJ2ZXJz"),
            "{parsed}"
        );
        // workerd has no default context.
        let created = debugger.event("Runtime.executionContextCreated", |_| true).await;
        let question = json!({ "expression": "20 + 22", "contextId": created["context"]["id"] });
        let sum = debugger.call("Runtime.evaluate", question).await;
        assert_eq!(sum["result"]["value"], 42, "{sum}");
        if id == "test" {
            assert_eq!(get(&fetch_socket(&worker), "/").await, "ok");
            let logged = debugger.event("Runtime.consoleAPICalled", |_| true).await;
            assert_eq!(logged["args"][0]["value"], "hello");
        }
    }
    worker.stop().await;
    let gone = async {
        while ask(address, "/json", own).await.1 != "[]" {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), gone).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_at_a_breakpoint_is_not_taken_for_stuck() {
    let (worker, address, _data) = start(|settings, script| {
        script.limits.cpu_ms = 100;
        settings.watchdog.interval = Duration::from_millis(20);
        settings.watchdog.wall_factor = 4;
        settings.watchdog.wall_least = Duration::ZERO;
    })
    .await;
    let process = worker.host_process_id().await;
    let mut debugger = Debugger::attach(address, "test").await;
    debugger.call("Debugger.enable", json!({})).await;
    let socket = fetch_socket(&worker);
    let request = tokio::spawn(async move { get(&socket, "/pause").await });
    let paused = debugger.event("Debugger.paused", |_| true).await;
    let frame = &paused["callFrames"][0];
    assert_eq!(frame["location"]["lineNumber"], 4, "{frame}");
    // Longer than a process may be silent otherwise.
    tokio::time::sleep(Duration::from_secs(1)).await;
    debugger.call("Debugger.resume", json!({})).await;
    assert_eq!(request.await.unwrap(), "ok");
    assert_eq!(worker.host_process_id().await, process);
    worker.stop().await;
}
