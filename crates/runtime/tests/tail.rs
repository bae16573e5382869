//! What a Worker's host process tells of its invocations.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes

mod common;

use common::{DATES, fetch_socket, get, object, script, settings};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use stepwell_runtime::Worker;
use stepwell_runtime::logs::{Interest, Invocation, Line, LogSink, Source};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;

/// Hands invocations to a test.
#[derive(Debug)]
struct Listener {
    invocations: UnboundedSender<Value>,
    interest: watch::Receiver<Interest>,
}

impl LogSink for Listener {
    fn interest(&self, worker: &str) -> watch::Receiver<Interest> {
        assert_eq!(worker, "test");
        self.interest.clone()
    }

    fn line(&self, _: &Source, line: &Line) {
        panic!("no run: {line:?}");
    }

    fn invocation(&self, source: &Source, invocation: &Invocation) {
        assert_eq!((&*source.worker, source.version), ("test", 1));
        let _ = self.invocations.send(Value::Object(invocation.0.clone()));
    }
}

/// A Worker and what is told of it.
struct Told {
    worker: Worker,
    interest: watch::Sender<Interest>,
    invocations: UnboundedReceiver<Value>,
    _objects: tempfile::TempDir,
}

impl Told {
    async fn start(date: &str) -> Self {
        let objects = tempfile::tempdir().unwrap();
        let mut script = script(WORKER, date, objects.path());
        script.objects = vec![object("OBJECT", "Thing")];
        let (interest, wanted) = watch::channel(Interest::default());
        let (sender, invocations) = unbounded_channel();
        let mut settings = settings();
        settings.logs = Arc::new(Listener {
            invocations: sender,
            interest: wanted,
        });
        Self {
            worker: Worker::start(settings, script).await.unwrap(),
            interest,
            invocations,
            _objects: objects,
        }
    }

    async fn get(&self, path: &str) -> String {
        get(&fetch_socket(&self.worker), path).await
    }

    async fn next(&mut self) -> Value {
        let next = tokio::time::timeout(Duration::from_secs(20), self.invocations.recv());
        next.await.expect("an invocation").unwrap()
    }

    /// Wants all of them, and waits until that is known.
    async fn want_all(&mut self) {
        let interest = Interest {
            text: false,
            values: true,
        };
        self.interest.send_replace(interest);
        for _ in 0..500 {
            self.get("/ready").await;
            if let Ok(Some(_)) =
                tokio::time::timeout(Duration::from_millis(20), self.invocations.recv()).await
            {
                // Those of earlier rounds are not on their way any more: they were not wanted.
                return;
            }
        }
        panic!("nothing is told");
    }
}

const WORKER: &str = r"
import { DurableObject } from 'cloudflare:workers';
class Odd extends Error { name = 'Odd'; }
export class Thing extends DurableObject {
  fetch() { console.log('in the object'); throw new Odd('object fetch'); }
  method() { this.ctx.waitUntil(scheduler.wait(1).then(() => { throw new Odd('object later'); })); return 'm'; }
  async setAlarm() { await this.ctx.storage.setAlarm(Date.now()); return 'a'; }
  alarm() { if (!globalThis.rang) { globalThis.rang = true; throw new Odd('alarm'); } }
}
export default {
  async fetch(request, env, ctx) {
    const thing = env.OBJECT.get(env.OBJECT.idFromName('a'));
    switch (new URL(request.url).pathname) {
      case '/throw': throw new Odd('kaput\nin two lines');
      case '/text': throw 'a text';
      case '/later': ctx.waitUntil(scheduler.wait(1).then(() => { throw new Odd('later'); })); break;
      case '/object': return thing.fetch('http://object/x').catch(() => new Response('caught'));
      case '/method': return new Response(await thing.method());
      case '/alarm': return new Response(await thing.setAlarm());
      case '/log': console.log('hello', { n: 1 }, '\ud800'); console.error('e'); break;
    }
    return new Response('fine');
  },
  scheduled(controller) { if (controller.cron === 'x') throw new Odd('scheduled'); },
};
";

