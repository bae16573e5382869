//! Several Workers of one session, each in processes of its own: service bindings and each other's Durable Objects.
#![allow(clippy::similar_names)] // caller and callee are the words
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes

mod common;

use common::{DATES, fetch_socket, get, lives, object, script, settings, workflow};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use stepwell_runtime::{ObjectBinding, Script, ServiceBinding, Worker};

const CALLEE: &str = r"
import { WorkerEntrypoint, RpcTarget, DurableObject } from 'cloudflare:workers';
class Refused extends Error { constructor(m) { super(m); this.name = 'Refused'; this.code = 42; } }
class Session extends RpcTarget { #n = 0; next() { return ++this.#n; } }
export class Named extends WorkerEntrypoint {
  add(a, b) { return a + b; }
  values() { return { date: new Date(7), map: new Map([['a', 1n]]), bytes: new Uint8Array([1, 2]) }; }
  refuse() { throw new Refused('no'); }
  session() { return new Session(); }
  async call(f) { return (await f(20)) + 1; }
  stream() { return new Blob(['streamed']).stream(); }
  take() { return 'taken'; }
  who() { return this.ctx.props; }
  big() { return 'x'.repeat(1_000_000); }
  fetch() { return new Response('named'); }
}
export class Counter extends DurableObject {
  async add(n) { const sum = ((await this.ctx.storage.get('n')) ?? 0) + n; await this.ctx.storage.put('n', sum); return sum; }
  fetch(request) { return new Response('counter ' + new URL(request.url).pathname); }
}
export default {
  async fetch(request) {
    if (request.headers.get('upgrade') === 'websocket') {
      const { 0: client, 1: server } = new WebSocketPair();
      server.accept();
      server.addEventListener('message', (m) => server.send('echo ' + m.data));
      return new Response(null, { status: 101, webSocket: client });
    }
    return new Response(`${request.method} ${request.url} ${[...request.headers.keys()].filter((n) => n !== 'host')} ${JSON.stringify(request.cf)} ${await request.text()}`, { status: 201, headers: { 'x-b': 'c' } });
  },
};
";

const CALLER: &str = r"
import { WorkerEntrypoint, WorkflowEntrypoint } from 'cloudflare:workers';
const attempt = async (f) => { try { return await f(); } catch (e) { return [e.name, e.message, e.code ?? null]; } };
async function socket(service) {
  const { webSocket } = await service.fetch('http://b/', { headers: { upgrade: 'websocket' } });
  webSocket.accept();
  const answer = new Promise((resolve) => webSocket.addEventListener('message', (m) => resolve(m.data)));
  webSocket.send('hi');
  const text = await answer;
  webSocket.close();
  return text;
}
export async function probe(env) {
  const answer = await env.B.fetch('https://b.example/path?q', { method: 'POST', body: 'body', headers: { 'x-a': 'a' }, cf: { colo: 'X' } });
  const values = await env.NAMED.values();
  const session = await env.NAMED.session();
  return {
    fetch: [answer.status, answer.headers.get('x-b'), await answer.text()],
    named: await (await env.NAMED.fetch('http://b/')).text(),
    sum: await env.NAMED.add(1, 2), props: [await env.NAMED.who(), await env.OTHER.who()],
    values: [values.date.getTime(), String(values.map.get('a')), values.bytes.length],
    refused: await attempt(() => env.NAMED.refuse()),
    session: [await session.next(), await session.next(), await env.NAMED.session().next()],
    callback: await env.NAMED.call((n) => n * 2), stream: await new Response(await env.NAMED.stream()).text(),
    big: (await env.NAMED.big()).length,
    socket: await socket(env.B), own: await env.OWN.hello(),
    stubs: [await attempt(() => env.NAMED.take(env.B)), await attempt(() => env.NAMED.take(env.COUNTER.getByName('a'))),
      await attempt(() => env.NAMED.take(env.COUNTER))],
    missingMethod: (await attempt(() => env.NAMED.nothing()))[1],
    missingExport: [await attempt(() => env.MISSING.x()), await (await env.MISSING.fetch('http://b/')).text()],
    absent: [await attempt(() => env.ABSENT.x()), await env.ABSENT.fetch('http://b/').then(async (r) => [r.status, await r.text()])],
    object: await env.COUNTER.getByName('a').add(5),
    objectFetch: await (await env.COUNTER.getByName('a').fetch('http://b/p')).text(),
    absentObject: await attempt(() => env.GONE.getByName('a').add(1)),
    absentObjectFetch: (await env.GONE.getByName('a').fetch('http://b/')).status,
    noClass: (await attempt(() => env.NO_CLASS.getByName('a').add(1)))[1],
  };
}
export class Own extends WorkerEntrypoint { hello() { return 'hello ' + JSON.stringify(this.ctx.props); } }
export class Flow extends WorkflowEntrypoint { run() { return probe(this.env); } }
export default { async fetch(_, env) { try { return Response.json(await probe(env)); } catch (e) { return new Response(e.stack); } } };
";

fn service(binding: &str, worker: &str, entrypoint: Option<&str>, props: Option<Value>) -> ServiceBinding {
    ServiceBinding {
        binding: binding.into(),
        worker: worker.into(),
        entrypoint: entrypoint.map(String::from),
        props,
    }
}

/// An object of another Worker.
fn foreign(binding: &str, worker: &str, class: &str) -> ObjectBinding {
    ObjectBinding {
        worker: Some(worker.into()),
        ..object(binding, class)
    }
}

fn named(name: &str, code: &str, date: &str, data: &Path) -> Script {
    Script {
        name: name.into(),
        ..script(code, date, &data.join(name))
    }
}

fn callee(date: &str, data: &Path) -> Script {
    let mut callee = named("callee", CALLEE, date, data);
    callee.objects.push(object("COUNTER", "Counter"));
    callee
}

fn caller(date: &str, data: &Path) -> Script {
    let mut caller = named("caller", CALLER, date, data);
    caller.workflows.push(workflow("FLOW", "flow", "Flow"));
    caller.services = vec![
        service("B", "callee", None, None),
        service("NAMED", "callee", Some("Named"), None),
        service("OTHER", "callee", Some("Named"), Some(json!({"a": [1]}))),
        service("OWN", "caller", Some("Own"), Some(json!({"own": true}))),
        service("MISSING", "callee", Some("No \"such\""), None),
        service("ABSENT", "nobody", None, None),
    ];
    caller.objects = vec![
        foreign("COUNTER", "callee", "Counter"),
        foreign("GONE", "nobody", "Gone"),
        foreign("NO_CLASS", "callee", "NoClass"),
    ];
    caller
}

fn check(seen: &Value, place: &str) {
    const ABSENT: &str = "Worker \"nobody\" not found. Make sure it is running locally: start it in the same session, \
        with one -c for the configuration of each Worker.";
    const MISSING: &str = "The Worker \"callee\" has no export \"No \"such\"\"";
    let expected = json!({
        "fetch": [201, "c", "POST https://b.example/path?q content-length,content-type,x-a {\"colo\":\"X\"} body"],
        "named": "named", "sum": 3, "props": [{}, {"a": [1]}], "values": [7, "1", 2],
        "session": [1, 2, 1], "callback": 41, "stream": "streamed", "big": 1_000_000, "socket": "echo hi",
        "own": "hello {\"own\":true}", "missingMethod": "The RPC receiver does not implement the method \"nothing\".",
        "missingExport": [["Error", MISSING, null], MISSING],
        "absent": [["Error", ABSENT, null], [503, ABSENT]],
        "objectFetch": "counter /p", "absentObject": ["Error", ABSENT, null], "absentObjectFetch": 503,
        "noClass": "The Worker has no Durable Object class \"NoClass\"",
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&seen[key], value, "{key} in {place}");
    }
    let stubs: Vec<&str> = (0..3).map(|n| seen["stubs"][n][1].as_str().unwrap()).collect();
    assert_eq!(stubs[0], "ExternalService can't be passed over RPC.", "{place}");
    assert!(stubs[1].starts_with("internal error"), "{place}: {}", stubs[1]);
    assert!(
        stubs[2].starts_with("Could not serialize object"),
        "{place}: {}",
        stubs[2]
    );
    let refused = seen["refused"][1].as_str().unwrap();
    assert_eq!(refused.trim_start_matches("Refused: "), "no", "{place}");
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_call_each_other() {
    for date in DATES {
        for caller_first in [true, false] {
            let data = tempfile::tempdir().unwrap();
            let settings = settings();
            settings.network.expect("callee");
            let (callee, caller) = (callee(date, data.path()), caller(date, data.path()));
            let (callee, caller) = if caller_first {
                let caller = Worker::start(settings.clone(), caller).await.unwrap();
                (Worker::start(settings.clone(), callee).await.unwrap(), caller)
            } else {
                let callee = Worker::start(settings.clone(), callee).await.unwrap();
                (callee, Worker::start(settings.clone(), caller).await.unwrap())
            };
            let text = get(&fetch_socket(&caller), "/").await;
            let in_host: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
            check(&in_host, "host");
            let text = common::runs::output(&caller, "Flow").await;
            let in_run: Value = serde_json::from_str(&text).unwrap();
            check(&in_run, "run");
            assert_eq!((&in_host["object"], &in_run["object"]), (&json!(5), &json!(10)));
            caller.stop().await;
            callee.stop().await;
        }
    }
}

const BUSY: &str = r"
let n = 0;
export default { async fetch(request, env) {
  const { pathname } = new URL(request.url);
  try {
    if (pathname === '/fetch') return new Response(await (await env.B.fetch('http://b/' + n++)).text());
    if (pathname === '/rpc') return new Response('v' + await env.NAMED.version(n++));
    const stub = await env.NAMED.session();
    return new Response('v' + await stub.version(n++));
  } catch (e) { return new Response('failed ' + pathname + ': ' + e.stack); }
} };
";

fn version(version: u32, data: &Path) -> Script {
    let code = format!(
        "import {{ WorkerEntrypoint, RpcTarget }} from 'cloudflare:workers';\n\
         const V = {version}; const pause = () => scheduler.wait(Math.random() * 20);\n\
         class Session extends RpcTarget {{ async version() {{ await pause(); return V; }} }}\n\
         export class Named extends WorkerEntrypoint {{ \n\
           async version() {{ await pause(); return V; }} async session() {{ await pause(); return new Session(); }} }}\n\
         export default {{ async fetch() {{ await pause(); return new Response('v' + V); }} }};"
    );
    let mut script = named("callee", &code, DATES[1], data);
    script.version = version;
    script
}

/// Asks `path` of the caller again and again, and counts; fails at the first answer that is no version.
async fn keep_asking(
    socket: Arc<Path>,
    path: &'static str,
    stop: Arc<AtomicBool>,
    count: Arc<AtomicUsize>,
) -> Result<(), String> {
    while !stop.load(Ordering::Relaxed) {
        let answer = get(&socket, path).await;
        if !answer.starts_with('v') {
            return Err(answer);
        }
        count.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callee_is_reloaded_under_load_and_no_call_fails() {
    let data = tempfile::tempdir().unwrap();
    let settings = settings();
    let callee = Worker::start(settings.clone(), version(1, data.path()))
        .await
        .unwrap();
    let mut script = named("caller", BUSY, DATES[1], data.path());
    script.services = vec![
        service("B", "callee", None, None),
        service("NAMED", "callee", Some("Named"), None),
    ];
    let caller = Worker::start(settings, script).await.unwrap();
    let socket = fetch_socket(&caller);
    let (stop, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let asking: Vec<_> = ["/fetch", "/rpc", "/session"]
        .iter()
        .cycle()
        .take(12)
        .map(|path| tokio::spawn(keep_asking(socket.clone(), path, stop.clone(), count.clone())))
        .collect();
    let began = Instant::now();
    for number in 2..=21 {
        let old = callee.host_process_id().await.unwrap();
        let before = count.load(Ordering::Relaxed);
        callee
            .replace(version(number, data.path()), |_| {})
            .await
            .unwrap();
        assert!(!lives(old), "the old process has ended");
        let progress = async {
            while count.load(Ordering::Relaxed) < before + 12
                && !asking.iter().all(tokio::task::JoinHandle::is_finished)
            {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), progress)
            .await
            .unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    for task in asking {
        task.await.unwrap().unwrap();
    }
    println!("20 reloads in {:?}, {count:?} calls", began.elapsed());
    assert_eq!(get(&socket, "/rpc").await, "v21");
    assert_eq!(get(&socket, "/fetch").await, "v21");
    caller.stop().await;
    callee.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_waits_for_a_callee_that_comes_back_and_is_not_kept_alive_by_its_callers() {
    let data = tempfile::tempdir().unwrap();
    let settings = settings();
    let callee = Worker::start(settings.clone(), version(1, data.path()))
        .await
        .unwrap();
    let code = "import { RpcTarget } from 'cloudflare:workers'; let kept;\n\
        export default { async fetch(request, env) {\n\
          if (request.url.endsWith('/kept')) return new Response(String(kept !== undefined));\n\
          if (request.url.endsWith('/keep')) { kept = await env.NAMED.session(); await kept.version(); await scheduler.wait(60_000); }\n\
          return new Response('v' + await env.NAMED.version()); } };";
    let mut script = named("caller", code, DATES[1], data.path());
    script.services = vec![service("NAMED", "callee", Some("Named"), None)];
    let caller = Worker::start(settings, script).await.unwrap();
    let socket = fetch_socket(&caller);
    assert_eq!(get(&socket, "/").await, "v1");
    // It holds a stub that nobody gives back.
    let keeping = tokio::spawn({
        let socket = socket.clone();
        async move { get(&socket, "/keep").await }
    });
    while get(&socket, "/kept").await != "true" {
        tokio::task::yield_now().await;
    }
    let old = callee.host_process_id().await.unwrap();
    callee.replace(version(2, data.path()), |_| {}).await.unwrap();
    assert!(!lives(old));
    assert_eq!(get(&socket, "/").await, "v2", "a broken connection is made anew");
    // A crash: calls wait for the next process.
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(i32::try_from(callee.host_process_id().await.unwrap()).unwrap())
            .unwrap(),
        rustix::process::Signal::KILL,
    )
    .unwrap();
    while common::lives(callee.host_process_id().await.unwrap()) {
        tokio::task::yield_now().await;
    }
    let mut answer = String::new();
    for _ in 0..2 {
        // The connection that the crash broke may be the first one's.
        answer = get(&socket, "/").await;
        if answer == "v2" {
            break;
        }
    }
    assert_eq!(answer, "v2");
    keeping.abort();
    caller.stop().await;
    callee.stop().await;
}
