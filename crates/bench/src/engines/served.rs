//! A running `stepwell serve` with the benchmark's Worker deployed to it.

use super::server::{START_LIMIT, free_ports, parse_metrics, read_lines, tail};
use super::{Place, Tools};
use crate::http;
use crate::machine::{self, Memory};
use anyhow::{Context, Result, bail, ensure};
use hyper::Method;
use rustix::process::{Pid, Signal, kill_process};
use std::collections::HashMap;
use std::fs::File;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

/// The admin token of every server here.
pub(crate) const TOKEN: &str = "stepwell_benchmark_token_0123456789_0123456789";
/// The account that the first start makes.
pub(crate) const ACCOUNT: &str = "default";

/// A server that listens. Killed, with everything below it, when dropped.
pub(crate) struct Served {
    /// Where the Worker is: the only one, so `localhost` is enough.
    pub(crate) port: u16,
    /// Where the account API is.
    pub(crate) api_port: u16,
    /// From the start of the program until it was ready.
    pub(crate) ready_after: Duration,
    child: Child,
    pid: u32,
}

impl Served {
    /// Starts a server on the data of `place` and waits until it is ready.
    pub(crate) async fn start(tools: &Tools, place: &Place, arguments: &[&str]) -> Result<Self> {
        let (port, api_port) = free_ports()?;
        let errors = File::options().create(true).append(true).open(place.errors())?;
        let begin = Instant::now();
        let mut child = Command::new(&tools.stepwell)
            .arg("serve")
            .arg("--data")
            .arg(place.data())
            .arg("--workerd")
            .arg(&tools.workerd)
            .args(["--offline", "--log-level", "warn"])
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .args(["--api-listen", &format!("127.0.0.1:{api_port}")])
            .args(arguments)
            .env("STEPWELL_BOOTSTRAP_TOKEN", TOKEN)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .context("cannot start stepwell serve")?;
        let stdout = child.stdout.take().context("no stdout")?;
        let (sender, mut lines) = mpsc::unbounded_channel();
        tokio::spawn(read_lines(stdout, sender));
        let ready = async {
            loop {
                match lines.recv().await {
                    Some((when, line)) if line.contains("Ready on ") => break Some(when - begin),
                    Some(_) => {}
                    None => break None,
                }
            }
        };
        let ready = tokio::time::timeout(START_LIMIT, ready).await;
        let Ok(Some(ready_after)) = ready else {
            bail!("stepwell serve is not ready\n{}", tail(place));
        };
        Ok(Self {
            port,
            api_port,
            ready_after,
            pid: child.id().context("stepwell serve ended at once")?,
            child,
        })
    }

    /// Deploys the Worker of `place` with `stepwell deploy`.
    pub(crate) async fn deploy(&self, tools: &Tools, place: &Place) -> Result<()> {
        let output = Command::new(&tools.stepwell)
            .arg("deploy")
            .arg(place.project())
            .args(["--offline", "--account", ACCOUNT])
            .args([
                "--api-url",
                &format!("http://127.0.0.1:{}/client/v4", self.api_port),
            ])
            .arg("--esbuild")
            .arg(&tools.esbuild)
            .env("CLOUDFLARE_API_TOKEN", TOKEN)
            .stdin(Stdio::null())
            .output()
            .await
            .context("cannot start stepwell deploy")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "stepwell deploy failed:\n{said}");
        Ok(())
    }

    /// What it and its children hold in memory.
    pub(crate) fn memory(&self) -> Memory {
        machine::memory(self.pid)
    }

    /// Its counters.
    pub(crate) async fn metrics(&self) -> Result<HashMap<String, f64>> {
        let limit = Duration::from_secs(10);
        let body = http::send(self.api_port, Method::GET, "/metrics", String::new(), limit).await?;
        Ok(parse_metrics(&body))
    }

    /// Ends it as its operator would, and waits for the end.
    pub(crate) async fn stop(mut self) -> Result<()> {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        kill_process(pid.context("no process")?, Signal::TERM)?;
        let ended = tokio::time::timeout(Duration::from_secs(30), self.child.wait()).await;
        ended.context("stepwell serve does not stop")??;
        Ok(())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            machine::kill_tree(self.pid);
        }
    }
}