/// The message of the one exception, which was thrown in the user's module.
fn thrown(invocation: &Value) -> &str {
    let all = invocation["exceptions"].as_array().unwrap();
    assert_eq!(all.len(), 1, "{invocation}");
    let stack = all[0]["stack"].as_str().unwrap();
    // At old dates the error itself is the first line.
    let first = stack.lines().find(|line| line.starts_with("    at "));
    assert!(
        first.is_some_and(|first| first.contains("index.js:")),
        "{invocation}"
    );
    all[0]["message"].as_str().unwrap()
}

/// Message and stack of the one exception.
fn told_of(invocation: &Value) -> (&str, &str) {
    let all = invocation["exceptions"].as_array().unwrap();
    assert_eq!(all.len(), 1, "{invocation}");
    (
        all[0]["message"].as_str().unwrap(),
        all[0]["stack"].as_str().unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_thrown_where_nobody_hears_is_told_with_its_place() {
    for date in DATES {
        let mut told = Told::start(date).await;
        assert_eq!(told.get("/log").await, "fine");
        assert!(told.get("/throw").await.contains("kaput"), "{date}");
        assert_eq!(told.get("/later").await, "fine");
        // The first thing that is told: neither of the two before is.
        let later = told.next().await;
        assert_eq!(thrown(&later), "later", "{date}: {later}");
        assert_eq!(later["event"]["request"]["url"], "http://localhost/later");
        assert_eq!(told.get("/object").await, "caught");
        let object = told.next().await;
        assert_eq!(thrown(&object), "object fetch", "{date}: {object}");
        assert_eq!(
            (
                &object["executionModel"],
                &object["entrypoint"],
                &object["outcome"]
            ),
            (&json!("durableObject"), &json!("Thing"), &json!("exception"))
        );
        assert_eq!(told.get("/method").await, "m");
        let method = told.next().await;
        assert_eq!(thrown(&method), "object later", "{date}: {method}");
        assert_eq!(method["event"]["rpcMethod"], "method");
        assert_eq!(told.get("/alarm").await, "a");
        let alarm = told.next().await;
        assert_eq!(thrown(&alarm), "alarm", "{date}: {alarm}");
        assert!(alarm["event"]["scheduledTime"].is_string(), "{alarm}");
        told.worker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_invocation_is_told_while_somebody_wants_them() {
    for date in DATES {
        let mut told = Told::start(date).await;
        told.want_all().await;
        told.get("/log").await;
        let log = told.next().await;
        assert_eq!(
            log["event"]["request"]["url"], "http://localhost/log",
            "{date}: {log}"
        );
        assert_eq!(log["event"]["response"]["status"], 200);
        assert_eq!(log["entrypoint"], "__StepwellFront");
        assert_eq!(log["logs"][0]["message"], json!(["hello", {"n": 1}, "\u{fffd}"]));
        assert_eq!(log["logs"][1]["level"], "error");
        told.get("/throw").await;
        let kaput = told.next().await;
        let (message, stack) = told_of(&kaput);
        assert_eq!(message, "kaput\nin two lines", "{date}: {kaput}");
        assert!(
            stack.starts_with("stepwell-told:Odd\n    at Object.fetch (index.js:"),
            "{date}: {kaput}"
        );
        told.get("/text").await;
        let text = told.next().await;
        assert_eq!(
            told_of(&text),
            ("a text", "stepwell-told:Error"),
            "{date}: {text}"
        );
        let outcome = told.worker.scheduled("x", 5).await.unwrap();
        assert!(outcome.error.is_some(), "{outcome:?}");
        let scheduled = told.next().await;
        assert!(
            told_of(&scheduled).1.starts_with("stepwell-told:Odd\n"),
            "{date}: {scheduled}"
        );
        assert_eq!(scheduled["entrypoint"], "__StepwellEvents");
        // A process that replaces one which died is told what is wanted, too.
        let old = told.worker.host_process_id().await.unwrap();
        let pid = rustix::process::Pid::from_raw(old.cast_signed()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        for _ in 0..500 {
            if told.worker.host_process_id().await != Some(old) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        told.want_all().await;
        told.interest.send_replace(Interest::default());
        for _ in 0..500 {
            told.get("/log").await;
            told.get("/later").await;
            let next = told.next().await;
            if next["event"]["request"]["url"] == "http://localhost/later" {
                told.worker.stop().await;
                break;
            }
            told.next().await;
        }
    }
}
