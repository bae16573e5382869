//! Code that is tried before anybody relies on it: what it exports, why it is refused, and that nothing of it is left.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes

mod common;

use common::deployed::processes;
use common::{DATES, object, script, settings, workflow};
use std::time::Duration;
use stepwell_runtime::{ExportKind, Fault, Script, ServiceBinding, Settings, StartError, inspect};

const GOOD: &str = r"
import { DurableObject, WorkerEntrypoint, WorkflowEntrypoint, env } from 'cloudflare:workers';
const id = env.COUNTER.idFromName('global').toString();
export class Flow extends WorkflowEntrypoint { async run() {} }
export class Counter extends DurableObject {}
export class Api extends WorkerEntrypoint {}
export default { fetch: () => new Response(id + env.GREETING), scheduled() {} };
";

fn configured(code: &str, date: &str) -> Script {
    let mut script = script(code, date, std::path::Path::new("/nowhere"));
    script.limits.heap_mb = 64;
    script.text_vars.insert("GREETING".into(), "hi".into());
    script.workflows.push(workflow("FLOW", "flow", "Flow"));
    script.objects.push(object("COUNTER", "Counter"));
    script.services.push(ServiceBinding {
        binding: "OTHER".into(),
        worker: "other".into(),
        entrypoint: None,
        props: None,
    });
    script
}

fn bounded() -> Settings {
    let mut settings = settings();
    settings.start_cpu = Duration::from_secs(2);
    settings
}

#[tokio::test(flavor = "multi_thread")]
async fn says_what_is_exported() {
    let settings = settings();
    for date in DATES {
        let inspected = inspect(&settings, configured(GOOD, date)).await.unwrap();
        let named: Vec<_> = inspected.exports.named.into_iter().collect();
        assert_eq!(
            named,
            [
                ("Api".into(), ExportKind::Entrypoint),
                ("Counter".into(), ExportKind::DurableObject),
                ("Flow".into(), ExportKind::Workflow)
            ]
        );
        assert_eq!(
            inspected.exports.default_handlers.unwrap(),
            ["fetch", "scheduled"]
        );
        assert!(inspected.startup_time_ms < 5000, "{}", inspected.startup_time_ms);
    }
    assert_eq!(processes(&settings), [0; 0]);
}

async fn refused(settings: &Settings, code: &str) -> StartError {
    let error = inspect(settings, configured(code, DATES[1])).await.unwrap_err();
    assert_eq!(error.fault(), Fault::User, "{code}: {error:?}");
    error
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_code_with_name_message_and_stack() {
    let settings = bounded();
    for (code, text) in [
        (
            "class Own extends Error { name = 'Own' }\nfunction f() {\n  throw new Own('boom') }\nf()",
            "Own: boom\n  at index.js:3:9 in f\n  at index.js:4:1",
        ),
        (
            "export default {\n",
            "SyntaxError: Unexpected end of input\n  at index.js:",
        ),
        (
            "import 'nope'",
            "No such module \"nope\".\n  imported from \"index.js\"",
        ),
        ("export const n = 5;", "Incorrect type for map entry 'n'"),
        ("throw 'text'", "failed to start"),
        (
            "export default {}",
            "workflows[].class_name \"Flow\": the Worker's main module has no export of this name",
        ),
        (
            "export class Flow {} export class Counter {}",
            "it must extend DurableObject",
        ),
        (
            "setTimeout(() => {}, 1)",
            "Disallowed operation called within global scope",
        ),
        (
            "await fetch('http://127.0.0.1/')",
            "Disallowed operation called within global scope",
        ),
    ] {
        let error = refused(&settings, code).await;
        assert!(error.to_string().contains(text), "{code}: {error}");
    }
    assert_eq!(processes(&settings), [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_code_that_would_leave_before_it_serves() {
    let settings = bounded();
    let handler = "export class Flow {} export default { fetch: () => process.exit(1) };";
    for code in [
        "\nprocess.exit(3);",
        "import own from 'node:process';\n own.exit(3);",
    ] {
        let mut script = configured(&format!("{code} {handler}"), DATES[1]);
        script.compatibility_flags.push("nodejs_compat".into());
        let error = inspect(&settings, script).await.unwrap_err();
        assert_eq!(error.fault(), Fault::User, "{code}: {error:?}");
        let text = error.to_string();
        assert!(
            text.contains("process.exit(3) was called at the top level"),
            "{text}"
        );
        assert!(text.contains("at index.js:2:"), "{text}");
    }
    let mut script = configured(
        &format!("{GOOD}\nexport const leave = () => process.exit(1);"),
        DATES[1],
    );
    script.compatibility_flags.push("nodejs_compat".into());
    inspect(&settings, script).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn ends_what_does_not_end() {
    let settings = bounded();
    for code in [
        "for (;;);",
        "export default new Proxy({}, { get() { for (;;); } })",
    ] {
        let error = refused(&settings, code).await;
        assert!(
            matches!(error, StartError::EndlessStart { .. }),
            "{code}: {error}"
        );
    }
    assert_eq!(processes(&settings), [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn ends_what_eats_memory() {
    let mut settings = settings();
    settings.start_cpu = Duration::from_secs(20);
    let too_much = "it used more memory than it may (the JavaScript heap limit is 64 MB)";
    for (code, text) in [
        (
            "const a = []; for (;;) a.push(new Array(1e4).fill({ x: Math.random() }))",
            too_much,
        ),
        (
            "const a = []; for (;;) a.push(new Uint8Array(1e3).fill(1))",
            too_much,
        ),
        (
            "const a = []; for (;;) a.push(new Uint8Array(2e7).fill(1))",
            "allocation failed",
        ),
        (
            "const a = []; for (;;) a.push(new WebAssembly.Memory({ initial: 16000 }))",
            "could not allocate memory",
        ),
    ] {
        let error = refused(&settings, code).await;
        assert!(error.to_string().contains(text), "{code}: {error}");
    }
    assert_eq!(processes(&settings), [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_dates_and_flags_that_the_runtime_does_not_know() {
    let settings = settings();
    let mut flag = configured(GOOD, DATES[1]);
    flag.compatibility_flags.push("no_such_flag".into());
    for (script, text) in [
        (configured(GOOD, "2099-01-01"), "2099-01-01"),
        (configured(GOOD, "yesterday"), "yesterday"),
        (flag, "no_such_flag"),
    ] {
        let error = inspect(&settings, script).await.unwrap_err();
        assert!(matches!(error, StartError::Refused { .. }), "{error:?}");
        assert!(error.to_string().contains(text), "{error}");
        println!("{error}");
    }
}
