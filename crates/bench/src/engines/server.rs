//! One running engine.

use super::{Place, Tools, command::command};
use crate::arguments::Engine;
use crate::http;
use crate::machine::{self, Memory};
use anyhow::{Context, Result, bail};
use hyper::Method;
use std::collections::HashMap;
use std::fs::{self, File};
use std::net::TcpListener;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Child;
use tokio::sync::mpsc;

/// Longest time a start may take; wrangler's is the slow one.
pub(super) const START_LIMIT: Duration = Duration::from_mins(1);

/// A server that listens. Killed, with everything below it, when dropped.
pub(crate) struct Server {
    pub(crate) engine: Engine,
    pub(crate) port: u16,
    /// From the start of the program until it was ready.
    pub(crate) ready_after: Duration,
    /// Lines of its stdout and when they came.
    pub(crate) lines: mpsc::UnboundedReceiver<(Instant, String)>,
    api_port: u16,
    child: Child,
    pid: u32,
}

impl Server {
    /// Starts `engine` on `place` and waits until it is ready.
    pub(crate) async fn start(engine: Engine, tools: &Tools, place: &Place) -> Result<Self> {
        let (port, api_port) = free_ports()?;
        let errors = File::options().create(true).append(true).open(place.errors());
        let errors = errors.with_context(|| format!("{} has gone", place.root().display()))?;
        let mut command = command(engine, tools, place, port, api_port);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .kill_on_drop(true);
        let begin = Instant::now();
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start {}", engine.title()))?;
        let stdout = child.stdout.take().context("no stdout")?;
        let (sender, lines) = mpsc::unbounded_channel();
        tokio::spawn(read_lines(stdout, sender));
        let mut server = Self {
            engine,
            port,
            api_port,
            ready_after: Duration::ZERO,
            lines,
            pid: child.id().context("the program ended at once")?,
            child,
        };
        let ready = tokio::time::timeout(START_LIMIT, server.wait_until_ready(begin)).await;
        server.ready_after = match ready {
            Ok(Ok(after)) => after,
            Ok(Err(error)) => bail!("{}: {error:#}\n{}", engine.title(), tail(place)),
            Err(_) => bail!(
                "{} is not ready after {START_LIMIT:?}\n{}",
                engine.title(),
                tail(place)
            ),
        };
        Ok(server)
    }

    /// Stepwell says when it is ready; the others are ready when they answer.
    async fn wait_until_ready(&mut self, begin: Instant) -> Result<Duration> {
        if self.engine == Engine::Stepwell {
            loop {
                let Some((when, line)) = self.lines.recv().await else {
                    bail!("it ended before it was ready");
                };
                if line.contains("Ready on ") {
                    return Ok(when - begin);
                }
            }
        }
        loop {
            let ping = http::send(
                self.port,
                Method::POST,
                "/",
                r#"{"op":"ping"}"#.to_owned(),
                START_LIMIT,
            );
            if ping.await.is_ok() {
                return Ok(begin.elapsed());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("it ended before it was ready ({status})");
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// The process that was started.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// What it and its children hold in memory.
    pub(crate) fn memory(&self) -> Memory {
        machine::memory(self.pid)
    }

    /// `kill -9` to it and everything below it. Returns when that was.
    pub(crate) async fn kill(mut self) -> std::time::SystemTime {
        let when = std::time::SystemTime::now();
        machine::kill_tree(self.pid);
        let _ = self.child.wait().await;
        when
    }

    /// The counters of Stepwell's API port by name; none if the engine has none.
    pub(crate) async fn metrics(&self) -> HashMap<String, f64> {
        if self.engine != Engine::Stepwell {
            return HashMap::new();
        }
        let limit = Duration::from_secs(5);
        let Ok(body) = http::send(self.api_port, Method::GET, "/metrics", String::new(), limit).await else {
            return HashMap::new();
        };
        parse_metrics(&body)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The children of a killed engine may outlive it, so all of them are ended. Nothing to do if it was killed.
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            machine::kill_tree(self.pid);
        }
    }
}

/// Prometheus' text: each value by its name, labels included.
pub(super) fn parse_metrics(body: &[u8]) -> HashMap<String, f64> {
    let text = String::from_utf8_lossy(body);
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let (name, value) = line.rsplit_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        })
        .collect()
}

/// Two ports that were free a moment ago. Programs that pick their own would have to say which.
pub(super) fn free_ports() -> Result<(u16, u16)> {
    let first = TcpListener::bind("127.0.0.1:0")?;
    let second = TcpListener::bind("127.0.0.1:0")?;
    Ok((first.local_addr()?.port(), second.local_addr()?.port()))
}

pub(super) async fn read_lines(
    stdout: impl AsyncRead + Unpin,
    sender: mpsc::UnboundedSender<(Instant, String)>,
) {
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if sender.send((Instant::now(), line)).is_err() {
            // Nobody reads any more, but a full pipe would stop the engine.
            while let Ok(Some(_)) = lines.next_line().await {}
            return;
        }
    }
}

pub(super) fn tail(place: &Place) -> String {
    let text = fs::read_to_string(place.errors()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}
