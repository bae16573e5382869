//! Replays: what is recorded reaches `run()` again, in the order in which it was recorded.
#![allow(clippy::unwrap_used)]

mod shim_support;

use serde_json::json;
use shim_support::engine::{Journal, Run, json as value, replay, run_once, start};
use shim_support::{DATES, Workerd};
use std::time::{Duration, Instant};
use stepwell_core::failure::Failure;
use stepwell_core::run::{FromRun, ToRun};
use stepwell_core::step::{StepKey, StepKind};
use stepwell_core::step_config::StepConfig;
use stepwell_engine::runtime::{BegunStep, EndedStep, RunEvent, RunHandle, RunSink, StepEnd};
use stepwell_runtime::logs::{Console, Logs};

const RACES: &str = r"
import { WorkflowEntrypoint } from 'cloudflare:workers';
export class Race extends WorkflowEntrypoint {
  async run(event, step) {
    const log = [];
    const say = (name) => (v) => { log.push(name); return v; };
    const a = step.do('a', async () => { await scheduler.wait(600); return 'a'; }).then(say('a'));
    const b = step.do('b', async () => { await scheduler.wait(300); return 'b'; });
    // Long after b for microtasks, and before a for the engine.
    let later = b.then(say('b'));
    for (let i = 0; i < 20; i++) later = later.then((v) => v);
    later = later.then(say('b20'));
    const c = step.do('c', async () => 'c').then(say('c')).then(() => step.do('c', async () => 'c2')).then(say('c2'));
    const first = await Promise.race([a, b, c]);
    await Promise.all([a, b, c, later]);
    const event1 = await step.waitForEvent('event', { type: 'go' });
    await step.sleep('nap', '1 hour');
    return { first, log, event1, at: event1.timestamp instanceof Date };
  }
}
export class Loop extends WorkflowEntrypoint {
  async run(event, step) {
    let sum = 0;
    for (let i = 0; i < event.payload; i++) sum += await step.do('step', async () => i);
    return sum;
  }
}
export class Big extends WorkflowEntrypoint {
  async run(event, step) {
    let bytes = 0;
    for (let i = 0; i < event.payload; i++) bytes += (await step.do('big', async () => 'x')).length;
    return bytes;
  }
}
export class Changed extends WorkflowEntrypoint {
  async run(event, step) {
    const seen = [];
    await Promise.all(['new', 'second'].map(async (name) => seen.push(await step.do(name, async () => 'ran ' + name))));
    seen.push(await step.do('first', async () => 'ran first'));
    return seen;
  }
}
export class Errors extends WorkflowEntrypoint {
  async run(event, step) {
    let length = 0;
    for (let i = 0; i < event.payload; i++) try { await step.do('error', () => {}); } catch (e) { length += e.message.length; }
    return length;
  }
}
export class Interleave extends WorkflowEntrypoint {
  async run(event, step) {
    const log = [];
    const follow = async (name, hops) => {
      const value = await step.do(name, async () => name);
      for (let i = 0; i < hops; i++) await null;
      log.push(value);
    };
    await Promise.all([follow('a', 30), follow('b', 0), follow('c', 10), follow('d', 5)]);
    return log;
  }
}
export class Timer extends WorkflowEntrypoint {
  async run(event, step) {
    const seen = [];
    const late = (async () => { await scheduler.wait(30); seen.push(await step.do('late', async () => 'late')); })();
    seen.push(await step.do('early', async () => 'early'));
    await late;
    return seen;
  }
}
";

