//! How fast the channel and the shim are, with an engine that acknowledges at once. Not run by default:
//! `cargo test --release -p stepwell-runtime --test shim_speed -- --ignored --nocapture`.
#![allow(clippy::unwrap_used)]

mod shim_support;

use parking_lot::Mutex;
use shim_support::engine::{Journal, start};
use shim_support::{DATES, Workerd};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use stepwell_core::ids::{InstanceNumber, RunNumber};
use stepwell_core::run::{FromRun, ToRun};
use stepwell_engine::runtime::{RunEvent, RunHandle, RunSink};
use stepwell_runtime::channel::socket::{Outcome, Socket};
use stepwell_runtime::logs::{Console, Logs};

const WORKER: &str = r"
import { WorkflowEntrypoint } from 'cloudflare:workers';
export class Numbers extends WorkflowEntrypoint {
  async run(event, step) { for (let i = 0; i < event.payload; i++) await step.do('s' + i, async () => i); return 'ok'; }
}
export class Nothing extends WorkflowEntrypoint {
  async run(event, step) { for (let i = 0; i < event.payload; i++) await step.do('s' + i, async () => {}); }
}
export class Configured extends WorkflowEntrypoint {
  async run(event, step) {
    const config = { retries: { limit: 3, delay: '1 second' }, timeout: '1 minute' };
    for (let i = 0; i < event.payload; i++) await step.do('s' + i, config, async () => i);
  }
}";

/// Acknowledges each result from within the call.
struct Acknowledge {
    handle: Mutex<Option<RunHandle>>,
    steps: Arc<AtomicUsize>,
}

impl RunSink for Acknowledge {
    fn run_event(&self, _: InstanceNumber, _: RunNumber, event: RunEvent) {
        match event {
            RunEvent::Message(FromRun::Succeeded { call, .. }) => {
                self.steps.fetch_add(1, Ordering::Relaxed);
                if let Some(handle) = &*self.handle.lock() {
                    handle.send(ToRun::Recorded { call });
                }
            }
            RunEvent::Message(FromRun::Threw { failure, .. }) => panic!("{failure}"),
            _ => {}
        }
    }
}

async fn one_socket(
    mut socket: Socket,
    class: &str,
    steps: u32,
    until: Instant,
    done: Arc<AtomicUsize>,
) -> usize {
    let logs = Logs::new("worker", 1, Arc::new(Console));
    let mut runs = 0;
    while Instant::now() < until {
        let (handle, commands) = RunHandle::channel();
        let sink = Arc::new(Acknowledge {
            handle: Mutex::new(Some(handle)),
            steps: done.clone(),
        });
        let start = start(class, &steps.to_string(), &Journal::new());
        let Outcome::Clean(again) = socket.serve_run(start, commands, sink, &logs).await else {
            panic!("the socket cannot be used again");
        };
        socket = again;
        runs += 1;
    }
    runs
}

#[tokio::test]
#[ignore = "measures"]
async fn speed() {
    for date in DATES {
        let worker = Workerd::start(WORKER, date).await;
        for (class, steps) in [
            ("Numbers", 20),
            ("Nothing", 20),
            ("Configured", 20),
            ("Numbers", 1),
        ] {
            for sockets in [1, 16] {
                // Once to warm up.
                for seconds in [1, 3] {
                    let began = Instant::now();
                    let until = began + Duration::from_secs(seconds);
                    let done = Arc::new(AtomicUsize::new(0));
                    let before = worker.cpu();
                    let mut tasks = Vec::new();
                    for _ in 0..sockets {
                        let socket = worker.socket().await;
                        tasks.push(tokio::spawn(one_socket(
                            socket,
                            class,
                            steps,
                            until,
                            done.clone(),
                        )));
                    }
                    let mut runs = 0;
                    for task in tasks {
                        runs += task.await.unwrap();
                    }
                    let took = began.elapsed().as_secs_f64();
                    if seconds > 1 {
                        let after = worker.cpu();
                        let steps_done = done.load(Ordering::Relaxed) as f64;
                        let each = |before: Duration, after: Duration| {
                            after.saturating_sub(before).as_secs_f64() * 1e6 / steps_done
                        };
                        // The CPU time tells more than the rate where other processes share the machine.
                        println!(
                            "{date} {class:10} {steps:2} steps a run, {sockets:2} sockets: {:6.0} steps/s {:6.0} runs/s, \
                             CPU of a step: workerd {:4.1} µs, channel {:4.1} µs",
                            steps_done / took,
                            runs as f64 / took,
                            each(before.0, after.0),
                            each(before.1, after.1),
                        );
                    }
                }
            }
        }
    }
}
