//! Deployed Workers: several versions at once, fronts and run processes that come when they are needed, one process for the
//! objects.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes
#![allow(clippy::similar_names)] // caller and callee are the words

mod common;

use common::deployed::{all, ask, deploy, deployed, front, kill, processes};
use common::runs::{Events, start_on};
use common::{DATES, eventually, get, lives, object, script, settings, workflow};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use stepwell_engine::runtime::LostCause;
use stepwell_runtime::{FileOperation, HostState, Live, Script, ServiceBinding, Share};

const CODE: &str = r"
import { DurableObject, WorkerEntrypoint, WorkflowEntrypoint } from 'cloudflare:workers';
export class Counter extends DurableObject {
  async add(n) { const sum = ((await this.ctx.storage.get('n')) ?? 0) + n; await this.ctx.storage.put('n', sum); return [VERSION, sum]; }
  fetch(request) { return new Response(VERSION + ' ' + new URL(request.url).pathname + ' ' + this.ctx.id.name); }
}
export class Own extends WorkerEntrypoint { hello() { return VERSION; } add() { return this.ctx.exports.Counter.getByName('a').add(1); } }
const counter = (env) => env.COUNTER.get(env.COUNTER.idFromName('a'));
async function probe(env, exports) {
  return {
    version: VERSION, rpc: await counter(env).add(1), fetch: await (await counter(env).fetch('http://x/p')).text(),
    exported: exports?.Counter?.idFromName ? await exports.Counter.get(exports.Counter.idFromName('a')).add(1) : null,
    env: Object.keys(env),
  };
}
export class Flow extends WorkflowEntrypoint { run() { return probe(this.env, this.ctx.exports); } }
export default {
  async fetch(request, env, ctx) { try { return Response.json(await probe(env, ctx.exports)); } catch (e) { return new Response(e.stack); } },
  scheduled() {},
};
";