#[tokio::test]
async fn a_replay_settles_in_recorded_order() {
    for date in DATES {
        let worker = Workerd::start(RACES, date).await;
        let (live, journal) = run_once(&worker, "Race", "null").await;
        assert_eq!(live["first"], "c2");
        assert_eq!(live["log"], json!(["c", "c2", "b", "b20", "a"]));
        assert_eq!(live["event1"]["payload"], json!({"p": 1}));
        assert_eq!(live["at"], true);
        let (again, longer) = replay(&worker, "Race", "null", journal.clone()).await;
        assert_eq!(again, live, "{date}");
        assert_eq!(longer.len(), journal.len(), "a recorded step ran again");
        // Another order of completion gives another winner, whatever the order of the calls.
        let mut other = journal.clone();
        let b = other.iter().position(|(end, _)| &*end.step.name == "b").unwrap();
        let b = other.remove(b);
        other.insert(0, b);
        let (again, _) = replay(&worker, "Race", "null", other).await;
        assert_eq!(again["first"], "b");
        assert_eq!(again["log"], json!(["b", "b20", "c", "c2", "a"]));
    }
}

#[tokio::test]
async fn interleavings_are_the_same_live_and_again() {
    for date in DATES {
        let worker = Workerd::start(RACES, date).await;
        let (live, journal) = run_once(&worker, "Interleave", "null").await;
        assert_eq!(
            live,
            json!(["a", "b", "c", "d"]),
            "each result is an event of its own, {date}"
        );
        let (again, _) = replay(&worker, "Interleave", "null", journal).await;
        assert_eq!(again, live, "{date}");
    }
}

#[tokio::test]
async fn a_record_of_many_long_errors_replays() {
    let worker = Workerd::start(RACES, DATES[1]).await;
    // 40 MiB: more than workerd takes in one message.
    let failure = |i: u32| {
        let end = StepEnd::Failed(Failure::new("E", "m".repeat(40_000)));
        (
            EndedStep {
                step: step("error", i + 1),
                end,
            },
            None,
        )
    };
    let journal: Journal = (0..1000).map(failure).collect();
    let (out, _) = replay(&worker, "Errors", "1000", journal).await;
    assert_eq!(out, json!(40_000_000));
}

fn step(name: &str, count: u32) -> StepKey {
    StepKey::new(StepKind::Do, name, count)
}

fn ended(name: &str, count: u32, text: &str) -> (EndedStep, Option<stepwell_core::value::Value>) {
    let end = EndedStep {
        step: step(name, count),
        end: StepEnd::Value,
    };
    (end, Some(value(text)))
}

#[tokio::test]
async fn what_is_not_asked_for_is_passed_over() {
    for date in DATES {
        let worker = Workerd::start(RACES, date).await;
        let journal = vec![
            ended("gone", 1, "0"),
            ended("first", 1, "\"recorded\""),
            ended("second", 1, "\"recorded\""),
        ];
        let began = Instant::now();
        let (out, _) = replay(&worker, "Changed", "null", journal).await;
        assert_eq!(out, json!(["recorded", "ran new", "recorded"]), "{date}");
        assert!(began.elapsed() < Duration::from_secs(1));
    }
}

#[tokio::test]
async fn a_timer_may_lead_to_what_was_recorded_next() {
    for date in DATES {
        let worker = Workerd::start(RACES, date).await;
        let journal = vec![ended("late", 1, "\"late\""), ended("early", 1, "\"early\"")];
        let (out, _) = replay(&worker, "Timer", "null", journal).await;
        assert_eq!(out, json!(["late", "early"]), "{date}");
    }
}

#[tokio::test]
async fn a_begun_step_waits_for_its_attempt_and_keeps_its_config() {
    for date in DATES {
        let worker = Workerd::start(RACES, date).await;
        let mut start = start("Loop", "1", &Journal::new());
        let config = StepConfig::parse("step", &json!({"retries": {"limit": 7, "delay": 1}})).unwrap();
        start.begun.push(BegunStep {
            step: step("step", 1),
            config,
        });
        let mut run = Run::begin(worker.socket().await, start, Journal::new());
        let Some(FromRun::Do {
            call, started: false, ..
        }) = run.next().await
        else {
            panic!("started of its own accord");
        };
        run.send(ToRun::Attempt { call, attempt: 3 });
        let Some(FromRun::Succeeded { attempt: 3, .. }) = run.next().await else {
            panic!("not attempt 3");
        };
    }
}

