//! A WebSocket to the Worker.

use crate::wait::DEADLINE;
use serde_json::Value;
use std::net::TcpStream;
use tungstenite::{Message, WebSocket};

/// An open WebSocket.
#[derive(Debug)]
pub struct Socket(WebSocket<TcpStream>);

impl Socket {
    #[track_caller]
    pub(crate) fn open(url: &str, path: &str) -> Self {
        let address = url
            .trim_start_matches("http://")
            .replace("localhost", "127.0.0.1");
        let stream = TcpStream::connect(&address).expect("the server listens");
        stream.set_read_timeout(Some(DEADLINE)).expect("it is a socket");
        let (socket, _) =
            tungstenite::client(format!("ws://{address}{path}"), stream).expect("it is a WebSocket");
        Self(socket)
    }

    /// Sends a text, and waits for the next one.
    ///
    /// # Panics
    /// If the socket is not open any more.
    #[track_caller]
    pub fn ask(&mut self, text: &str) -> String {
        self.0.send(Message::text(text)).expect("the socket is open");
        self.next_text()
    }

    /// Waits for the next text.
    ///
    /// # Panics
    /// If the socket is not open any more.
    #[track_caller]
    pub fn next_text(&mut self) -> String {
        let message = self.0.read().expect("the socket is open");
        message.into_text().expect("it is text").to_string()
    }

    /// Waits for a text that is JSON and fits, and skips all others.
    ///
    /// # Panics
    /// If the socket is not open any more.
    #[track_caller]
    pub fn wait_for(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            let found = serde_json::from_str(&self.next_text()).ok().filter(&fits);
            if let Some(found) = found {
                return found;
            }
        }
    }
}
