//! Twenty new versions under load: nothing is lost, nothing happens twice, nobody is restarted, nothing old stays.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes
#![allow(clippy::similar_names)] // caller and callee are the words

mod common;

use common::deployed::{ask, deploy, deployed, front, processes};
use common::runs::{Events, start_on};
use common::{DATES, eventually, get, object, script, settings, workflow};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use stepwell_runtime::{HostState, Script, ServiceBinding, Version};
use tokio::sync::watch;

const VERSIONS: u32 = 21;

/// Waits until `count` has grown by so much.
async fn grows(count: &AtomicUsize, by: usize) {
    let wanted = count.load(Ordering::Relaxed) + by;
    let growing = async {
        while count.load(Ordering::Relaxed) < wanted {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), growing)
        .await
        .unwrap();
}

const COUNTER: &str = r"
import { DurableObject, WorkflowEntrypoint } from 'cloudflare:workers';
export class Counter extends DurableObject {
  // In two parts, so that two processes with one object would be noticed.
  async next() {
    const n = ((await this.ctx.storage.get('n')) ?? 0) + 1;
    await scheduler.wait(1);
    await this.ctx.storage.put('n', n);
    return n;
  }
  async locked() { return await this.ctx.blockConcurrencyWhile(() => this.next()); }
  async wake(after) { await this.ctx.storage.setAlarm(Date.now() + after); return true; }
  async alarm() { await this.ctx.storage.put('fired', ((await this.ctx.storage.get('fired')) ?? 0) + 1); }
  async fired() { return (await this.ctx.storage.get('fired')) ?? 0; }
}
const counter = (env, name) => env.COUNTER.getByName(name);
export class Flow extends WorkflowEntrypoint {
  async run() { const seen = []; for (let i = 0; i < 40; i++) { seen.push(await counter(this.env, 'a').locked()); await scheduler.wait(50); } return seen; }
}
export default { async fetch(request, env) {
  const { pathname, searchParams } = new URL(request.url);
  try {
    if (pathname === '/next') return Response.json(await counter(env, 'a').locked());
    const clock = counter(env, 'alarm ' + searchParams.get('n'));
    return Response.json(pathname === '/wake' ? await clock.wake(Math.random() * 400) : await clock.fired());
  } catch (e) { return new Response('failed: ' + e.stack); }
} };
";

fn counting(version: u32, data: &Path) -> Script {
    let mut script = script(&format!("// {version}\n{COUNTER}"), DATES[1], data);
    script.version = version;
    script.objects.push(object("COUNTER", "Counter"));
    script.workflows.push(workflow("FLOW", "flow", "Flow"));
    script
}

