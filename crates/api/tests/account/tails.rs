//! Those who watch a Worker's logs.

use crate::support::{ACCOUNT, Server};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value as Json, json};
use std::time::Duration;
use stepwell_logs::{Invocation, LogSink as _, Source};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};

const TAILS: &str = "/workers/scripts/worker/tails";

async fn connect(server: &Server, url: &str, protocol: &str) -> Result<WebSocketStream<TcpStream>, Error> {
    let mut request = url.into_client_request()?;
    let name = "sec-websocket-protocol";
    request.headers_mut().insert(name, protocol.parse().unwrap());
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (socket, answer) = tokio_tungstenite::client_async(request, stream).await?;
    assert_eq!(answer.headers()[name], "trace-v1");
    Ok(socket)
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> Message {
    let next = tokio::time::timeout(Duration::from_secs(10), socket.next());
    next.await.expect("a message").unwrap().unwrap()
}

fn status(error: Error) -> u16 {
    match error {
        Error::Http(answer) => answer.status().as_u16(),
        other => panic!("{other}"),
    }
}

async fn open(server: &Server, body: &str) -> (String, String) {
    let tail = server.post(TAILS, body).await.result();
    assert!(tail["expires_at"].as_str().unwrap().ends_with('Z'), "{tail}");
    let text = |name: &str| tail[name].as_str().unwrap().to_owned();
    (text("id"), text("url"))
}

fn log(server: &Server, text: &str) {
    let source = Source {
        worker: "default/worker".into(),
        version: 1,
    };
    let event = json!({"outcome": "ok", "logs": [{"message": [text], "level": "log", "timestamp": 1}], "exceptions": [],
        "eventTimestamp": 1, "event": {"request": {"url": "http://h/", "method": "GET", "headers": {}}}});
    server
        .tails
        .invocation(&source, &Invocation::read(&event.to_string()).unwrap());
}

#[tokio::test]
async fn a_client_gets_messages_and_pongs_until_the_tail_is_deleted() {
    let server = Server::start().await;
    let (id, url) = open(&server, r#"{"filters":[{"query":"hello"}]}"#).await;
    assert!(url.starts_with("ws://localhost/tails/"), "{url}");
    let listed = server.get(TAILS).await.result();
    assert_eq!((&listed[0]["id"], &listed[0]["url"]), (&json!(id), &json!(url)));
    let mut socket = connect(&server, &url, "other, trace-v1").await.unwrap();
    socket.send(Message::text(r#"{"debug":false}"#)).await.unwrap();
    socket
        .send(Message::Ping("wrangler tail ping".into()))
        .await
        .unwrap();
    // The server's own question may come first.
    let mut answer = next(&mut socket).await;
    if answer.is_ping() {
        answer = next(&mut socket).await;
    }
    assert_eq!(answer, Message::Pong("wrangler tail ping".into()));
    log(&server, "not this");
    log(&server, "hello there");
    let message: Json = serde_json::from_str(next(&mut socket).await.to_text().unwrap()).unwrap();
    assert_eq!(message["logs"][0]["message"], json!(["hello there"]));
    let version = &server.plane.control.versions("default", "worker")[0];
    assert_eq!(
        (&message["scriptName"], &message["scriptVersion"]["id"]),
        (&json!("worker"), &json!(version.id))
    );
    let deleted = server.ask("DELETE", &format!("{TAILS}/{id}"), "").await;
    assert_eq!(deleted.result(), Json::Null);
    let Message::Close(Some(close)) = next(&mut socket).await else {
        panic!("not closed");
    };
    assert_eq!(close.code, CloseCode::Normal);
    assert_eq!(server.get(TAILS).await.result(), json!([]));
    let again = server.ask("DELETE", &format!("{TAILS}/{id}"), "").await;
    assert_eq!((again.refusal().0, again.refusal().1), (404, 10057));
}

#[tokio::test]
async fn only_the_one_client_that_knows_the_url_gets_in() {
    let server = Server::start().await;
    let (_, url) = open(&server, "").await;
    let (start, token) = url.rsplit_once('/').unwrap();
    assert_eq!(token.len(), 64);
    let wrong = connect(&server, &format!("{start}/{}", "0".repeat(64)), "trace-v1").await;
    assert_eq!(status(wrong.unwrap_err()), 404);
    assert_eq!(status(connect(&server, &url, "trace-v2").await.unwrap_err()), 400);
    let plain = server.send("GET", &format!("/tails/{token}"), "", b"").await;
    assert_eq!(plain.refusal().0, 400);
    let _socket = connect(&server, &url, "trace-v1").await.unwrap();
    assert_eq!(status(connect(&server, &url, "trace-v1").await.unwrap_err()), 404);
}

#[tokio::test]
async fn a_client_that_leaves_ends_its_tail() {
    let server = Server::start().await;
    let (_, url) = open(&server, "{}").await;
    drop(connect(&server, &url, "trace-v1").await.unwrap());
    for _ in 0..500 {
        if server.get(TAILS).await.result() == json!([]) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the tail is still there");
}

#[tokio::test]
async fn a_server_that_stops_says_good_bye() {
    let server = Server::start().await;
    let (_, url) = open(&server, "{}").await;
    let mut socket = connect(&server, &url, "trace-v1").await.unwrap();
    server.stop.cancel();
    loop {
        match next(&mut socket).await {
            Message::Close(Some(close)) => return assert_eq!(close.code, CloseCode::Normal),
            Message::Ping(_) => {}
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn the_url_is_that_of_the_server_as_the_client_sees_it() {
    let server = Server::start().await;
    let path = format!("{ACCOUNT}{TAILS}");
    for (head, expected) in [
        ("", "ws://localhost/tails/"),
        ("X-Forwarded-Proto: https\r\n", "wss://localhost/tails/"),
        (
            "X-Forwarded-Proto: https, http\r\nX-Forwarded-Host: api.example.com, inner\r\n",
            "wss://api.example.com/tails/",
        ),
    ] {
        let head = format!("Authorization: Bearer {}\r\n{head}", server.token("default.read"));
        let tail = server.send("POST", &path, &head, b"{}").await.result();
        assert!(tail["url"].as_str().unwrap().starts_with(expected), "{tail}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let server = Server::start().await;
    for (path, body, expected) in [
        (
            "/workers/scripts/nobody/tails",
            "{}",
            (
                404,
                10007,
                "workers.api.error.script_not_found: this Worker does not exist on this account",
            ),
        ),
        (TAILS, "{", (400, 10002, "Invalid JSON request body")),
        (
            TAILS,
            "[]",
            (400, 10002, "Invalid input: expected object, received array"),
        ),
        (
            TAILS,
            r#"{"filters":5}"#,
            (
                400,
                10002,
                "filters: Invalid input: expected array, received number",
            ),
        ),
        (
            TAILS,
            r#"{"filters":[{"method":5}]}"#,
            (400, 10002, "filters.0: method: expected text"),
        ),
    ] {
        let (status, code, message) = server.post(path, body).await.refusal();
        assert_eq!((status, code, &*message), expected);
    }
    for _ in 0..10 {
        open(&server, "{}").await;
    }
    let refused = server.post(TAILS, "{}").await.refusal();
    assert_eq!((refused.0, refused.1), (409, 10058));
}
