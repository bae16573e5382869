//! Tells when each step settled. The runtime's own clock has a resolution of one millisecond, which is too coarse for
//! a step, so the instance sends a message after each: a WebSocket frame to the benchmark, or a line of the log where
//! the engine lets a Worker connect to nothing on this machine.

use crate::arguments::Engine;
use crate::engines::Server;
use anyhow::{Context, Result, ensure};
use futures_util::StreamExt;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

/// Where the ticks of one instance arrive.
pub(crate) struct Clock {
    listener: TcpListener,
    address: String,
}

impl Clock {
    /// One that listens on this machine only.
    pub(crate) async fn new() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("ws://{}/", listener.local_addr()?);
        Ok(Self { listener, address })
    }

    /// What an instance on `engine` is given as `clock`.
    pub(crate) fn address(&self, engine: Engine) -> &str {
        match engine {
            Engine::Stepwell => &self.address,
            Engine::Workerd | Engine::Wrangler => "log",
        }
    }

    /// Milliseconds between consecutive ticks, of which `count` are to come.
    pub(crate) async fn intervals(
        &self,
        server: &mut Server,
        count: usize,
        limit: Duration,
    ) -> Result<Vec<f64>> {
        let ticks = async {
            match server.engine {
                Engine::Stepwell => self.frames(count).await,
                Engine::Workerd | Engine::Wrangler => lines(server, count).await,
            }
        };
        let ticks = tokio::time::timeout(limit, ticks)
            .await
            .context("the ticks do not come")??;
        ensure!(ticks.len() == count, "{} ticks instead of {count}", ticks.len());
        Ok(ticks
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).as_secs_f64() * 1e3)
            .collect())
    }

    async fn frames(&self, count: usize) -> Result<Vec<Instant>> {
        let (stream, _) = self.listener.accept().await?;
        let mut socket = tokio_tungstenite::accept_async(stream).await?;
        let mut ticks = Vec::with_capacity(count);
        while ticks.len() < count {
            match socket.next().await {
                Some(Ok(message)) if message.is_text() => ticks.push(Instant::now()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            }
        }
        // The instance closes it; until then it must not see a broken connection.
        let _ = tokio::time::timeout(Duration::from_millis(500), socket.next()).await;
        let _ = socket.close(None).await;
        Ok(ticks)
    }
}

async fn lines(server: &mut Server, count: usize) -> Result<Vec<Instant>> {
    let mut ticks = Vec::with_capacity(count);
    while ticks.len() < count {
        let (when, line) = server.lines.recv().await.context("the engine ended")?;
        if line.trim() == "tick" {
            ticks.push(when);
        }
    }
    Ok(ticks)
}
