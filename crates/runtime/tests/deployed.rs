//! Deployed Workers: several versions at once, fronts and run processes that come when they are needed, one process for the
//! objects.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes

mod common;

use common::runs::{Events, start_on};
use common::{DATES, get, object, script, settings, workflow};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use stepwell_runtime::{Deployed, HostState, Live, LiveObjects, Script, Settings, Share, Version};

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
    exported: exports ? await exports.Counter.get(exports.Counter.idFromName('a')).add(1) : null,
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

fn deployed(settings: &Settings, data: &Path) -> Deployed {
    Deployed::new(Arc::new(settings.clone()), "acme/counter", &data.join("objects"))
}

/// All of what is new to this version, objects too.
fn all(version: &Arc<Version>) -> Live {
    let classes = version.script().objects.iter();
    Live {
        shares: vec![Share {
            version: version.clone(),
            percent: 100.0,
        }],
        objects: Some(LiveObjects {
            version: version.clone(),
            classes: classes.map(stepwell_runtime::ObjectBinding::class).collect(),
        }),
    }
}

async fn ask(version: &Version, path: &str) -> Value {
    version.front().wake();
    let mut state = version.front().state();
    let serving = state.wait_for(|state| matches!(state, HostState::Serving(_)));
    let state = tokio::time::timeout(std::time::Duration::from_secs(20), serving).await;
    let HostState::Serving(socket) = state.unwrap().unwrap().clone() else {
        unreachable!()
    };
    let text = get(&socket, path).await;
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_run_side_by_side_and_share_the_objects() {
    for date in DATES {
        let data = tempfile::tempdir().unwrap();
        let settings = settings();
        let deployed = deployed(&settings, data.path());
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
