//! Durable Objects: one process has them, run processes reach them through its door.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes

mod common;

use common::{DATES, fetch_socket, get, object, script, settings, workflow};
use stepwell_runtime::{StartError, Worker};

/// The module's `fetch` runs in the host; `Probe.run` is what a run does.
const CODE: &str = r"
import { DurableObject, WorkflowEntrypoint } from 'cloudflare:workers';
class Refused extends Error { constructor(m) { super(m); this.name = 'Refused'; this.code = 42; } }
export class Counter extends DurableObject {
  async add(n) { const sum = ((await this.ctx.storage.get('n')) ?? 0) + n; await this.ctx.storage.put('n', sum); return sum; }
  refuse() { throw new Refused('no'); }
  who() { return this.ctx.id.name; }
  async fetch(request) {
    return new Response(`${request.method} ${new URL(request.url).pathname} ${await request.text()} ${[...request.headers.keys()]}`);
  }
}
export async function probe(env) {
  const counter = env.COUNTER.get(env.COUNTER.idFromName('a'));
  const out = { rpc: await counter.add(1), who: await counter.who() };
  try { await counter.refuse(); } catch (e) { out.error = [e.name, e.message, e.code ?? null]; }
  out.fetch = await (await counter.fetch('http://x/path', { method: 'POST', body: 'body', headers: { 'x-a': 'b' } })).text();
  const unique = env.COUNTER.newUniqueId();
  out.unique = [await env.COUNTER.get(unique).add(5), await env.COUNTER.get(env.COUNTER.idFromString(unique.toString())).add(5)];
  try { out.kv = await env.KV.get('x'); } catch (e) { out.kv = [e.name, e.message]; }
  return out;
}
export class Flow extends WorkflowEntrypoint { run() { return probe(this.env); } }
export default { async fetch(request, env) { return Response.json(await probe(env)); } };
";

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_one_object_from_host_and_runs() {
    for date in DATES {
        let data = tempfile::tempdir().unwrap();
        let mut script = script(CODE, date, data.path());
        script.objects.push(object("COUNTER", "Counter"));
        script.workflows.push(workflow("FLOW", "flow", "Flow"));
        script.placeholders.push(stepwell_runtime::Placeholder {
            binding: "KV".into(),
            config_key: "kv_namespaces".into(),
            why: None,
        });
        let worker = Worker::start(settings(), script).await.unwrap();
        let in_host: serde_json::Value =
            serde_json::from_str(&get(&fetch_socket(&worker), "/").await).unwrap();
        let text = common::runs::output(&worker, "Flow").await;
        let in_run: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&in_host["rpc"], &in_run["rpc"]),
            (&1.into(), &2.into()),
            "one object, {date}: {in_run}"
        );
        for (place, answer) in [("host", &in_host), ("run", &in_run)] {
            assert_eq!(answer["who"], "a", "{place}");
            assert_eq!(answer["unique"], serde_json::json!([5, 10]), "{place}");
            assert_eq!(
                answer["error"][1].as_str().unwrap().replace("Refused: ", ""),
                "no",
                "{place}"
            );
            assert_eq!(answer["kv"][0], "NonRetryableError", "{place}");
            assert!(
                answer["kv"][1]
                    .as_str()
                    .unwrap()
                    .contains("\"KV\" (kv_namespaces in the Wrangler"),
                "{place}"
            );
        }
        assert_eq!(
            in_host["error"], in_run["error"],
            "errors cross the door as they are"
        );
        assert_eq!(
            in_host["fetch"], in_run["fetch"],
            "fetch crosses the door as it is"
        );
        worker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_of_objects_has_one_owner() {
    let data = tempfile::tempdir().unwrap();
    let mut script = script(CODE, DATES[1], data.path());
    script.objects.push(object("COUNTER", "Counter"));
    let first = Worker::start(settings(), script.clone()).await.unwrap();
    get(&fetch_socket(&first), "/").await;
    let refused = Worker::start(settings(), script.clone()).await.unwrap_err();
    assert!(matches!(refused, StartError::ObjectsInUse { .. }), "{refused}");
    first.stop().await;
    let second = Worker::start(settings(), script).await.unwrap();
    let answer = get(&fetch_socket(&second), "/").await;
    assert!(
        answer.starts_with("{\"rpc\":2,"),
        "what the first stored is there: {answer}"
    );
    second.stop().await;
}
