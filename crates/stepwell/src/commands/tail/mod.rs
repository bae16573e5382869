//! `stepwell tail`: what a Worker logs, as it happens, by the conversation of `wrangler tail` (wire 8.4).

mod pretty;
mod socket;

use super::place::{About, connect_to_server, explain};
use crate::arguments::{TailArguments, TailFormat, TailStatus};
use crate::printer::{self, Printer, terminal};
use anyhow::Context as _;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use socket::Socket;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use stepwell_client::Method;
use tokio_tungstenite::tungstenite::Message;

/// What the server's pong must repeat.
const PING: &[u8] = b"stepwell tail ping";
const PING_EVERY: Duration = Duration::from_secs(10);
/// The server's "that is all".
const NORMAL_CLOSE: u16 = 1000;

pub(crate) fn run(arguments: &TailArguments, printer: &Arc<Printer>) -> anyhow::Result<ExitCode> {
    let api = connect_to_server(&arguments.server)?;
    let tails = ["workers", "scripts", arguments.script.as_str(), "tails"];
    let explained = |error: stepwell_client::Error| explain(&error, &api, About::Account);
    let body = json!({ "filters": filters(arguments) });
    let tail = api.send(&Method::POST, &tails, Some(&body)).map_err(explained)?;
    let text = |name: &str| tail.result[name].as_str().map(str::to_owned);
    let (id, url) = text("id")
        .zip(text("url"))
        .context("the server opened a session and did not say where")?;
    let is_pretty = match arguments.format {
        Some(format) => format == TailFormat::Pretty,
        // As wrangler: a program gets JSON.
        None => terminal::is_terminal(),
    };
    printer.note(&format!(
        "Connected to {}, waiting for logs; Ctrl-C stops",
        arguments.script
    ));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let watched = runtime.block_on(watch(&url, arguments, is_pretty));
    // The session would end by itself, in a while.
    let closed = api.send(&Method::DELETE, &[&tails[..], &[id.as_str()]].concat(), None);
    if let (Ok(Ended::ByUser), Err(error)) = (&watched, closed)
        // It has seen the connection go.
        && error.status() != Some(404)
    {
        printer.warning(&format!("the session could not be closed: {error}"));
    }
    watched?;
    Ok(ExitCode::SUCCESS)
}

enum Ended {
    ByUser,
    ByServer,
}

async fn watch(url: &str, arguments: &TailArguments, is_pretty: bool) -> anyhow::Result<Ended> {
    let mut socket: Socket = socket::open(url, arguments.server.ca_file.as_deref()).await?;
    // As wrangler does: nothing about the inner workings.
    socket.send(Message::text(r#"{"debug":false}"#)).await?;
    let mut pings = tokio::time::interval(PING_EVERY);
    let mut answered = true;
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => return Ok(Ended::ByUser),
            _ = pings.tick() => {
                anyhow::ensure!(answered, "the server does not answer any more\nhint: run the command again");
                answered = false;
                socket.send(Message::Ping(PING.into())).await?;
            }
            message = socket.next() => match message.transpose()? {
                Some(Message::Text(text)) => show(text.as_str(), is_pretty),
                Some(Message::Binary(bytes)) => show(&String::from_utf8_lossy(&bytes), is_pretty),
                Some(Message::Pong(_)) => answered = true,
                Some(Message::Close(Some(frame))) if u16::from(frame.code) == NORMAL_CLOSE => return Ok(Ended::ByServer),
                Some(Message::Close(frame)) => {
                    let why = frame.map(|frame| frame.reason.to_string()).unwrap_or_default();
                    anyhow::bail!("the server ended the session: {why}\nhint: run the command again")
                }
                Some(_) => {}
                None => anyhow::bail!("the connection to the server is gone\nhint: run the command again"),
            }
        }
    }
}

fn show(text: &str, is_pretty: bool) {
    match serde_json::from_str::<Value>(text) {
        Ok(event) if is_pretty => printer::data(&pretty::event(&event)),
        // One line for each event, for programs.
        Ok(event) => printer::data(&event.to_string()),
        Err(_) => printer::data(text),
    }
}

fn filters(arguments: &TailArguments) -> Vec<Value> {
    let mut filters = Vec::new();
    if let Some(share) = arguments.sampling_rate {
        filters.push(json!({ "sampling_rate": share }));
    }
    let outcomes: Vec<&str> = arguments
        .status
        .iter()
        .flat_map(|status| outcomes(*status))
        .copied()
        .collect();
    if !outcomes.is_empty() {
        filters.push(json!({ "outcome": outcomes }));
    }
    if !arguments.method.is_empty() {
        filters.push(json!({ "method": arguments.method }));
    }
    if let Some(header) = &arguments.header {
        let (key, query) = match header.split_once(':') {
            Some((key, query)) => (key, Some(query.trim())),
            None => (header.as_str(), None),
        };
        filters.push(json!({ "header": { "key": key.trim(), "query": query } }));
    }
    if !arguments.ip.is_empty() {
        filters.push(json!({ "client_ip": arguments.ip }));
    }
    if let Some(text) = &arguments.search {
        filters.push(json!({ "query": text }));
    }
    if let Some(version) = &arguments.version_id {
        filters.push(json!({ "scriptVersion": version }));
    }
    filters
}

/// As wrangler translates them.
fn outcomes(status: TailStatus) -> &'static [&'static str] {
    match status {
        TailStatus::Ok => &["ok"],
        TailStatus::Canceled => &["canceled"],
        TailStatus::Error => &["exception", "exceededCpu", "exceededMemory", "unknown"],
    }
}
