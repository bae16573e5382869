//! What runs log: at once, with their instance, step and attempt, whatever the values are.
#![allow(clippy::unwrap_used)]

mod shim_support;

use serde_json::{Value, json};
use shim_support::engine::{Journal, Run, start};
use shim_support::{DATES, Workerd};
use std::sync::Arc;
use std::time::Duration;
use stepwell_core::run::{FromRun, ToRun};
use stepwell_runtime::logs::{Interest, Invocation, Line, LogSink, Logs, Source};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;

const BOTH: Interest = Interest {
    text: true,
    values: true,
};

/// Hands lines to a test.
#[derive(Debug)]
struct Listener {
    lines: UnboundedSender<Line>,
    interest: watch::Receiver<Interest>,
}

impl LogSink for Listener {
    fn interest(&self, _: &str) -> watch::Receiver<Interest> {
        self.interest.clone()
    }

    fn line(&self, source: &Source, line: &Line) {
        assert_eq!((&*source.worker, source.version), ("worker", 7));
        self.lines.send(line.clone()).unwrap();
    }

    fn invocation(&self, _: &Source, _: &Invocation) {}
}

/// Lines as they come, and what is wanted of them.
struct Listening {
    logs: Logs,
    interest: watch::Sender<Interest>,
    lines: UnboundedReceiver<Line>,
}

impl Listening {
    fn new(interest: Interest) -> Self {
        let (interest, wanted) = watch::channel(interest);
        let (sender, lines) = unbounded_channel();
        let sink = Listener {
            lines: sender,
            interest: wanted,
        };
        Self {
            logs: Logs::new("worker", 7, Arc::new(sink)),
            interest,
            lines,
        }
    }

    fn run(&self, socket: stepwell_runtime::channel::socket::Socket, class: &str, payload: &str) -> Run {
        let start = start(class, payload, &Journal::new());
        Run::logging(socket, start, Journal::new(), self.logs.clone())
    }

    async fn next(&mut self) -> Line {
        let line = tokio::time::timeout(Duration::from_secs(20), self.lines.recv());
        line.await.expect("a line").unwrap()
    }

    fn all(&mut self) -> Vec<Line> {
        std::iter::from_fn(|| self.lines.try_recv().ok()).collect()
    }
}

/// Level, step, attempt, text and values of a line.
type Told<'a> = (&'a str, Option<&'a str>, Option<u32>, &'a str, Value);

fn message(line: &Line) -> Value {
    serde_json::from_str(line.message.as_ref().unwrap().get()).unwrap()
}

const WORKER: &str = r"
import { WorkflowEntrypoint } from 'cloudflare:workers';
export class Talk extends WorkflowEntrypoint {
  async run(event, step) {
    console.log('outside %d', 5, { a: [1, 'two', new Map([[1, { b: null }]])], d: new Date(0) });
    await step.do('loud', async () => { console.error(new RangeError('bad').message); await 0; console.warn('w', 1n, -0, undefined); });
    console.debug(class A {}, () => {}, Symbol('s'));
    await step.do('again', { retries: { limit: 1, delay: 0 } }, async (ctx) => { console.log('try', ctx.attempt); if (ctx.attempt === 1) throw new Error('first'); });
    return 1;
  }
}
export class Late extends WorkflowEntrypoint {
  async run(event, step) {
    await step.do('never ends', async () => { console.log('in it'); await new Promise(() => {}); });
  }
}
export class Many extends WorkflowEntrypoint {
  async run(event, step) {
    for (let i = 0; i < 5; i++) {
      await scheduler.wait(1);
      console.log(event.payload, 'outside');
      await step.do('a', async () => { await scheduler.wait(1); console.log(event.payload, 'a'); setTimeout(() => console.log(event.payload, 'timer of a'), 1); await scheduler.wait(3); });
      await Promise.all([
        step.do('left', async () => { for (let j = 0; j < 3; j++) { await scheduler.wait(1); console.log(event.payload, 'left'); } }),
        step.do('right', async () => { for (let j = 0; j < 3; j++) { await scheduler.wait(1); console.log(event.payload, 'right'); } }),
      ]);
    }
  }
}
export class Listened extends WorkflowEntrypoint {
  async run(event, step) {
    console.log('before');
    for (;;) {
      await step.waitForEvent('e', { type: 't' });
      console.log('tick');
    }
  }
}
export class Left extends WorkflowEntrypoint {
  async run() {
    this.ctx.waitUntil(scheduler.wait(20).then(() => console.log('after the end')));
  }
}
export default {};
";

