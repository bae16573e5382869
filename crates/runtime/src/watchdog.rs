//! Watches that a process answers, and ends one that is stuck (design, section 4: Supervision).

use crate::http::Connection;
use crate::process::{CPU_LIMIT, MEMORY_LIMIT, Process, cpu, memory};
use crate::script::Limits;
use hyper::Method;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// Times of the watchdog.
#[derive(Debug, Clone, Copy)]
pub struct WatchdogTimes {
    /// From an answer to the next question.
    pub interval: Duration,
    /// After this much silence new runs go elsewhere.
    pub unhealthy_after: Duration,
    /// What a process may burn beyond the CPU limit, so that a step that just keeps it passes.
    pub cpu_margin: Duration,
    /// A process that is silent without using the CPU is killed after this many times the CPU limit.
    pub wall_factor: u32,
    /// But never before this.
    pub wall_least: Duration,
}

impl Default for WatchdogTimes {
    fn default() -> Self {
        Self {
            interval: Duration::from_millis(250),
            unhealthy_after: Duration::from_secs(1),
            cpu_margin: Duration::from_millis(500),
            wall_factor: 4,
            wall_least: Duration::from_secs(10),
        }
    }
}

/// Whether a process answers.
#[derive(Debug)]
pub(crate) struct Health(AtomicBool);

impl Default for Health {
    fn default() -> Self {
        Self(AtomicBool::new(true))
    }
}

impl Health {
    pub(crate) fn is_good(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Watches `process` until it ends. `changed` is called when its health changes. Returns whether the watchdog has ended it.
pub(crate) async fn watch(
    process: Process,
    ping: PathBuf,
    limits: Limits,
    times: WatchdogTimes,
    health: &Health,
    changed: impl Fn(),
) -> bool {
    let cpu_limit = Duration::from_millis(limits.cpu_ms) + times.cpu_margin;
    // A small CPU limit is no reason to expect quick answers of a process that waits for its turn.
    let wall_limit = (Duration::from_millis(limits.cpu_ms) * times.wall_factor).max(times.wall_least);
    let mut silence = Silence::begin(process.pid());
    let mut tick = tokio::time::interval(times.interval);
    let mut connection = None;
    let mut asking = std::pin::pin!(ask(connection.take(), &ping, times.interval));
    loop {
        tokio::select! {
            _ = process.exited() => return false,
            answered = &mut asking => {
                if answered.is_some() {
                    silence = Silence::begin(process.pid());
                    if !health.0.swap(true, Ordering::Relaxed) {
                        tracing::info!(process = process.label(), "answers again");
                        changed();
                    }
                }
                asking.set(ask(answered, &ping, times.interval));
            }
            // At a breakpoint nothing answers.
            _ = tick.tick() => if process.is_attended() {
                silence = Silence::begin(process.pid());
            } else {
                silence.lasts(times.interval);
                if silence.length > times.unhealthy_after && health.0.swap(false, Ordering::Relaxed) {
                    tracing::warn!(process = process.label(), "does not answer; new runs go elsewhere");
                    changed();
                }
                let verdict = silence.verdict(process.pid(), limits, cpu_limit, wall_limit);
                if let Some(reason) = verdict.or_else(|| too_large(process.pid(), limits)) {
                    tracing::warn!(process = process.label(), "killed: {reason}");
                    process.kill(&reason).await;
                    return true;
                }
            }
        }
    }
}

/// What a process may hold beside its JavaScript heap: buffers of streams and of user code, WebAssembly, code itself.
const BESIDE_HEAP_MB: u64 = 1024;

/// The JavaScript heap is limited by the runtime; what is beside it would take all of the machine's memory.
fn too_large(pid: u32, limits: Limits) -> Option<String> {
    let most_mb = u64::from(limits.heap_mb) * 2 + BESIDE_HEAP_MB;
    let resident_mb = memory::resident_bytes(pid)? >> 20;
    (resident_mb > most_mb).then(|| {
        format!(
            "{MEMORY_LIMIT} {most_mb} MB was exceeded: buffers and WebAssembly memory count too, beside the JavaScript heap"
        )
    })
}

/// Asks once, after `pause`; gives the connection back if there was an answer.
async fn ask(connection: Option<Connection>, ping: &Path, pause: Duration) -> Option<Connection> {
    tokio::time::sleep(pause).await;
    let mut connection = match connection {
        Some(connection) => connection,
        None => Connection::open(ping).await.ok()?,
    };
    connection.ask(Method::GET, "/").await.ok()?;
    Some(connection)
}

/// A time without an answer.
struct Silence {
    length: Duration,
    seen: Instant,
    cpu_before: Option<Duration>,
}

impl Silence {
    fn begin(pid: u32) -> Self {
        Self {
            length: Duration::ZERO,
            seen: Instant::now(),
            cpu_before: cpu::used(pid),
        }
    }

    /// Counts the time since the last call, but no more than twice what should have passed: if this process itself
    /// was stopped for a while, that is not the other's silence.
    fn lasts(&mut self, interval: Duration) {
        let now = Instant::now();
        self.length += (now - self.seen).min(interval * 2);
        self.seen = now;
    }

    fn verdict(&self, pid: u32, limits: Limits, cpu_limit: Duration, wall_limit: Duration) -> Option<String> {
        let burned = cpu::used(pid)
            .zip(self.cpu_before)
            .map(|(now, before)| now.saturating_sub(before));
        if burned.is_some_and(|burned| burned > cpu_limit) {
            return Some(format!(
                "{CPU_LIMIT} {} ms was exceeded: the Worker did not answer while it used that much",
                limits.cpu_ms
            ));
        }
        // On a busy machine a process may be slow to spend its CPU time; this one does not even use it.
        let idle = burned.is_none_or(|burned| burned < self.length / 20);
        (idle && self.length > wall_limit)
            .then(|| format!("it did not answer for {} seconds", self.length.as_secs()))
    }
}