/// Counts again and again, at the front of whichever version is live.
async fn keep_counting(
    live: watch::Receiver<Arc<Version>>,
    stop: Arc<AtomicBool>,
    count: Arc<AtomicUsize>,
    seen: Arc<Mutex<Vec<u64>>>,
) {
    while !stop.load(Ordering::Relaxed) {
        let state = live.borrow().front().state().borrow().clone();
        let HostState::Serving(socket) = state else {
            // Not live any more: the next one is about to be.
            tokio::time::sleep(Duration::from_millis(1)).await;
            continue;
        };
        let answer = get(&socket, "/next").await;
        let n = answer.parse().unwrap_or_else(|_| panic!("{answer}"));
        seen.lock().push(n);
        count.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_counter_neither_loses_nor_repeats_a_value_and_no_alarm_is_lost() {
    let data = tempfile::tempdir().unwrap();
    let settings = settings();
    let deployed = deployed(&settings, "counter", data.path());
    let first = deployed.version(counting(1, data.path()));
    deploy(&deployed, &first).await;
    let (live, watching) = watch::channel(first.clone());
    let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let counting_on: Vec<_> = (0..4)
        .map(|_| {
            tokio::spawn(keep_counting(
                watching.clone(),
                stop.clone(),
                count.clone(),
                seen.clone(),
            ))
        })
        .collect();
    // A run of the first version, which goes on while others are live.
    let events = Arc::new(Events::default());
    let run = start_on(&*first, "Flow", false, &events);
    let began = Instant::now();
    for number in 2..=VERSIONS {
        grows(&count, 5).await;
        assert_eq!(
            ask(&live.borrow().clone(), &format!("/wake?n={number}")).await,
            true
        );
        let version = deployed.version(counting(number, data.path()));
        version.front().start().await.unwrap();
        // As the ingress: first the way of new requests, then what they led to until now.
        live.send_replace(version.clone());
        deploy(&deployed, &version).await;
    }
    grows(&count, 5).await;
    stop.store(true, Ordering::Relaxed);
    for task in counting_on {
        task.await.unwrap();
    }
    println!("20 versions in {:?}, {count:?} calls", began.elapsed());
    let in_run = events.returned(&run).await.to_json().unwrap();
    let mut all = std::mem::take(&mut *seen.lock());
    all.extend(in_run.as_array().unwrap().iter().filter_map(Value::as_u64));
    all.sort_unstable();
    let expected: Vec<u64> = (1..=all.len() as u64).collect();
    assert_eq!(all, expected);
    let last = live.borrow().clone();
    for number in 2..=VERSIONS {
        let mut fired = Value::Null;
        for _ in 0..500 {
            fired = ask(&last, &format!("/fired?n={number}")).await;
            if fired != 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(fired, 1, "the alarm of version {number}");
    }
    // What is left: the last front, the object host, the fleet of the run.
    eventually("old processes have ended", || processes(&settings).len() <= 3).await;
    deployed.stop().await;
    assert_eq!(processes(&settings), [0; 0]);
}

const CALLER: &str = r"
let n = 0;
export default { async fetch(request, env) {
  const { pathname } = new URL(request.url);
  try {
    if (pathname === '/fetch') return new Response(await (await env.B.fetch('http://b/' + n++)).text());
    if (pathname === '/rpc') return new Response('v' + await env.NAMED.version(n++));
    if (pathname === '/object') return new Response('v' + await env.ROOM.getByName('a').version());
    const stub = await env.NAMED.session();
    return new Response('v' + await stub.version(n++));
  } catch (e) { return new Response('failed ' + pathname + ': ' + e.stack); }
} };
";

fn called(version: u32, data: &Path) -> Script {
    let code = format!(
        "import {{ DurableObject, WorkerEntrypoint, RpcTarget }} from 'cloudflare:workers';\n\
         const V = {version}; const pause = () => scheduler.wait(Math.random() * 20);\n\
         class Session extends RpcTarget {{ async version() {{ await pause(); return V; }} }}\n\
         export class Room extends DurableObject {{ async version() {{ await pause(); return V; }} }}\n\
         export class Named extends WorkerEntrypoint {{ \n\
           async version() {{ await pause(); return V; }} async session() {{ await pause(); return new Session(); }} }}\n\
         export default {{ async fetch() {{ await pause(); return new Response('v' + V); }} }};"
    );
    let mut script = script(&code, DATES[1], data);
    script.version = version;
    script.objects.push(object("ROOM", "Room"));
    script
}

fn calling(data: &Path) -> Script {
    let mut script = script(CALLER, DATES[1], data);
    let service = |binding: &str, entrypoint: Option<&str>| ServiceBinding {
        binding: binding.into(),
        worker: "acme/callee".into(),
        entrypoint: entrypoint.map(String::from),
        props: Some(json!({"by": "caller"})),
    };
    script.services = vec![service("B", None), service("NAMED", Some("Named"))];
    let mut room = object("ROOM", "Room");
    room.worker = Some("acme/callee".into());
    script.objects.push(room);
    script
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_go_on_while_the_callee_is_redeployed() {
    let data = tempfile::tempdir().unwrap();
    let settings = settings();
    let callee = deployed(&settings, "callee", data.path());
    let caller = deployed(&settings, "caller", data.path());
    // The caller first: what it asks waits for the callee.
    let version = caller.version(calling(data.path()));
    deploy(&caller, &version).await;
    let socket = front(&version).await;
    let process = version.front().process_id().await.unwrap();
    let mut held = callee.version(called(1, data.path()));
    deploy(&callee, &held).await;
    let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let asking: Vec<_> = ["/fetch", "/rpc", "/session", "/object"]
        .iter()
        .cycle()
        .take(8)
        .map(|path| {
            let (socket, stop, count) = (socket.clone(), stop.clone(), count.clone());
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let answer = get(&socket, path).await;
                    assert!(answer.starts_with('v'), "{answer}");
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let began = Instant::now();
    for number in 2..=VERSIONS {
        grows(&count, 8).await;
        held = callee.version(called(number, data.path()));
        deploy(&callee, &held).await;
    }
    grows(&count, 8).await;
    stop.store(true, Ordering::Relaxed);
    for task in asking {
        task.await.unwrap();
    }
    println!("20 versions in {:?}, {count:?} calls", began.elapsed());
    for path in ["/fetch", "/rpc", "/session", "/object"] {
        assert_eq!(get(&socket, path).await, format!("v{VERSIONS}"), "{path}");
    }
    assert_eq!(
        version.front().process_id().await,
        Some(process),
        "the caller's process is the same"
    );
    // The caller's front, the callee's last front and its object host.
    eventually("old processes have ended", || processes(&settings).len() == 3).await;
    caller.stop().await;
    callee.stop().await;
    drop(held);
    assert_eq!(processes(&settings), [0; 0]);
}
