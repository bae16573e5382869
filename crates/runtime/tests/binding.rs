//! `env.MY_WORKFLOW` on the real workerd against a remembered engine.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes

mod common;

use common::operations::Recorder;
use common::{DATES, fetch_socket, get, script, workflow};
use serde_json::{Value, json};
use std::sync::Arc;

const CODE: &str = r"
import { WorkflowEntrypoint } from 'cloudflare:workers';
export class Flow extends WorkflowEntrypoint { async run() {} }
const show = (e) => ({ name: e.name, message: e.message, error: e instanceof Error });
async function tried(f) { try { return (await f()) ?? null; } catch (e) { return show(e); } }
export default {
  async fetch(request, env) {
    const flow = env.FLOW;
    const path = new URL(request.url).pathname;
    if (path === '/batch') {
      const began = Date.now();
      const made = await flow.createBatch(Array.from({ length: 100 }, (_, i) => ({ id: 'i' + i, params: { i } })));
      return Response.json({ n: made.length, first: made[0].id, ms: Date.now() - began });
    }
    const handle = await flow.get('here');
    return Response.json({
      created: await tried(async () => (await flow.create({ id: 'a', params: { when: new Date(5), n: 1n } })).id),
      plain: await tried(async () => (await flow.create()).id),
      undefinedId: await tried(async () => (await flow.create({ id: undefined, params: null })).id),
      badId: await tried(() => flow.create({ id: 5 })),
      taken: await tried(() => flow.create({ id: 'taken' })),
      big: await tried(() => flow.create({ id: 'big', params: 'x'.repeat(1024 * 1024 + 1) })),
      fits: await tried(async () => (await flow.create({ id: 'fits', params: 'x'.repeat(1024 * 1024) })).id),
      fn: await tried(() => flow.create({ id: 'fn', params: { f() {} } })),
      missing: await tried(() => flow.get('missing')),
      done: await tried(async () => (await flow.get('done')).status()),
      failed: await tried(async () => (await flow.get('failed')).status()),
      waiting: await tried(() => handle.status()),
      gone: await tried(async () => (await flow.get('gone')).status()),
      pause: await tried(() => handle.pause()),
      resume: await tried(() => handle.resume()),
      terminate: await tried(() => handle.terminate()),
      restart: await tried(() => handle.restart()),
      from: await tried(() => handle.restart({ from: { name: 's', type: 'sleep', count: 2 } })),
      badFrom: await tried(() => handle.restart({ from: { name: 's', count: 0 } })),
      event: await tried(() => handle.sendEvent({ type: 'ok', payload: { a: 1 } })),
      none: await tried(() => flow.createBatch([])),
      many: await tried(() => flow.createBatch(Array(101).fill({}))),
      object: await tried(() => flow.createBatch({ count: 2 })),
      remove: await tried(() => handle.delete()),
      removeBatch: await tried(() => flow.deleteBatch(['a', 'gone', 'a'])),
      removeNothing: await tried(() => flow.deleteBatch()),
      subscribe: await tried(() => handle.subscribe()),
    });
  },
};
";

fn error(name: &str, message: &str) -> Value {
    json!({ "name": name, "message": message, "error": true })
}

/// At old dates the runtime folds the name of an error that crossed RPC into its message.
fn folded(name: &str, message: &str, date: &str) -> Value {
    if date < "2025" && name != "Error" {
        error("Error", &format!("{name}: {message}"))
    } else {
        error(name, message)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_of_the_binding() {
    for date in DATES {
        let data = tempfile::tempdir().unwrap();
        let mut script = script(CODE, date, data.path());
        script.workflows.push(workflow("FLOW", "my-flow", "Flow"));
        let recorder = Arc::new(Recorder::default());
        let (worker, endpoint) = common::start_with(script, recorder.clone()).await;
        let answer: Value = serde_json::from_str(&get(&fetch_socket(&worker), "/").await).unwrap();
        let error = |name: &str, message: &str| folded(name, message, date);
        let expected = json!({
            "created": "a",
            "plain": "made-up",
            "undefinedId": "made-up",
            "badId": error("WorkflowError", "Workflow instance has invalid id"),
            "taken": error(
                "WorkflowError",
                "(instance.already_exists) Workflow instance with id \"taken\" already exists"
            ),
            "big": error(
                "WorkflowError",
                "The params of the instance are too large: 1048577 bytes. Maximum allowed size is 1MiB."
            ),
            "fits": "fits",
            "missing": error("Error", "instance.not_found"),
            "done": { "status": "complete", "output": { "a": [1, null] } },
            "failed": {
                "status": "errored", "output": null, "error": { "name": "TypeError", "message": "no" }
            },
            "waiting": { "status": "waiting", "output": null },
            "gone": error("WorkflowError", "(instance.not_found) Instance does not exist"),
            "pause": null,
            "resume": null,
            "terminate": error(
                "WorkflowError",
                "(instance.cannot_terminate) Cannot terminate instance since its on a finite state"
            ),
            "restart": null,
            "from": null,
            "badFrom": error(
                "WorkflowError",
                "restart: \"from\" must be {name: string, count?: positive integer, type?: \"do\" | \"sleep\" | \
                 \"waitForEvent\"}"
            ),
            "event": null,
            "none": error("Error", "WorkflowError: batchCreate should have at least 1 instance"),
            "many": error("Error", "WorkflowError: batchCreate only supports 100 instances at a time"),
            "object": error("Error", "createBatch with an object is not supported by this version of Stepwell yet"),
            "remove": null,
            "removeBatch": {
                "deleted": [{ "id": "a" }, { "id": "a" }],
                "errors": [{ "id": "gone", "code": 10400, "message": "workflows.api.error.instance.not_found" }],
            },
            "removeNothing": error("WorkflowError", "(body) Provided argument is invalid"),
            "subscribe": error("Error", "subscribe() is not supported by this version of Stepwell yet"),
        });
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(answer[key], *value, "{key} at {date}");
        }
        assert!(answer["fn"]["error"] == true, "{}", answer["fn"]);
        println!("params with a function: {}", answer["fn"]);
        {
            let created = recorder.created.lock();
            let (name, first) = &created[0];
            assert_eq!(name, "my-flow");
            let shown = first.params.as_ref().map(|params| params.to_json().unwrap());
            println!("params of a: {shown:?}");
            assert!(created[1].1.params.is_none(), "no params are none");
        }
        let asked = recorder.asked.lock().clone();
        assert_eq!(
            asked,
            [
                "pause my-flow here",
                "resume my-flow here",
                "restart here None",
                "restart here Some((Sleep, \"s-2\"))",
                "event here ok {\"a\":1}",
                "delete here",
                "deleteBatch a gone a",
            ]
        );
        let began = std::time::Instant::now();
        let batch: Value = serde_json::from_str(&get(&fetch_socket(&worker), "/batch").await).unwrap();
        println!("a batch of 100 took {:?}", began.elapsed());
        assert_eq!((&batch["n"], &batch["first"]), (&json!(100), &json!("i0")));
        assert_eq!(recorder.asked.lock().last().unwrap(), "createBatch my-flow 100");
        worker.stop().await;
        endpoint.abort();
    }
}
