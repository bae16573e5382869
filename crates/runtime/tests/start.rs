//! Starting Workers on the real workerd, and what is said when that fails.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes

mod common;

use common::{DATES, object, script, settings, workflow};
use stepwell_runtime::{HostState, StartError, Worker};

const GOOD: &str = r"
import { DurableObject, WorkflowEntrypoint } from 'cloudflare:workers';
export class Flow extends WorkflowEntrypoint { async run() {} }
export class Counter extends DurableObject {}
export default { fetch: (request, env) => new Response('hello ' + env.NAME + new URL(request.url).pathname) };
";

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_starts_and_serves() {
    for date in DATES {
        let data = tempfile::tempdir().unwrap();
        let mut script = script(GOOD, date, data.path());
        script.text_vars.insert("NAME".into(), "w\"\\\n".into());
        script.workflows.push(workflow("FLOW", "flow", "Flow"));
        script.objects.push(object("COUNTER", "Counter"));
        let began = std::time::Instant::now();
        let worker = Worker::start(settings(), script).await.unwrap();
        println!("started in {:?}", began.elapsed());
        let HostState::Serving(socket) = worker.host().borrow().clone() else {
            panic!()
        };
        assert_eq!(common::get(&socket, "/x").await, "hello w\"\\\n/x");
        assert!(worker.fleet().await.exports().has_fetch());
        worker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_without_fetch_says_so_and_runs() {
    for code in [
        "export class A {}",
        "export default { scheduled() {} }",
        "export default {}",
    ] {
        let data = tempfile::tempdir().unwrap();
        let worker = Worker::start(settings(), script(code, DATES[1], data.path()))
            .await
            .unwrap();
        assert_eq!(*worker.host().borrow(), HostState::NoFetchHandler, "{code}");
        let good = script(GOOD, DATES[1], data.path());
        worker.replace(good, |_| {}).await.unwrap();
        assert!(matches!(*worker.host().borrow(), HostState::Serving(_)));
        worker.stop().await;
    }
}

async fn refused(code: &str) -> StartError {
    let data = tempfile::tempdir().unwrap();
    let mut script = script(code, "2026-09-01", data.path());
    script.workflows.push(workflow("FLOW", "flow", "Flow"));
    script.objects.push(object("COUNTER", "Counter"));
    let mut settings = settings();
    settings.start_cpu = std::time::Duration::from_secs(2);
    Worker::start(settings, script).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn start_errors_are_clear() {
    for (code, text) in [
        (
            "function f() { throw new RangeError('boom') }\nf()",
            "the Worker \"test\" failed to start: RangeError: boom\n  at index.js:1:22 in f",
        ),
        ("export default {", "SyntaxError: Unexpected end of input"),
        (
            "import 'nope'",
            "No such module \"nope\".\n  imported from \"index.js\"",
        ),
        ("export const n = 5;", "Incorrect type for map entry 'n'"),
        ("while (true) {}", "endless loop at the top level"),
        (
            "addEventListener('fetch', () => {})",
            "the module exports nothing; if it is a service-worker script",
        ),
        (
            "export default {}",
            "workflows[].class_name \"Flow\": the Worker's main module has no export of this name",
        ),
        (
            "import { DurableObject, WorkflowEntrypoint } from 'cloudflare:workers';\
             export class Flow { run() {} } export class Counter extends WorkflowEntrypoint {}",
            "workflows[].class_name \"Flow\": the export is a class or function that extends none of the runtime's \
             classes; it must extend WorkflowEntrypoint (exported classes that extend WorkflowEntrypoint: Counter)\n  \
             durable_objects.bindings[].class_name \"Counter\": the export extends WorkflowEntrypoint; it must extend \
             DurableObject (the module exports no class that extends DurableObject)",
        ),
    ] {
        let error = refused(code).await;
        assert!(error.to_string().contains(text), "{code}: {error}");
        assert_eq!(error.fault(), stepwell_runtime::Fault::User, "{error:?}");
    }
}