#[tokio::test]
async fn ten_thousand_steps_replay_fast() {
    for date in DATES {
        let worker = Workerd::start(RACES, date).await;
        let journal: Journal = (0..10_000)
            .map(|i| ended("step", i + 1, &i.to_string()))
            .collect();
        let began = Instant::now();
        let (out, _) = replay(&worker, "Loop", "10000", journal).await;
        let took = began.elapsed();
        println!("10,000 steps at {date}: {took:?}");
        assert_eq!(out, json!(49_995_000));
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}

/// Feeds values within the credit, as the engine does.
async fn feed(
    handle: &RunHandle,
    values: usize,
    events: &mut tokio::sync::mpsc::UnboundedReceiver<RunEvent>,
) -> FromRun {
    const WINDOW: i64 = 8 << 20;
    let one = value(&format!("\"{}\"", "x".repeat((1 << 20) - 2)));
    let (mut credit, mut next) = (WINDOW, 0);
    loop {
        while next < values && credit > 0 {
            credit -= one.bytes().len() as i64;
            handle.value(next as u32, one.clone());
            next += 1;
        }
        let event = tokio::time::timeout(Duration::from_secs(20), events.recv()).await;
        match event.expect("no credit").expect("the run is gone") {
            RunEvent::Credit(bytes) => credit += bytes as i64,
            RunEvent::Message(message @ (FromRun::Returned { .. } | FromRun::Threw { .. })) => {
                return message;
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn large_values_replay_in_a_small_heap() {
    struct Sink(tokio::sync::mpsc::UnboundedSender<RunEvent>);
    impl RunSink for Sink {
        fn run_event(
            &self,
            _: stepwell_core::ids::InstanceNumber,
            _: stepwell_core::ids::RunNumber,
            event: RunEvent,
        ) {
            let _ = self.0.send(event);
        }
    }
    let worker = Workerd::with(RACES, DATES[1], "\"--max-old-space-size=512\"").await;
    let journal: Journal = (0..500).map(|i| ended("big", i + 1, "null")).collect();
    let (sender, mut events) = tokio::sync::mpsc::unbounded_channel();
    let (handle, commands) = RunHandle::channel();
    let began = Instant::now();
    let socket = worker.socket().await;
    let start = start("Big", "500", &journal);
    tokio::spawn(async move {
        let sink = std::sync::Arc::new(Sink(sender));
        let logs = Logs::new("worker", 1, std::sync::Arc::new(Console));
        socket.serve_run(start, commands, sink, &logs).await
    });
    let FromRun::Returned { value, .. } = feed(&handle, 500, &mut events).await else {
        panic!("did not return");
    };
    println!("500 values of 1 MiB: {:?}", began.elapsed());
    assert_eq!(&value.bytes()[..], (500 * ((1 << 20) - 2)).to_string().as_bytes());
}

#[tokio::test]
async fn a_check_says_what_was_asked_for_and_starts_nothing() {
    for date in DATES {
        let worker = Workerd::start(RACES, date).await;
        let (_, journal) = run_once(&worker, "Changed", "null").await;
        // Recorded: `new` and `second`. `gone` is not asked for, `first` is what comes next.
        let mut journal: Journal = journal.into_iter().take(2).collect();
        let gone = EndedStep {
            step: StepKey::new(StepKind::Sleep, "gone", 1),
            end: StepEnd::Done,
        };
        journal.insert(1, (gone, None));
        let mut begin = start("Changed", "null", &journal);
        begin.check = true;
        let mut run = Run::begin(worker.socket().await, begin, journal);
        let FromRun::Do { step, started, .. } = run.next().await.unwrap() else {
            panic!("{:?}", run.messages)
        };
        assert_eq!((&*step.name, started), ("first", false), "{date}");
        run.asked.sort_unstable();
        assert_eq!(run.asked, [0, 2], "{date}");
        run.send(ToRun::AskIdle);
        assert_eq!(
            run.next().await,
            Some(FromRun::Idle { pending_outside: 0 }),
            "{date}"
        );
    }
}
