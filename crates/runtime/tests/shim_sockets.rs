//! Runs share sockets and an isolate: what one leaves behind must not reach the next.
#![allow(clippy::unwrap_used)]

mod shim_support;

use serde_json::json;
use shim_support::engine::{Journal, Run, start};
use shim_support::{DATES, Workerd};
use std::time::Duration;
use stepwell_core::run::{FromRun, ToRun};
use stepwell_runtime::channel::socket::{Outcome, Socket};

const WORKER: &str = r"
import { WorkflowEntrypoint, env as globalEnv } from 'cloudflare:workers';
let ticks = 0;
let kept;
const cases = {
  plain: (step) => step.do('a', () => 1),
  unawaited: (step) => { step.do('a', () => scheduler.wait(50)); },
  unawaitedFailure: (step) => { step.do('a', { retries: { limit: 0, delay: 0 } }, () => { throw new Error('unseen'); }); return step.sleep('s', 1); },
  unawaitedFast: (step) => { step.do('a', () => 1); },
  timer: () => { setTimeout(() => {}, 50); },
  cleared: () => { clearTimeout(setTimeout(() => {}, 50)); clearInterval(setInterval(() => {}, 50)); },
  fired: async () => { await new Promise((r) => setTimeout(r, 1)); await scheduler.wait(1); },
  timerInStep: (step) => step.do('a', () => { setTimeout(() => {}, 50); }),
  wait: () => { scheduler.wait(50); },
  waitUntil: (step, self) => { self.ctx.waitUntil(scheduler.wait(50)); },
  waitUntilDone: (step, self) => { self.ctx.waitUntil(Promise.resolve()); },
  fetch: async () => { await (await fetch('http://x/')).text(); },
  fetchInStep: (step) => step.do('a', async () => (await fetch('http://x/')).text()),
  binding: async (step, self) => (await self.env.SELF.fetch('http://x/')).text(),
  globalBinding: async () => (await globalEnv.SELF.fetch('http://x/')).text(),
  webSocketPair: () => { new WebSocketPair(); },
  text: (step, self) => self.env.TEXT + globalEnv.TEXT,
  keep: (step) => { kept = step; },
  keepResponse: async () => { kept = await fetch('http://x/'); },
  useResponse: () => kept.text().then(() => 'worked', (e) => e.message),
  useKept: () => kept.do('a', () => 1).then(() => 'ran', (e) => String(e)),
  useKeptWrongly: () => kept.do().then(() => 'ran', (e) => String(e)),
  throws: () => { throw new TypeError('oh'); },
};
export class Main extends WorkflowEntrypoint {
  async run(event, step) { return cases[event.payload](step, this); }
}
export class Tick extends WorkflowEntrypoint {
  async run(event, step) {
    if (event.payload === 'interval') setInterval(() => ticks++, 5);
    else if (event.payload === 'step') await step.do('a', async () => { for (;;) { await scheduler.wait(5); ticks++; } });
    else for (;;) { await scheduler.wait(5); ticks++; }
    await new Promise(() => {});
  }
}
export class Idle extends WorkflowEntrypoint {
  async run(event, step) {
    await step.do('first', () => 1);
    const timer = setTimeout(() => {}, 60000);
    this.ctx.waitUntil(scheduler.wait(60000));
    await step.waitForEvent('e', { type: 't' });
    clearTimeout(timer);
    await step.waitForEvent('e', { type: 't' });
  }
}
export default { async fetch(request) { return new Response(String(ticks)); } };
";

/// Runs one case; what `run()` ended with, and the socket if it may be used again.
async fn case(socket: Socket, name: &str) -> (FromRun, Option<Socket>) {
    let start = start("Main", &json!(name).to_string(), &Journal::new());
    let mut run = Run::begin(socket, start, Journal::new());
    let end = run.finish().await;
    match run.outcome().await {
        Outcome::Clean(socket) => (end, Some(socket)),
        Outcome::Unclean => (end, None),
        other => panic!("{name}: {other:?}"),
    }
}

#[tokio::test]
async fn a_socket_is_used_again_only_if_nothing_was_left() {
    for date in DATES {
        let worker = Workerd::start(WORKER, date).await;
        for name in [
            "plain",
            "cleared",
            "fired",
            "waitUntilDone",
            "text",
            "keep",
            "throws",
        ] {
            let (end, socket) = case(worker.socket().await, name).await;
            assert!(socket.is_some(), "{name} at {date}: {end:?}");
        }
        for name in [
            "unawaited",
            "unawaitedFast",
            "timer",
            "timerInStep",
            "wait",
            "waitUntil",
            "fetch",
            "fetchInStep",
            "binding",
            "globalBinding",
            "webSocketPair",
        ] {
            let (end, socket) = case(worker.socket().await, name).await;
            assert!(
                matches!(end, FromRun::Returned { clean: false, .. }),
                "{name} at {date}: {end:?}"
            );
            assert!(socket.is_none(), "{name} at {date}");
        }
    }
}