fn versioned(version: u32, date: &str, data: &Path) -> Script {
    let mut script = script(&format!("const VERSION = 'v{version}';{CODE}"), date, data);
    script.version = version;
    script.objects.push(object("COUNTER", "Counter"));
    script.workflows.push(workflow("FLOW", "flow", "Flow"));
    script
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_run_side_by_side_and_share_the_objects() {
    for date in DATES {
        let data = tempfile::tempdir().unwrap();
        let settings = settings();
        let deployed = deployed(&settings, "counter", data.path());
        let one = deployed.version(versioned(1, date, data.path()));
        assert!(one.fleet().await.is_none() && one.front().process_id().await.is_none());
        assert!(one.front().start().await.unwrap().has_fetch());
        deployed.set_live(all(&one), Vec::new()).await.unwrap();
        let first = ask(&one, "/").await;
        // At the old date there is no `ctx.exports`.
        let exported = if date == DATES[0] {
            Value::Null
        } else {
            json!(["v1", 2])
        };
        assert_eq!(
            first,
            json!({"version": "v1", "rpc": ["v1", 1], "fetch": "v1 /p a", "exported": exported, "env": ["FLOW", "COUNTER"]})
        );
        let two = deployed.version(versioned(2, date, data.path()));
        two.front().start().await.unwrap();
        deployed.set_live(all(&two), Vec::new()).await.unwrap();
        let events = Arc::new(Events::default());
        for (version, name) in [(&one, "v1"), (&two, "v2")] {
            let run = start_on(&**version, "Flow", false, &events);
            let output = events.returned(&run).await.to_json().unwrap();
            assert_eq!(output["version"], name);
            assert_eq!(output["rpc"][0], "v2", "{output}");
            assert_eq!(output["fetch"], "v2 /p a", "{output}");
        }
        assert_eq!(ask(&two, "/").await["fetch"], "v2 /p a");
        deployed.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_runs_before_it_is_needed_and_nothing_stays() {
    let data = tempfile::tempdir().unwrap();
    let mut settings = settings();
    settings.fleet_idle = Duration::from_millis(300);
    let deployed = deployed(&settings, "counter", data.path());
    let one = deployed.version(versioned(1, DATES[1], data.path()));
    let again = deployed.version(versioned(1, DATES[1], data.path()));
    assert!(Arc::ptr_eq(&one, &again) && Arc::ptr_eq(&one, &deployed.registered(1).unwrap()));
    assert!(deployed.registered(2).is_none());
    deployed
        .set_live(
            Live {
                objects: None,
                ..all(&one)
            },
            Vec::new(),
        )
        .await
        .unwrap();
    assert_eq!(processes(&settings), [0; 0]);
    assert_eq!(
        *one.front().state().borrow(),
        HostState::Absent {
            why: "it is not running".into()
        }
    );
    // Many at once start one fleet.
    let mut quick = versioned(2, DATES[1], data.path());
    quick.code = "import { WorkflowEntrypoint } from 'cloudflare:workers';\
        export class Flow extends WorkflowEntrypoint { run() { return 'quick'; } }"
        .into();
    quick.objects.clear();
    let two = deployed.version(quick);
    let events = Arc::new(Events::default());
    let runs: Vec<_> = (0..8).map(|_| start_on(&*two, "Flow", false, &events)).collect();
    for run in &runs {
        assert_eq!(events.returned(run).await.to_json().unwrap(), "quick");
    }
    assert_eq!(processes(&settings), two.fleet().await.unwrap().process_ids());
    eventually("the fleet has ended", || processes(&settings).is_empty()).await;
    let run = start_on(&*two, "Flow", false, &events);
    assert_eq!(
        events.returned(&run).await.to_json().unwrap(),
        "quick",
        "it comes again"
    );
    deployed.stop().await;
    assert_eq!(processes(&settings), [0; 0]);
    let late = start_on(&*two, "Flow", false, &events);
    assert_eq!(events.lost(&late).await, LostCause::Released);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_cannot_start_says_why() {
    let data = tempfile::tempdir().unwrap();
    let settings = settings();
    let deployed = deployed(&settings, "counter", data.path());
    let mut broken = versioned(1, DATES[1], data.path());
    broken.code = "throw new Error('broken')".into();
    let broken = deployed.version(broken);
    let events = Arc::new(Events::default());
    let runs: Vec<_> = (0..4)
        .map(|_| start_on(&*broken, "Flow", false, &events))
        .collect();
    for run in &runs {
        let LostCause::CouldNotStart { reason } = events.lost(run).await else {
            panic!()
        };
        assert!(reason.contains("Error: broken"), "{reason}");
    }
    assert!(
        broken
            .front()
            .start()
            .await
            .unwrap_err()
            .to_string()
            .contains("Error: broken")
    );
    let mut other = versioned(2, DATES[1], data.path());
    other.code = "export default { fetch() {} }".into();
    let other = deployed.version(other);
    let error = other.front().start().await.unwrap_err().to_string();
    assert!(
        error.contains("\"Counter\": the Worker's main module has no export"),
        "{error}"
    );
    assert!(matches!(&*other.front().state().borrow(), HostState::Absent { why } if **why == *error));
    assert_eq!(processes(&settings), [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_of_an_old_version_reach_objects_whose_class_has_another_name_now() {
    let data = tempfile::tempdir().unwrap();
    let settings = settings();
    let deployed = deployed(&settings, "counter", data.path());
    let renamed = |version: u32, code: &str| {
        let mut script = versioned(version, DATES[1], data.path());
        script.code = script.code.replace("class Counter", code).into();
        script.objects[0].class_name = "Tally".into();
        script
    };
    // As a server that was restarted after the class got its new name knows the old version.
    let one = deployed.version(renamed(1, "class Counter"));
    let two = deployed.version(renamed(2, "class Tally"));
    deploy(&deployed, &two).await;
    let events = Arc::new(Events::default());
    let run = start_on(&*one, "Flow", false, &events);
    let output = events.returned(&run).await.to_json().unwrap();
    assert_eq!(output["rpc"], json!(["v2", 1]), "{output}");
    deployed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_that_are_no_longer_the_workers_are_not_made_anew() {
    let data = tempfile::tempdir().unwrap();
    let settings = settings();
    let deployed = deployed(&settings, "counter", data.path());
    let code = "import { DurableObject } from 'cloudflare:workers';\
        class Base extends DurableObject {\
          async add() { const n = ((await this.ctx.storage.get('n')) ?? 0) + 1; await this.ctx.storage.put('n', n); return n; }\
          async other() { try { return await this.env.GONE.getByName('a').add(); } catch (e) { return e.message; } }\
        }\
        export class Kept extends Base {} export class Gone extends Base {}\
        export default { async fetch(request, env) {\
          try { const { pathname } = new URL(request.url);\
            const seen = pathname === '/kept' ? await env.KEPT.getByName('a').add()\
              : pathname === '/gone' ? await env.GONE.getByName('a').add() : await env.KEPT.getByName('a').other();\
            return Response.json(seen);\
          } catch (e) { return Response.json(e.message); } } };";
    let mut script = script(code, DATES[1], data.path());
    script.objects = vec![object("KEPT", "Kept"), object("GONE", "Gone")];
    let version = deployed.version(script);
    let mut live = all(&version);
    live.objects.as_mut().unwrap().classes.truncate(1);
    deployed.set_live(live, Vec::new()).await.unwrap();
    assert_eq!(ask(&version, "/kept").await, 1);
    let text = "The Worker has no Durable Object class \"Gone\"";
    assert_eq!(ask(&version, "/gone").await, text);
    let text = "Worker \"that has the objects of Gone\" not found: deploy it, and then again what calls it.";
    assert_eq!(ask(&version, "/other").await, text);
    let directory = data.path().join("counter").join("objects");
    assert!(directory.join("test-Kept").exists() && !directory.join("test-Gone").exists());
    deployed.stop().await;
}

const ROOM: &str = r"
import { DurableObject } from 'cloudflare:workers';
class Base extends DurableObject {
  async add(n) { const sum = ((await this.ctx.storage.get('n')) ?? 0) + n; await this.ctx.storage.put('n', sum); return sum; }
  async wake(after) { await this.ctx.storage.setAlarm(Date.now() + after); return 'set'; }
  async alarm() { await this.add(1000); }
  async slow() { await this.add(1); await scheduler.wait(60_000); return 'slow'; }
  fetch() { const { 0: client, 1: server } = new WebSocketPair(); this.ctx.acceptWebSocket(server); server.send('hi'); return new Response(null, { status: 101, webSocket: client }); }
}
export class CLASS extends Base {}
const told = async (f) => { try { return await f(); } catch (e) { return { name: e.name, message: e.message, retryable: e.retryable ?? null }; } };
export default { async fetch(request, env) {
  const { pathname, searchParams } = new URL(request.url);
  const room = env.ROOM.getByName('a');
  if (request.headers.has('upgrade')) return room.fetch(request);
  return Response.json(await told(() => room[pathname.slice(1)](Number(searchParams.get('n')))));
} };
";

fn room(version: u32, class: &str, data: &Path) -> Script {
    let mut script = script(&ROOM.replace("CLASS", class), DATES[1], data);
    script.version = version;
    let mut binding = object("ROOM", class);
    binding.unique_key = "room-key".into();
    script.objects.push(binding);
    script
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_gets_another_name_and_its_objects_stay() {
    let data = tempfile::tempdir().unwrap();
    let settings = settings();
    let deployed = deployed(&settings, "room", data.path());
    let one = deployed.version(room(1, "Room", data.path()));
    deploy(&deployed, &one).await;
    assert_eq!(ask(&one, "/add?n=1").await, 1);
    assert_eq!(ask(&one, "/wake?n=500").await, "set");
    let two = deployed.version(room(2, "Hall", data.path()));
    deploy(&deployed, &two).await;
    // The alarm adds a thousand, whenever it comes. Processes of the old version find the objects by the key.
    let count = |seen: Value| seen.as_u64().unwrap() % 1000;
    assert_eq!(count(ask(&two, "/add?n=1").await), 2);
    one.front().start().await.unwrap();
    assert_eq!(count(ask(&one, "/add?n=1").await), 3);
    one.front().retire().await;
    let mut seen = Value::Null;
    for _ in 0..500 {
        seen = ask(&two, "/add?n=0").await;
        if seen == 1003 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(seen, 1003, "the alarm went along");

    // To another Worker, with its data.
    let other = common::deployed::deployed(&settings, "other", data.path());
    let three = other.version(room(1, "Salon", data.path()));
    let path = |worker: &str| data.path().join(worker).join("objects").join("room-key");
    let gone = Live {
        objects: None,
        ..all(&two)
    };
    let moved = FileOperation::Move {
        from: path("room"),
        to: path("other"),
    };
    deployed.set_live(gone, vec![moved.clone(), moved]).await.unwrap();
    assert_eq!(deployed.object_process_id().await, None);
    deploy(&other, &three).await;
    assert_eq!(ask(&three, "/add?n=1").await, 1004);
    assert_eq!(ask(&three, "/wake?n=100000").await, "set");

    // Deleted, and made anew.
    let operations = vec![FileOperation::Remove(path("other"))];
    other.set_live(all(&three), operations).await.unwrap();
    assert_eq!(ask(&three, "/add?n=1").await, 1);
    let entries: Vec<_> = std::fs::read_dir(data.path().join("other").join("objects"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(entries.iter().any(|name| name == "room-key"), "{entries:?}");
    deployed.stop().await;
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cut_off_can_be_tried_again() {
    use futures_util::StreamExt;
    let data = tempfile::tempdir().unwrap();
    let mut settings = settings();
    settings.stop_grace = Duration::from_millis(300);
    let deployed = deployed(&settings, "room", data.path());
    let one = deployed.version(room(1, "Room", data.path()));
    deploy(&deployed, &one).await;
    let socket = front(&one).await;
    let stream = tokio::net::UnixStream::connect(&*socket).await.unwrap();
    let (mut chat, _) = tokio_tungstenite::client_async("ws://x/", stream).await.unwrap();
    assert_eq!(chat.next().await.unwrap().unwrap().to_text().unwrap(), "hi");
    let slow = tokio::spawn(async move { get(&socket, "/slow").await });
    for _ in 0..500 {
        if ask(&one, "/add?n=0").await == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let host = deployed.object_process_id().await.unwrap();
    let two = deployed.version(room(2, "Room", data.path()));
    deploy(&deployed, &two).await;
    assert!(!lives(host));
    let cut: Value = serde_json::from_str(&slow.await.unwrap()).unwrap();
    assert_eq!(cut["retryable"], true, "{cut}");
    let ended = tokio::time::timeout(Duration::from_secs(20), async {
        while let Some(Ok(message)) = chat.next().await {
            if message.is_close() {
                break;
            }
        }
    });
    ended.await.unwrap();
    assert_eq!(ask(&two, "/add?n=1").await, 2);
    deployed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_host_that_is_killed_comes_back() {
    let data = tempfile::tempdir().unwrap();
    let settings = settings();
    let deployed = deployed(&settings, "room", data.path());
    let one = deployed.version(room(1, "Room", data.path()));
    deploy(&deployed, &one).await;
    assert_eq!(ask(&one, "/add?n=1").await, 1);
    assert_eq!(ask(&one, "/wake?n=300").await, "set");
    let host = deployed.object_process_id().await.unwrap();
    kill(host);
    let mut seen = Value::Null;
    for _ in 0..500 {
        // A call that was on the way to the process that died may fail; it says that it can be tried again.
        seen = ask(&one, "/add?n=0").await;
        assert!(seen.is_number() || seen["retryable"] == true, "{seen}");
        if seen == 1001 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(seen, 1001, "the alarm has fired");
    assert!(!lives(host));
    assert_ne!(deployed.object_process_id().await.unwrap(), host);
    deployed.stop().await;
    assert_eq!(processes(&settings), [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_another_worker_wakes_the_version_with_the_greatest_share() {
    let data = tempfile::tempdir().unwrap();
    let settings = settings();
    let (callee, caller) = (
        deployed(&settings, "callee", data.path()),
        deployed(&settings, "caller", data.path()),
    );
    let versions: Vec<_> = [1, 2]
        .into_iter()
        .map(|number| {
            let code = format!("export default {{ fetch: () => Response.json('v{number}') }};");
            let mut script = script(&code, DATES[1], data.path());
            script.version = number;
            callee.version(script)
        })
        .collect();
    let shares = [(0, 30.0), (1, 70.0)].map(|(index, percent)| Share {
        version: versions[index].clone(),
        percent,
    });
    let live = Live {
        shares: shares.to_vec(),
        objects: None,
    };
    callee.set_live(live, Vec::new()).await.unwrap();
    let code = "export default { fetch: (request, env) => env.CALLEE.fetch(request) };";
    let mut script = script(code, DATES[1], data.path());
    script.services.push(ServiceBinding {
        binding: "CALLEE".into(),
        worker: "acme/callee".into(),
        entrypoint: None,
        props: None,
    });
    let calling = caller.version(script);
    deploy(&caller, &calling).await;
    assert_eq!(ask(&calling, "/").await, "v2");
    assert!(versions[0].front().process_id().await.is_none());
    assert_eq!(ask(&versions[0], "/").await, "v1", "the ingress reaches both");
    callee.stop().await;
    caller.stop().await;
    assert_eq!(processes(&settings), [0; 0]);
}
