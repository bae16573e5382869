//! Where requests and events enter the host process: the user's handlers are called as the runtime calls them.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes

mod common;

use common::{DATES, fetch_socket, get, object, script, settings, workflow};
use serde_json::{Value, json};
use stepwell_runtime::{
    AssetsBinding, Module, ModuleKind, ObjectClass, Outcome, ScheduledOutcome, Script, Worker,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

/// Status line and headers, and the body, of the answer to `GET path`.
async fn answer(worker: &Worker, path: &str) -> (String, String) {
    let mut stream = tokio::net::UnixStream::connect(&*fetch_socket(worker))
        .await
        .unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: localhost\r\ncf-blob: {{\"colo\":\"X\"}}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_ascii_lowercase(), body.to_owned())
}

/// What the handler sees that differs if it is not called as the runtime does.
const SEEN: &str = r"
import { WorkerEntrypoint, env as globalEnv } from 'cloudflare:workers';
let waited = 0;
async function seen(request, env, ctx, self) {
  const waitedBefore = waited;
  ctx.waitUntil(scheduler.wait(1).then(() => { waited++; }));
  ctx.passThroughOnException();
  return Response.json({
    waited: waitedBefore, self, text: env.TEXT, globalText: globalEnv.TEXT,
    ctx: [ctx.constructor.name, JSON.stringify(ctx.props)], exports: ctx.exports ? 'Named' in ctx.exports : null,
    cf: request.cf, signal: request.signal.aborted, method: request.method, url: request.url,
    body: await request.text(),
  });
}
export class Named extends WorkerEntrypoint {}
";
const OBJECT: &str = "export default { name: 'me', fetch(request, env, ctx) { return seen(request, env, ctx, [this.name, this.env === undefined]); } };";
const CLASS: &str = "export default class extends WorkerEntrypoint {\n\
    fetch(request, ...rest) { return seen(request, this.env, this.ctx, [this instanceof WorkerEntrypoint, rest[0] === undefined]); } };";

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_is_called_as_the_runtime_calls_it() {
    for date in DATES {
        for (default, this) in [(OBJECT, json!(["me", true])), (CLASS, json!([true, true]))] {
            let data = tempfile::tempdir().unwrap();
            let mut script = script(&format!("{SEEN}{default}"), date, data.path());
            script.text_vars.insert("TEXT".into(), "text".into());
            let worker = Worker::start(settings(), script).await.unwrap();
            let first: Value = serde_json::from_str(&answer(&worker, "/path?q=1").await.1).unwrap();
            let exports = if date == DATES[0] {
                json!(null)
            } else {
                json!(true)
            };
            let expected = json!({
                "waited": 0, "self": this, "text": "text", "globalText": "text", "ctx": ["ExecutionContext", "{}"],
                "exports": exports, "cf": {"colo": "X"}, "signal": false, "method": "GET",
                "url": "http://localhost/path?q=1", "body": "",
            });
            assert_eq!(first, expected, "{date}");
            for _ in 0..100 {
                if get(&fetch_socket(&worker), "/")
                    .await
                    .starts_with("{\"waited\":0")
                {
                    tokio::task::yield_now().await;
                } else {
                    break;
                }
            }
            let later = get(&fetch_socket(&worker), "/").await;
            assert!(!later.starts_with("{\"waited\":0"), "waitUntil goes on: {later}");
            worker.stop().await;
        }
    }
}

const THROWING: &str = r"
class Refused extends Error { name = 'Refused'; }
const loop = new Error('round'); loop.cause = loop;
const hostile = { get name() { throw 1; }, get message() { throw 2; }, get stack() { throw 3; }, get cause() { throw 4; } };
const proxy = new Proxy({}, { get() { throw new Error('trap'); }, has() { throw 1; }, getPrototypeOf() { throw 2; } });
const thrown = {
  '/cause': () => new Refused('no', { cause: new TypeError('because', { cause: 'text' }) }),
  '/loop': () => loop, '/hostile': () => hostile, '/proxy': () => proxy, '/string': () => 'text', '/null': () => null,
  '/undefined': () => undefined, '/symbol': () => Symbol('s'), '/object': () => ({ message: 'm', stack: [1, 2] }),
  '/long': () => new Error('x'.repeat(1e6)),
};
globalThis.Response = class Response { constructor() { throw new Error('patched'); } };
Promise.prototype.then = () => { throw new Error('patched'); }; JSON.stringify = () => 'patched';
export default { async fetch(request) {
  const { pathname } = new URL(request.url);
  if (pathname === '/nothing') return;
  const deep = () => { throw thrown[pathname](); };
  deep();
} };
";

#[tokio::test(flavor = "multi_thread")]
async fn what_a_handler_throws_is_told() {
    for date in DATES {
        let data = tempfile::tempdir().unwrap();
        let worker = Worker::start(settings(), script(THROWING, date, data.path()))
            .await
            .unwrap();
        let mut told = serde_json::Map::new();
        for path in [
            "cause",
            "loop",
            "hostile",
            "proxy",
            "string",
            "null",
            "undefined",
            "symbol",
            "object",
            "long",
            "nothing",
        ] {
            let (head, body) = answer(&worker, &format!("/{path}")).await;
            assert!(head.starts_with("http/1.1 500"), "{path}: {head}");
            assert!(head.contains("\r\nstepwell-uncaught: 1"), "{path}: {head}");
            told.insert(path.into(), serde_json::from_str(&body).unwrap());
        }
        let mut names: Vec<Value> = Vec::new();
        let mut error = &told["loop"];
        while error["message"] == "round" {
            names.push(error["name"].clone());
            error = &error["cause"];
        }
        assert_eq!(names.len(), 6, "causes are bounded");
        let cause = &told["cause"];
        assert_eq!(cause["name"], "Refused");
        assert_eq!(cause["cause"]["message"], "because");
        assert_eq!(cause["cause"]["cause"]["message"], "text");
        let stack = cause["stack"].as_str().unwrap();
        assert!(stack.contains(": no\n    at "), "{stack}");
        assert!(stack.contains("at deep (index.js:17:46)"), "{stack}");
        assert!(!stack.contains("stepwell"), "{stack}");
        for (path, name, message) in [
            ("hostile", "unknown", "unknown"),
            ("proxy", "unknown", "unknown"),
            ("string", "Error", "text"),
            ("null", "Error", "null"),
            ("undefined", "Error", "undefined"),
            ("symbol", "Error", "Symbol(s)"),
            ("object", "Error", "m"),
        ] {
            assert_eq!(told[path]["name"], name, "{path}");
            assert_eq!(told[path]["message"], message, "{path}");
        }
        assert_eq!(told["long"]["message"].as_str().unwrap().len(), 65_536);
        assert_eq!(
            told["nothing"]["message"],
            "Incorrect type for Promise: the Promise did not resolve to 'Response'."
        );
        worker.stop().await;
    }
}

const SCHEDULED: &str = r"
async function scheduled(controller, ctx) {
  const seen = [controller.type, controller.cron, controller.scheduledTime];
  if (controller.cron === 'later') ctx.waitUntil(scheduler.wait(5).then(() => { throw new TypeError('later'); }));
  if (controller.cron === 'chain') ctx.waitUntil(scheduler.wait(1).then(() => ctx.waitUntil(Promise.reject(new Error('second')))));
  if (controller.cron === 'hang') await new Promise(() => {});
  if (controller.cron === '*/5 * * * *') { controller.noRetry(); throw new Error(JSON.stringify(seen)); }
}
";
const SCHEDULED_OBJECT: &str =
    "export default { scheduled(controller, env, ctx) { return scheduled(controller, ctx); } };";
const SCHEDULED_CLASS: &str = "import { WorkerEntrypoint } from 'cloudflare:workers';\n\
    export default class extends WorkerEntrypoint { scheduled(controller) { return scheduled(controller, this.ctx); } };";

fn message(outcome: &ScheduledOutcome) -> &str {
    outcome.error.as_ref().map_or("", |error| &error.message)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_event_gets_to_its_handler() {
    for date in DATES {
        for default in [SCHEDULED_OBJECT, SCHEDULED_CLASS] {
            let data = tempfile::tempdir().unwrap();
            let code = format!("{SCHEDULED}{default}");
            let worker = Worker::start(settings(), script(&code, date, data.path()))
                .await
                .unwrap();
            let fine = worker.scheduled("x", 1).await.unwrap();
            assert_eq!(
                (fine.outcome, fine.no_retry, fine.error),
                (Outcome::Ok, false, None)
            );
            let failed = worker.scheduled("*/5 * * * *", 1_700_000_000_000).await.unwrap();
            assert_eq!((failed.outcome, failed.no_retry), (Outcome::Exception, true));
            assert_eq!(message(&failed), "[\"scheduled\",\"*/5 * * * *\",1700000000000]");
            let later = worker.scheduled("later", 1).await.unwrap();
            assert_eq!((later.outcome, message(&later)), (Outcome::Exception, "later"));
            let chain = worker.scheduled("chain", 1).await.unwrap();
            assert_eq!((chain.outcome, message(&chain)), (Outcome::Exception, "second"));
            worker.scheduled("hang", 1).await.unwrap_err();
            worker.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_scheduled_handler_is_said_so() {
    for code in ["export default { fetch() {} };", "export const x = {};"] {
        let data = tempfile::tempdir().unwrap();
        let worker = Worker::start(settings(), script(code, DATES[1], data.path()))
            .await
            .unwrap();
        assert_eq!(
            worker.scheduled("x", 1).await.unwrap().outcome,
            Outcome::NoHandler
        );
        worker.stop().await;
    }
}

fn module(name: &str, kind: ModuleKind, contents: &str) -> Module {
    Module {
        name: name.into(),
        kind,
        contents: contents.as_bytes().into(),
    }
}

fn with_modules(compatibility_date: &str, data: &std::path::Path) -> Script {
    let code = "import { WorkflowEntrypoint } from 'cloudflare:workers';\n\
        import es from './lib/es.js'; import text from '../notes/a b.txt'; import json from './lib/data.json';\n\
        const all = { es, text, json };\n\
        export class Flow extends WorkflowEntrypoint { async run() { return all; } }\n\
        export default { async fetch() { const { late } = await import('./lib/late.js'); return Response.json({ ...all, late }); } };";
    let mut script = script(code, compatibility_date, data);
    script.main = "src/worker \"1\".js".into();
    script.modules = vec![
        module(
            "src/lib/es.js",
            ModuleKind::EsModule,
            "import common from './common.cjs';\nexport default 'es ' + common.value;",
        ),
        module(
            "src/lib/common.cjs",
            ModuleKind::CommonJs,
            "exports.value = require('./other.cjs');",
        ),
        module(
            "src/lib/other.cjs",
            ModuleKind::CommonJs,
            "module.exports = 'cjs';",
        ),
        module("src/lib/late.js", ModuleKind::EsModule, "export const late = 1;"),
        module("src/lib/data.json", ModuleKind::Json, "{\"a\": [1]}"),
        module("notes/a b.txt", ModuleKind::Text, "töxt"),
    ];
    script.workflows.push(workflow("FLOW", "flow", "Flow"));
    script
}

#[tokio::test(flavor = "multi_thread")]
async fn modules_in_folders_import_each_other() {
    for date in DATES {
        let data = tempfile::tempdir().unwrap();
        let worker = Worker::start(settings(), with_modules(date, data.path()))
            .await
            .unwrap();
        let mut expected = json!({"es": "es cjs", "text": "töxt", "json": {"a": [1]}});
        let in_run: Value = serde_json::from_str(&common::runs::output(&worker, "Flow").await).unwrap();
        assert_eq!(in_run, expected);
        expected["late"] = json!(1);
        let in_host: Value = serde_json::from_str(&get(&fetch_socket(&worker), "/").await).unwrap();
        assert_eq!(in_host, expected);
        worker.stop().await;
    }
}

/// Answers every request with its path and host.
async fn serve_assets(listener: UnixListener) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") && stream.read_buf(&mut request).await.unwrap() > 0 {}
        let text = String::from_utf8(request).unwrap();
        let path = text.split(' ').nth(1).unwrap();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{path}",
            path.len()
        );
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
}

const ASSETS: &str = r"
import { WorkflowEntrypoint } from 'cloudflare:workers';
const asset = async (env) => (await env.ASSETS.fetch('http://assets.local/a/b.html?c')).text();
export class Flow extends WorkflowEntrypoint { run() { return asset(this.env); } }
export default { async fetch(_, env) { return new Response(await asset(env)); } };
";

#[tokio::test(flavor = "multi_thread")]
async fn assets_are_reached_from_host_and_runs() {
    for date in DATES {
        let data = tempfile::tempdir().unwrap();
        let settings = settings();
        let socket = settings.directory.path("assets");
        let listener = UnixListener::bind(&socket).unwrap();
        let assets = tokio::spawn(serve_assets(listener));
        let mut script = script(ASSETS, date, data.path());
        script.workflows.push(workflow("FLOW", "flow", "Flow"));
        script.assets_binding = Some(AssetsBinding {
            binding: "ASSETS".into(),
            socket,
        });
        let worker = Worker::start(settings, script).await.unwrap();
        assert_eq!(get(&fetch_socket(&worker), "/").await, "/a/b.html?c");
        assert_eq!(common::runs::output(&worker, "Flow").await, "\"/a/b.html?c\"");
        worker.stop().await;
        assets.abort();
    }
}

const CLASSES: &str = r"
import { DurableObject } from 'cloudflare:workers';
class Base extends DurableObject {
  async store() {
    await this.ctx.storage.put('n', 1);
    try { return [...this.ctx.storage.sql.exec('SELECT 1 AS one')]; } catch (e) { return e.message; }
  }
}
export class Old extends Base {}
export class New extends Base {}
export class Bound extends Base {}
export default { async fetch(request, env, ctx) {
  const { Old, New } = ctx.exports;
  const all = [Old, New, env.BOUND].map((namespace) => namespace.getByName('x').store());
  return Response.json(await Promise.all(all));
} };
";

#[tokio::test(flavor = "multi_thread")]
async fn classes_without_a_binding_exist_and_sql_is_for_those_that_have_it() {
    let data = tempfile::tempdir().unwrap();
    let mut script = script(CLASSES, DATES[1], data.path());
    let class = |class_name: &str, sqlite| ObjectClass {
        class_name: class_name.into(),
        unique_key: format!("test-{class_name}"),
        sqlite,
    };
    script.object_classes = vec![class("Old", false), class("New", true), class("Bound", true)];
    script.objects.push(object("BOUND", "Bound"));
    let worker = Worker::start(settings(), script.clone()).await.unwrap();
    let answer: Value = serde_json::from_str(&get(&fetch_socket(&worker), "/").await).unwrap();
    assert!(
        answer[0]
            .as_str()
            .is_some_and(|text| text.contains("SQL is not enabled")),
        "{answer}"
    );
    assert_eq!(answer[1], json!([{"one": 1}]));
    assert_eq!(answer[2], json!([{"one": 1}]));
    worker.stop().await;
    script.object_classes.push(class("Gone", true));
    let error = Worker::start(settings(), script).await.unwrap_err().to_string();
    assert!(
        error.contains("migrations[] \"Gone\": the Worker's main module has no export of this name"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn packages_may_import_what_makes_mail() {
    for date in DATES {
        let data = tempfile::tempdir().unwrap();
        let source = "import { EmailMessage } from 'cloudflare:email';\n\
            export default { fetch: () => Response.json(new EmailMessage('a@example.com', 'b@example.com', 'text')) };";
        let worker = Worker::start(settings(), script(source, date, data.path()))
            .await
            .unwrap();
        let message: Value = serde_json::from_str(&answer(&worker, "/").await.1).unwrap();
        assert_eq!(message, json!({ "from": "a@example.com", "to": "b@example.com" }));
        worker.stop().await;
    }
}