#[tokio::test]
async fn console_lines_know_their_step_and_attempt() {
    for date in DATES {
        let worker = Workerd::start(WORKER, date).await;
        let mut listening = Listening::new(BOTH);
        listening
            .run(worker.socket().await, "Talk", "null")
            .finish()
            .await;
        let lines = listening.all();
        let found: Vec<Told<'_>> = lines
            .iter()
            .map(|line| {
                let text = line.text.as_deref().unwrap();
                (
                    &*line.level,
                    line.place.step.as_deref(),
                    line.place.attempt,
                    text,
                    message(line),
                )
            })
            .collect();
        let object =
            "outside 5 {\n  a: [ 1, 'two', Map(1) { 1 => [Object] } ],\n  d: 1970-01-01T00:00:00.000Z\n}";
        let values = json!(["outside %d", 5, {"a": [1, "two", {}], "d": "1970-01-01T00:00:00.000Z"}]);
        let functions = json!(["class A {}", "() => {}", {}]);
        let expected = [
            ("log", None, None, object, values),
            ("error", Some("loud-1"), Some(1), "bad", json!(["bad"])),
            (
                "warn",
                Some("loud-1"),
                Some(1),
                "w 1n -0 undefined",
                json!(["w", "1", 0, null]),
            ),
            (
                "debug",
                None,
                None,
                "[class A] [Function (anonymous)] Symbol(s)",
                functions,
            ),
            ("log", Some("again-1"), Some(1), "try 1", json!(["try", 1])),
            ("log", Some("again-1"), Some(2), "try 2", json!(["try", 2])),
        ];
        assert_eq!(found, expected, "{date}");
        assert_eq!(
            (
                &*lines[0].place.workflow,
                &*lines[0].place.instance,
                &*lines[0].place.class_name
            ),
            ("workflow", "instance", "Talk")
        );
    }
}

#[tokio::test]
async fn a_line_comes_before_its_step_ends() {
    for date in DATES {
        let worker = Workerd::start(WORKER, date).await;
        let mut listening = Listening::new(BOTH);
        let _run = listening.run(worker.socket().await, "Late", "null");
        let line = listening.next().await;
        assert_eq!(
            (line.place.step.as_deref(), line.text.as_deref()),
            (Some("never ends-1"), Some("in it")),
            "{date}"
        );
    }
}

