//! What the bench Worker is asked, see bench/worker/src/requests.ts.

mod clock;

pub(crate) use clock::Clock;

use crate::engines::Server;
use crate::http;
use anyhow::{Context, Result};
use hyper::Method;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// One wave of instances, in Unix milliseconds.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Wave {
    started: f64,
    finished: f64,
}

impl Wave {
    /// Seconds from before the first instance was created until the last one had its last result.
    pub(crate) fn seconds(self) -> f64 {
        (self.finished - self.started).max(0.5) / 1000.0
    }
}

/// Asks the Worker that runs on one server.
#[derive(Clone, Copy)]
pub(crate) struct Worker {
    port: u16,
    limit: Duration,
    verbose: bool,
}

impl Worker {
    /// Of `server`; a request that takes longer than `limit` fails.
    pub(crate) fn of(server: &Server, limit: Duration, verbose: bool) -> Self {
        Self::at(server.port, limit, verbose)
    }

    /// The same, of a server that is known by its port.
    pub(crate) fn at(port: u16, limit: Duration, verbose: bool) -> Self {
        Self { port, limit, verbose }
    }

    /// Waves of `at_once` instances until `budget` is over, at most `most`.
    pub(crate) async fn waves(
        &self,
        at_once: u32,
        job: Value,
        budget: Duration,
        most: u32,
    ) -> Result<Vec<Wave>> {
        let budget = budget.as_millis() as u64;
        let asked = json!({"op": "waves", "atOnce": at_once, "job": job, "budget": budget, "most": most});
        Ok(serde_json::from_value(self.ask(asked).await?)?)
    }

    /// Creates instances `prefix`-`from` and on.
    pub(crate) async fn fill(&self, prefix: &str, from: u32, count: u32, job: Value) -> Result<()> {
        let asked = json!({"op": "fill", "prefix": prefix, "from": from, "count": count, "job": job});
        self.ask(asked).await.map(drop)
    }

    /// The same with naps, one due every `spacing` milliseconds from `first` on.
    pub(crate) async fn naps(&self, prefix: &str, count: u32, first: u64, spacing: f64) -> Result<()> {
        let asked = json!({"op": "fill", "prefix": prefix, "from": 0, "count": count, "job": {"kind": "nap"},
            "first": first, "spacing": spacing});
        self.ask(asked).await.map(drop)
    }

    /// Waits for instances and returns their outputs.
    pub(crate) async fn outputs(&self, prefix: &str, count: u32) -> Result<Vec<Value>> {
        let asked = json!({"op": "outputs", "prefix": prefix, "from": 0, "count": count});
        Ok(serde_json::from_value(self.ask(asked).await?)?)
    }

    /// The output of one instance; waits for it.
    pub(crate) async fn output(&self, id: &str) -> Result<Value> {
        self.ask(json!({"op": "output", "id": id})).await
    }

    /// Waits until instances wait for their event.
    pub(crate) async fn waiting(&self, prefix: &str, count: u32) -> Result<()> {
        let asked = json!({"op": "waiting", "prefix": prefix, "from": 0, "count": count});
        self.ask(asked).await.map(drop)
    }

    /// Sends the event that a journal instance waits for. Returns when, in Unix milliseconds.
    pub(crate) async fn event(&self, id: &str) -> Result<f64> {
        let sent = self.ask(json!({"op": "event", "id": id})).await?;
        sent.as_f64().context("no time in the answer")
    }

    async fn ask(&self, asked: Value) -> Result<Value> {
        let begin = Instant::now();
        let body = http::send(self.port, Method::POST, "/", asked.to_string(), self.limit).await;
        if self.verbose {
            eprintln!("  {:8.1} ms  {asked}", begin.elapsed().as_secs_f64() * 1e3);
        }
        Ok(serde_json::from_slice(&body?)?)
    }
}