#[tokio::test]
async fn steps_of_an_ended_run_are_refused() {
    for date in DATES {
        let worker = Workerd::start(WORKER, date).await;
        let (_, socket) = case(worker.socket().await, "keep").await;
        let (end, socket) = case(socket.unwrap(), "useKept").await;
        let FromRun::Returned { value, .. } = end else {
            panic!("{end:?}")
        };
        let expected = "\"WorkflowAbortedError: This run of the instance has ended\"";
        assert_eq!(&value.bytes()[..], expected.as_bytes());
        // The same socket goes on to serve.
        let (end, socket) = case(socket.unwrap(), "useKeptWrongly").await;
        let FromRun::Returned { value, .. } = end else {
            panic!("{end:?}")
        };
        assert_eq!(&value.bytes()[..], expected.as_bytes());
        assert!(matches!(
            case(socket.unwrap(), "plain").await.0,
            FromRun::Returned { clean: true, .. }
        ));
    }
}

#[tokio::test]
async fn an_io_object_of_another_run_is_of_no_use() {
    for date in DATES {
        let worker = Workerd::start(WORKER, date).await;
        let (_, socket) = case(worker.socket().await, "keepResponse").await;
        assert!(socket.is_none(), "the socket would make the response work");
        let (end, _) = case(worker.socket().await, "useResponse").await;
        let FromRun::Returned { value, .. } = end else {
            panic!("{end:?}")
        };
        let message = String::from_utf8_lossy(value.bytes()).into_owned();
        assert!(
            message.contains("Cannot perform I/O on behalf of a different request"),
            "{date}: {message}"
        );
    }
}

#[tokio::test]
async fn a_socket_is_closed_when_what_was_left_is_done() {
    let worker = Workerd::start(WORKER, DATES[1]).await;
    // Accepted connections are listed with the path at which they were.
    let path = worker.run_socket().display().to_string();
    let open = || {
        std::fs::read_to_string("/proc/net/unix")
            .unwrap()
            .matches(&path)
            .count()
    };
    let (_, socket) = case(worker.socket().await, "plain").await;
    drop(socket);
    let before = open();
    let (_, socket) = case(worker.socket().await, "waitUntil").await;
    assert!(socket.is_none());
    for _ in 0..100 {
        if open() <= before {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("still open");
}

#[tokio::test]
async fn an_unawaited_failure_harms_nobody() {
    for date in DATES {
        let worker = Workerd::start(WORKER, date).await;
        let (end, _) = case(worker.socket().await, "unawaitedFailure").await;
        assert!(matches!(end, FromRun::Returned { .. }), "{end:?}");
        let (end, _) = case(worker.socket().await, "plain").await;
        assert!(matches!(end, FromRun::Returned { clean: true, .. }), "{end:?}");
    }
}

#[tokio::test]
async fn dropping_a_run_stops_it() {
    for date in DATES {
        let worker = Workerd::start(WORKER, date).await;
        for kind in ["interval", "step", "loop"] {
            // On a socket that has carried a run before, as in a pool.
            let (_, socket) = case(worker.socket().await, "plain").await;
            let start = start("Tick", &json!(kind).to_string(), &Journal::new());
            let mut run = Run::begin(socket.unwrap(), start, Journal::new());
            tokio::time::sleep(Duration::from_millis(100)).await;
            let before: u64 = worker.get("/").await.parse().unwrap();
            assert!(before > 0, "{kind} at {date} does not tick");
            run.handle = None;
            assert!(matches!(run.outcome().await, Outcome::Dropped));
            tokio::time::sleep(Duration::from_millis(100)).await;
            let dropped: u64 = worker.get("/").await.parse().unwrap();
            tokio::time::sleep(Duration::from_millis(100)).await;
            let after: u64 = worker.get("/").await.parse().unwrap();
            assert_eq!(dropped, after, "{kind} at {date} goes on");
        }
    }
}

#[tokio::test]
async fn hold_and_idle() {
    for date in DATES {
        let worker = Workerd::start(WORKER, date).await;
        let mut first = start("Idle", "null", &Journal::new());
        first.alone = true;
        let mut run = Run::begin(worker.socket().await, first, Journal::new());
        run.event = None;
        let message = run.until(|message| matches!(message, FromRun::Do { .. })).await;
        assert!(
            matches!(message, FromRun::Do { started: false, .. }),
            "{message:?}"
        );
        run.answer(message);
        let message = run.until(|message| matches!(message, FromRun::Wait { .. })).await;
        run.send(ToRun::AskIdle);
        assert_eq!(
            run.next().await,
            Some(FromRun::Idle { pending_outside: 3 }),
            "{date}"
        );
        run.event = Some(shim_support::engine::json("1"));
        run.answer(message);
        run.until(|message| matches!(message, FromRun::Wait { .. })).await;
        run.send(ToRun::AskIdle);
        assert_eq!(
            run.next().await,
            Some(FromRun::Idle { pending_outside: 2 }),
            "{date}"
        );
    }
}
