//! Readiness: workerd writes a line to its control descriptor for each socket that listens.

use super::cpu;
use std::future::Future;
use std::io::PipeReader;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::unix::pipe::Receiver;
use tokio::time::Instant;

/// The lines of the control descriptor.
pub(super) struct Announcements(BufReader<Receiver>);

impl Announcements {
    pub(super) fn new(reader: PipeReader) -> std::io::Result<Self> {
        Ok(Self(BufReader::new(Receiver::from_owned_fd(reader.into())?)))
    }

    /// Waits until `sockets` sockets listen, and the inspector if it is `debugged`; `None` if the process closed its end
    /// before.
    pub(super) async fn wait_for(mut self, sockets: usize, debugged: bool) -> Option<Ready> {
        let mut line = String::new();
        let mut listening = 0;
        let mut inspector_port = None;
        while listening < sockets || (debugged && inspector_port.is_none()) {
            line.clear();
            match self.0.read_line(&mut line).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => match serde_json::from_str::<Announcement>(&line) {
                    Ok(announced) if announced.event == "listen" => listening += 1,
                    Ok(announced) if announced.event == "listen-inspector" => inspector_port = announced.port,
                    _ => {}
                },
            }
        }
        Some(Ready { inspector_port })
    }
}

/// A process that listens.
pub(super) struct Ready {
    /// Where debuggers get in.
    pub(super) inspector_port: Option<u16>,
}

#[derive(serde::Deserialize)]
struct Announcement {
    event: String,
    port: Option<u16>,
}

/// How many times the bound on CPU time a start may take by the clock: on a busy machine a process waits for its turn.
const CLOCK_FACTOR: u32 = 12;
/// How often the CPU time is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// What `ready` gives, unless the process uses more CPU time than `cpu_limit` before.
pub(crate) async fn within<T>(pid: u32, cpu_limit: Duration, ready: impl Future<Output = T>) -> Option<T> {
    let deadline = Instant::now() + cpu_limit * CLOCK_FACTOR;
    let mut look = tokio::time::interval(LOOK);
    let mut ready = std::pin::pin!(ready);
    loop {
        tokio::select! {
            ready = &mut ready => return Some(ready),
            _ = look.tick() => {
                let spent = cpu::used(pid).is_some_and(|used| used > cpu_limit);
                if spent || Instant::now() > deadline {
                    return None;
                }
            }
        }
    }
}
