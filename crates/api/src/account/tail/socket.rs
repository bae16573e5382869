//! The WebSocket of a session (wire 8.4). The secret in its path stands for credentials.

use crate::account::{Api, Problem, codes};
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::StatusCode;
use hyper::header::{
    CONNECTION, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::time::Duration;
use stepwell_logs::tail::{Ended, Watching};
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_util::task::TaskTracker;

/// The one subprotocol.
const PROTOCOL: &str = "trace-v1";
/// What clients send is small: `{"debug":false}`.
const LARGEST: usize = 64 * 1024;
/// How long a message may take to be sent: a client that reads nothing is let go.
const SEND: Duration = Duration::from_secs(30);
/// How often a client is asked whether it is there.
const ASK: Duration = Duration::from_secs(30);
/// How long it may be silent.
const SILENCE: Duration = Duration::from_secs(90);

/// Connects the client of a session.
pub(in crate::account) async fn watch(
    State(api): State<Arc<Api>>,
    Path(token): Path<String>,
    mut request: Request,
) -> Result<Response, Problem> {
    let headers = request.headers();
    let upgrade = lists(headers, &UPGRADE, "websocket") && lists(headers, &CONNECTION, "upgrade");
    let version = lists(headers, &SEC_WEBSOCKET_VERSION, "13");
    let key = headers
        .get(SEC_WEBSOCKET_KEY)
        .map(|key| derive_accept_key(key.as_bytes()));
    let (Some(accept), true, true) = (key, upgrade, version) else {
        return Err(refused("a WebSocket is expected here"));
    };
    if !lists(headers, &SEC_WEBSOCKET_PROTOCOL, PROTOCOL) {
        return Err(refused(&format!("the subprotocol {PROTOCOL} is expected here")));
    }
    let Some(upgrade) = request.extensions_mut().remove::<OnUpgrade>() else {
        return Err(refused("this connection cannot become a WebSocket"));
    };
    let watching = api.tails.watch(&token);
    let watching = watching.ok_or_else(|| Problem::of(codes::TAIL_NOT_FOUND))?;
    let conversation = async move {
        if let Ok(stream) = upgrade.await {
            converse(stream, watching).await;
        }
    };
    // So that the server waits for its last words.
    match request.extensions().get::<TaskTracker>() {
        Some(tracker) => tracker.spawn(conversation),
        None => tokio::spawn(conversation),
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let answer = response.headers_mut();
    answer.insert(UPGRADE, HeaderValue::from_static("websocket"));
    answer.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    answer.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
    if let Ok(accept) = HeaderValue::from_str(&accept) {
        answer.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    Ok(response)
}

fn refused(why: &str) -> Problem {
    Problem::saying(codes::INVALID, why)
}

/// Whether one of the values of a header, which are lists, is `wanted`.
fn lists(headers: &HeaderMap, name: &HeaderName, wanted: &str) -> bool {
    let values = headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut items = values.flat_map(|value| value.split(','));
    items.any(|item| item.trim().eq_ignore_ascii_case(wanted))
}

/// Sends the messages of a session until it or its client ends.
async fn converse(stream: Upgraded, watching: Watching) {
    let config = WebSocketConfig::default()
        // wrangler masks nothing.
        .accept_unmasked_frames(true)
        .max_message_size(Some(LARGEST))
        .max_frame_size(Some(LARGEST));
    let mut socket = WebSocketStream::from_raw_socket(TokioIo::new(stream), Role::Server, Some(config)).await;
    let mut ask = tokio::time::interval(ASK);
    let mut heard = Instant::now();
    loop {
        let message = tokio::select! {
            next = watching.next() => match next {
                Ok(text) => Message::text(&*text),
                Err(ended) => Message::Close(Some(farewell(ended))),
            },
            // Reading also answers pings.
            received = socket.next() => match received {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {
                    heard = Instant::now();
                    continue;
                }
            },
            _ = ask.tick() => {
                if heard.elapsed() > SILENCE {
                    return;
                }
                Message::Ping(Vec::new().into())
            }
        };
        let last = message.is_close();
        match tokio::time::timeout(SEND, socket.send(message)).await {
            Ok(Ok(())) if !last => {}
            _ => return,
        }
    }
}

/// Clients make a new session at any code but 1000.
fn farewell(ended: Ended) -> CloseFrame {
    let (code, reason) = match ended {
        Ended::Deleted => (CloseCode::Normal, "the tail was deleted"),
        Ended::Stopped => (CloseCode::Normal, "the server is stopping"),
        Ended::Expired => (CloseCode::Away, "the tail has expired"),
    };
    CloseFrame {
        code,
        reason: reason.into(),
    }
}