#[tokio::test]
async fn instances_in_one_process_do_not_mix() {
    for date in DATES {
        let worker = Workerd::start(WORKER, date).await;
        let listening = [Listening::new(BOTH), Listening::new(BOTH), Listening::new(BOTH)];
        let mut runs = Vec::new();
        for (index, listening) in listening.iter().enumerate() {
            runs.push(listening.run(worker.socket().await, "Many", &index.to_string()));
        }
        let [first, second, third] = &mut runs[..] else {
            panic!()
        };
        tokio::join!(first.finish(), second.finish(), third.finish());
        for (index, mut listening) in listening.into_iter().enumerate() {
            let lines = listening.all();
            assert_eq!(lines.len(), 5 * 9, "{date}");
            for line in lines {
                let message = message(&line);
                assert_eq!(message[0], json!(index), "{date}: {line:?}");
                let step = line.place.step.as_deref().and_then(|step| step.split_once('-'));
                let said = message[1].as_str().unwrap();
                let expected = (said != "outside").then(|| said.rsplit(' ').next().unwrap());
                assert_eq!(step.map(|(name, _)| name), expected, "{date}: {line:?}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_wanted_changes_while_a_run_goes_on() {
    for date in DATES {
        let worker = Workerd::start(WORKER, date).await;
        let mut listening = Listening::new(Interest::default());
        let mut run = listening.run(worker.socket().await, "Listened", "null");
        let mut ticks = async |interest: Interest, stop: &dyn Fn(&[Line]) -> bool| {
            listening.interest.send_replace(interest);
            for _ in 0..1000 {
                let wait = run.until(|message| matches!(message, FromRun::Wait { .. })).await;
                let lines = listening.all();
                if stop(&lines) {
                    run.send(ToRun::AskIdle); // for the next round to begin with
                    run.answer(wait);
                    return lines;
                }
                run.answer(wait);
            }
            panic!("{date}: nothing changes");
        };
        let none = ticks(Interest::default(), &|_| true).await;
        assert!(none.is_empty(), "{date}: {none:?}");
        let text = Interest {
            text: true,
            values: false,
        };
        let lines = ticks(text, &|lines| !lines.is_empty()).await;
        let line = &lines[0];
        assert_eq!(
            (line.text.as_deref(), line.message.is_some()),
            (Some("tick"), false),
            "{date}"
        );
        let lines = ticks(BOTH, &|lines| lines.iter().any(|line| line.message.is_some())).await;
        assert_eq!(message(lines.last().unwrap()), json!(["tick"]), "{date}");
        ticks(Interest::default(), &<[Line]>::is_empty).await;
    }
}

#[tokio::test]
async fn lines_after_the_end_are_still_the_runs() {
    for date in DATES {
        let worker = Workerd::start(WORKER, date).await;
        let mut listening = Listening::new(BOTH);
        listening
            .run(worker.socket().await, "Left", "null")
            .finish()
            .await;
        assert_eq!(
            listening.next().await.text.as_deref(),
            Some("after the end"),
            "{date}"
        );
    }
}

const HOSTILE: &str = r"
import { WorkflowEntrypoint } from 'cloudflare:workers';
const throwing = () => { throw new Error('trap'); };
const circle = { name: 'circle' };
circle.self = circle;
const values = {
  circle,
  bigInt: { n: 1n },
  proxy: new Proxy({}, { get: throwing, ownKeys: throwing, getPrototypeOf: throwing, has: throwing, getOwnPropertyDescriptor: throwing }),
  proxyFunction: new Proxy(function () {}, { get: throwing, apply: throwing, getPrototypeOf: throwing }),
  revoked: (() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; })(),
  getter: { get boom() { throw new Error('boom'); } },
  thrownHostile: { toJSON() { throw { get message() { throw 1; } }; } },
  toStringThrows: new (class { toString() { throw 1; } get [Symbol.toStringTag]() { throw 2; } })(),
  surrogate: ['\ud800', { '\udc00': '\ud800' }],
  alone: '\ud800',
  long: 'x'.repeat(1_000_000),
  wide: Array.from({ length: 100_000 }, (_, i) => i),
  wideMap: new Map(Array.from({ length: 100_000 }, (_, i) => [i, i])),
  endless: new Proxy([], { get: (target, key) => (key === 'length' ? 50_000_000 : key === 'toJSON' ? undefined : target[key] ?? 1) }),
  endlessIterator: Object.assign([1], { *[Symbol.iterator]() { for (;;) yield 1; } }),
  deep: (() => { let deep = []; for (let i = 0; i < 100_000; i++) deep = [deep]; return deep; })(),
  nested: (() => { const leaf = Array(100).fill('leaf of it'); const twig = Array(100).fill(leaf); return Array(100).fill(Array(100).fill(twig)); })(),
  logs: { toJSON() { console.log('from within'); return 1; } },
  error: Object.assign(new Error('e'), { stack: { not: 'a text' }, cause: circle }),
  nullPrototype: Object.create(null),
  lines: 'a\nb\u2028c\0',
  nothing: undefined,
};
export class Hostile extends WorkflowEntrypoint {
  async run(event, step) {
    for (const [name, value] of Object.entries(values)) {
      console.log(name, value);
      console.log('%s %d %i %f %j %o', name, value, value, value, value, value);
    }
    console.log(...Array(1000).fill('many'));
    console.log();
    return step.do('still', () => 'works');
  }
}
export class Patched extends WorkflowEntrypoint {
  async run(event, step) {
    const { stringify } = JSON;
    JSON.stringify = throwing;
    Function.prototype.apply = throwing;
    Map.prototype.entries = throwing;
    Object.getPrototypeOf = throwing;
    Array.prototype.toJSON = () => { console.log('from within'); return 'patched'; };
    try { console.log('patched', [1], new Map([[1, 2]])); } finally { delete Array.prototype.toJSON; JSON.stringify = stringify; }
    return 'works';
  }
}
export class Flood extends WorkflowEntrypoint {
  async run(event, step) {
    const line = 'y'.repeat(100_000);
    for (let i = 0; i < 300; i++) { console.log(line); if (i % 50 === 0) await scheduler.wait(0); }
    return 'works';
  }
}
export default {};
";

#[tokio::test]
async fn hostile_values_break_nothing() {
    for date in DATES {
        let worker = Workerd::start(HOSTILE, date).await;
        let mut listening = Listening::new(BOTH);
        let output = listening
            .run(worker.socket().await, "Hostile", "null")
            .output()
            .await;
        assert_eq!(output, json!("works"), "{date}");
        let lines = listening.all();
        let of = |name: &str| {
            let quoted = format!("[\"{name}\",");
            let said = lines
                .iter()
                .find(|line| line.message.as_ref().unwrap().get().starts_with(&quoted));
            said.unwrap_or_else(|| panic!("{name} at {date}"))
                .message
                .as_ref()
                .unwrap()
                .get()[quoted.len()..]
                .strip_suffix(']')
                .unwrap()
        };
        for name in [
            "circle",
            "bigInt",
            "proxy",
            "proxyFunction",
            "revoked",
            "getter",
            "thrownHostile",
            "toStringThrows",
            "deep",
        ] {
            assert_eq!(of(name), "{}", "{name} at {date}");
        }
        assert_eq!(of("surrogate"), r#"["\ud800",{"\udc00":"\ud800"}]"#, "{date}");
        assert_eq!(of("alone"), "\"\u{fffd}\"", "{date}");
        assert!(of("long").ends_with("xxx... 868934 more characters\""), "{date}");
        assert!(of("wide").contains("... 99900 more items"), "{date}");
        assert_eq!(of("wideMap"), "\"[object Map]\"", "{date}");
        assert!(of("endless").contains("more items"), "{date}: {}", of("endless"));
        assert_eq!(of("endlessIterator"), "[1]", "{date}");
        assert_eq!(of("logs"), "1", "{date}");
        assert_eq!(of("error"), "\"Error: e\"", "{date}");
        assert_eq!(of("nullPrototype"), "{}", "{date}");
        assert_eq!(of("nothing"), "null", "{date}");
        assert!(
            lines
                .iter()
                .all(|line| line.text.as_deref() != Some("from within"))
        );
        let longest = lines
            .iter()
            .map(|line| line.message.as_ref().unwrap().get().len())
            .max();
        assert!(longest < Some(400_000), "{longest:?} at {date}");
        let many = lines.iter().rev().nth(1).unwrap();
        assert_eq!(message(many)[100], json!("... 900 more arguments"), "{date}");
        assert_eq!(message(lines.last().unwrap()), json!([]), "{date}");
    }
}

#[tokio::test]
async fn what_user_code_patches_does_not_reach_the_shim() {
    for date in DATES {
        let worker = Workerd::start(HOSTILE, date).await;
        let mut listening = Listening::new(BOTH);
        let output = listening
            .run(worker.socket().await, "Patched", "null")
            .output()
            .await;
        assert_eq!(output, json!("works"), "{date}");
        let lines = listening.all();
        let messages: Vec<Value> = lines.iter().map(message).collect();
        assert_eq!(
            messages,
            [json!(["patched", "patched", "[object Map]"])],
            "{date}"
        );
        assert_eq!(
            lines[0].text.as_deref(),
            Some("patched [ 1 ] Map(1) { 1 => 2 }"),
            "{date}"
        );
    }
}

#[tokio::test]
async fn a_run_that_floods_the_log_is_cut_off_with_a_note() {
    for date in DATES {
        let worker = Workerd::start(HOSTILE, date).await;
        let mut listening = Listening::new(BOTH);
        let output = listening
            .run(worker.socket().await, "Flood", "null")
            .output()
            .await;
        assert_eq!(output, json!("works"), "{date}");
        let lines = listening.all();
        assert_eq!(lines.len(), 84 + 1, "{date}");
        let note = "(This run has logged more than 16777216 characters: its further lines are not shown.)";
        let last = lines.last().unwrap();
        assert_eq!(
            (&*last.level, last.text.as_deref()),
            ("warn", Some(note)),
            "{date}"
        );
    }
}
