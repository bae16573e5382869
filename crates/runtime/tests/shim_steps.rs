//! Steps of one run, in a real workerd.
#![allow(clippy::unwrap_used)]

mod shim_support;

use shim_support::engine::{Journal, Run, run_once, start};
use shim_support::{DATES, Workerd};
use stepwell_core::run::{FromRun, Verdict};

const ERRORS: &str = r"
import { WorkflowEntrypoint } from 'cloudflare:workers';
import { NonRetryableError } from 'cloudflare:workflows';
class Mine extends Error { constructor(m) { super(m); this.name = 'Mine'; this.code = 42; } }
const seen = (e) => [e.name, e.message, e instanceof Error, e instanceof NonRetryableError, e.code ?? null, String(e)];
export class Main extends WorkflowEntrypoint {
  async run(event, step) {
    const out = {};
    const attempt = async (key, call) => { try { out[key] = await call(); } catch (e) { out[key] = seen(e); } };
    const fails = { retries: { limit: 0, delay: 1 } };
    await attempt('mine', () => step.do('mine', fails, async () => { throw new Mine('m'); }));
    await attempt('text', () => step.do('text', fails, async () => { throw 'a text'; }));
    await attempt('type', () => step.do('type', fails, () => null.x));
    await attempt('final', () => step.do('final', async () => { throw new NonRetryableError('never'); }));
    await attempt('named', () => step.do('named', async () => { throw new NonRetryableError('never', 'Other'); }));
    await attempt('prefix', () => step.do('prefix', async () => { throw new Error('NonRetryableError: far'); }));
    await attempt('nothing', () => step.do('nothing', fails, async () => { throw undefined; }));
    await attempt('timeout', () => step.do('timeout', { ...fails, timeout: 30 }, () => scheduler.wait(200)));
    await attempt('noCallback', () => step.do('x'));
    await attempt('noCallbackConfig', () => step.do('x', {}));
    await attempt('control', () => step.do('a\nb', () => 1));
    await attempt('long', () => step.do('x'.repeat(257), () => 1));
    await attempt('config', () => step.do('c', { nonsense: 1 }, () => 1));
    await attempt('noDelay', () => step.do('c', { retries: { limit: 1 } }, () => 1));
    await attempt('rollbackOptions', () => step.do('r', () => 1, 5));
    await attempt('rollback', () => step.do('r', () => 1, {}));
    await attempt('rollbackConfig', () => step.do('r', () => 1, { rollback() {}, rollbackConfig: { timeout: 0 } }));
    await attempt('rollbackGood', () => step.do('r', () => 1, { rollback() {}, rollbackConfig: { timeout: 5 } }));
    await attempt('large', () => step.do('large', fails, () => 'x'.repeat(1048577)));
    return out;
  }
}";

#[tokio::test]
async fn errors_are_what_the_original_says() {
    for date in DATES {
        let worker = Workerd::start(ERRORS, date).await;
        let (out, journal) = run_once(&worker, "Main", "null").await;
        let error = |key: &str, name: &str, message: &str, non_retryable: bool| {
            let expected = serde_json::json!([
                name,
                message,
                true,
                non_retryable,
                null,
                if message.is_empty() {
                    name.to_owned()
                } else {
                    format!("{name}: {message}")
                }
            ]);
            assert_eq!(out[key], expected, "{key} at {date}");
        };
        error("mine", "Mine", "m", false);
        error("text", "Error", "a text", false);
        error("final", "NonRetryableError", "never", true);
        error("named", "Other", "never", false);
        error("prefix", "NonRetryableError", "far", true);
        error("nothing", "Error", "undefined", false);
        error(
            "timeout",
            "WorkflowTimeoutError",
            "Execution timed out after 30ms",
            false,
        );
        let fatal = |key: &str, message: &str| error(key, "WorkflowFatalError", message, false);
        fatal("noCallback", "Step \"x\" requires a callback function");
        fatal("noCallbackConfig", "Step \"x\" requires a callback function");
        fatal(
            "control",
            "Step name \"a\nb\" exceeds max length (256 chars) or invalid characters found",
        );
        let long = "x".repeat(257);
        fatal(
            "long",
            &format!("Step name \"{long}\" exceeds max length (256 chars) or invalid characters found"),
        );
        let see = "See https://developers.cloudflare.com/workflows/build/sleeping-and-retrying/";
        fatal(
            "config",
            &format!("Step config for \"c\" is in a invalid format. {see}"),
        );
        fatal(
            "noDelay",
            &format!("Step config for \"c\" is in a invalid format. {see}"),
        );
        fatal("rollbackOptions", "Rollback options for \"r\" must be an object");
        fatal("rollback", "Rollback for \"r\" must be a function");
        fatal(
            "rollbackConfig",
            &format!("Rollback config for \"r\" is in a invalid format. {see}"),
        );
        assert_eq!(out["rollbackGood"], 1);
        let large = "Step large-1 output is too large. Maximum allowed size is 1MiB.";
        error("large", "WorkflowInternalError", large, false);
        let type_error = out["type"].as_array().unwrap();
        assert_eq!(type_error[0], "TypeError");
        // Recorded and told again, they are the same.
        let (again, _) = shim_support::engine::replay(&worker, "Main", "null", journal).await;
        assert_eq!(again, out, "{date}");
    }
}

const RETRIES: &str = r"
import { WorkflowEntrypoint } from 'cloudflare:workers';
export class Main extends WorkflowEntrypoint {
  async run(event, step) {
    const seen = [];
    const out = { seen };
    out.third = await step.do('third', { retries: { limit: 3, delay: '1 second' }, timeout: '1 minute' }, async (ctx) => {
      seen.push(ctx);
      if (ctx.attempt < 3) throw new Error('not yet');
      return ctx.attempt;
    });
    out.delays = await step.do('delays', { retries: { limit: 2, delay: async ({ ctx, error }) => ctx.attempt === 1 ? 5 : '1 second' } }, (ctx) => {
      seen.push(ctx);
      if (ctx.attempt < 3) throw new Error('again');
      return 'done';
    });
    for (const [name, delay] of [['throws', () => { throw new Error('oh'); }], ['nonsense', () => ({})]]) {
      try { await step.do(name, { retries: { limit: 1, delay } }, () => { throw new Error('x'); }); } catch (e) { out[name] = String(e); }
    }
    out.default = await step.do('default', {}, (ctx) => ctx);
    out.infinite = await step.do('infinite', { retries: { limit: Infinity, delay: 0 } }, (ctx) => ctx.config.retries.limit === Infinity);
    out.undefined = await step.do('undefined', undefined, () => {}) === undefined;
    out.again = [await step.do('again', () => 1), await step.do('again', (ctx) => ctx.step)];
    return out;
  }
}";

#[tokio::test]
async fn attempts_have_contexts_and_delay_functions() {
    for date in DATES {
        let worker = Workerd::start(RETRIES, date).await;
        let mut run = Run::begin(
            worker.socket().await,
            start("Main", "null", &Journal::new()),
            Journal::new(),
        );
        let out = run.output().await;
        assert_eq!(out["third"], 3);
        let context = |name: &str, attempt: u32, config: serde_json::Value| serde_json::json!({ "step": { "name": name, "count": 1 }, "attempt": attempt, "config": config });
        let config = serde_json::json!({"retries": {"limit": 3, "delay": "1 second", "backoff": "exponential"}, "timeout": "1 minute"});
        assert_eq!(out["seen"][0], context("third", 1, config.clone()));
        assert_eq!(out["seen"][2], context("third", 3, config));
        let dynamic =
            serde_json::json!({"retries": {"limit": 2, "backoff": "exponential"}, "timeout": "10 minutes"});
        assert_eq!(out["seen"][3], context("delays", 1, dynamic));
        assert_eq!(out["delays"], "done");
        assert_eq!(
            out["throws"],
            "NonRetryableDelayError: The delay function for step \"throws-1\" threw an error: oh"
        );
        assert_eq!(
            out["nonsense"],
            "NonRetryableDelayError: The delay function for step \"nonsense-1\" returned an invalid delay value \
             (expected a number of ms or a duration string like \"30 seconds\")"
        );
        let default = serde_json::json!({"retries": {"limit": 5, "delay": 10000, "backoff": "exponential"}, "timeout": "10 minutes"});
        assert_eq!(out["default"], context("default", 1, default));
        assert_eq!(out["infinite"], true);
        assert_eq!(out["undefined"], true);
        assert_eq!(out["again"][1], serde_json::json!({"name": "again", "count": 2}));
        let verdicts: Vec<&Verdict> = run
            .messages
            .iter()
            .filter_map(|message| match message {
                FromRun::Failed { verdict, .. } => Some(verdict),
                _ => None,
            })
            .collect();
        assert_eq!(verdicts[0], &Verdict::Retry);
        assert_eq!(verdicts[2], &Verdict::RetryAfter(5.into()));
        assert_eq!(verdicts[3], &Verdict::RetryAfter("1 second".into()));
        assert_eq!(verdicts[4], &Verdict::Final);
    }
}

const ENDS: &str = r"
import { WorkflowEntrypoint } from 'cloudflare:workers';
import { NonRetryableError } from 'cloudflare:workflows';
const cases = {
  nonRetryable: () => { throw new NonRetryableError('mine'); },
  fromStep: (step) => step.do('a', () => { throw new NonRetryableError('mine'); }),
  caughtFromStep: (step) => step.do('a', () => { throw new NonRetryableError('mine'); }).catch((e) => e.message),
  custom: () => { throw Object.assign(new Error('m'), { name: 'Custom' }); },
  function: () => () => {},
  instance: (step) => step.do('a', { retries: { limit: 1, delay: 1 } }, () => new (class A {})()),
  functionInStep: (step) => step.do('a', () => () => {}),
  stream: async (step) => new Response(await step.do('a', () => new Blob(['ab']).stream())).text(),
  date: async (step) => [await step.do('a', () => new Date(5)), await step.do('b', () => new Map([[1, undefined]]))]
    .map((v) => v instanceof Date || v.has(1)),
  limit: async (step) => { for (let i = 0; i < 3; i++) await step.do('a', () => i); },
  surrogate: async (step) => [await step.do('\ud800', (ctx) => ctx.step.name), (await step.do('b', () => '\ud800')).charCodeAt(0)],
  newlines: (step, event) => event,
};
export class Main extends WorkflowEntrypoint {
  async run(event, step) { return cases[event.payload](step); }
}
export class Echo extends WorkflowEntrypoint {
  async run(event, step) {
    return [event.payload, event.timestamp.getTime(), event.instanceId, event.workflowName, Object.keys(event)];
  }
}
export class Foreign { run() {} }
export class NoRun extends WorkflowEntrypoint {}
export const handlers = {};
export class Throws extends WorkflowEntrypoint { constructor(ctx, env) { super(ctx, env); throw new RangeError('in constructor'); } }
";

async fn end(worker: &Workerd, class: &str, payload: &str) -> Run {
    let mut start = start(class, payload, &Journal::new());
    start.step_limit = 2;
    let mut run = Run::begin(worker.socket().await, start, Journal::new());
    run.finish().await;
    run
}

fn thrown(run: &Run) -> (String, String) {
    match run.messages.last() {
        Some(FromRun::Threw { failure, .. }) => (failure.name.clone(), failure.message.clone()),
        other => panic!("did not throw: {other:?}"),
    }
}

#[tokio::test]
async fn runs_end_as_in_the_original() {
    for date in DATES {
        let worker = Workerd::start(ENDS, date).await;
        let replaced = "The execution of the Workflow instance was terminated, as a step threw an NonRetryableError and it \
                        was not handled";
        let unhandled = if date < "2026-05-14" {
            ("WorkflowFatalError", replaced)
        } else {
            ("NonRetryableError", "mine")
        };
        let fatal = |message| ("WorkflowFatalError", message);
        for (case, (name, message)) in [
            ("nonRetryable", unhandled),
            ("fromStep", unhandled),
            ("custom", ("Custom", "m")),
            (
                "function",
                fatal(
                    "The execution of the Workflow instance was terminated, as run() returned a value which is not \
                     serialisable",
                ),
            ),
            (
                "instance",
                (
                    "DataCloneError",
                    "Could not serialize object of type \"A\". This type does not support serialization.",
                ),
            ),
            (
                "limit",
                fatal(
                    "The limit of 2 steps has been reached. This limit can be changed in your worker configuration.",
                ),
            ),
        ] {
            let run = end(&worker, "Main", &format!("\"{case}\"")).await;
            assert_eq!(
                thrown(&run),
                (name.to_owned(), message.to_owned()),
                "{case} at {date}"
            );
        }
        for (class, name, message) in [
            (
                "Missing",
                "WorkflowFatalError",
                "The Worker exports no class \"Missing\"",
            ),
            (
                "handlers",
                "WorkflowFatalError",
                "The Worker exports no class \"handlers\"",
            ),
            (
                "Foreign",
                "WorkflowFatalError",
                "The class \"Foreign\" does not extend WorkflowEntrypoint",
            ),
            (
                "NoRun",
                "WorkflowFatalError",
                "The class \"NoRun\" has no method run()",
            ),
            ("Throws", "RangeError", "in constructor"),
        ] {
            let run = end(&worker, class, "1").await;
            assert_eq!(
                thrown(&run),
                (name.to_owned(), message.to_owned()),
                "{class} at {date}"
            );
        }
        for (case, expected) in [
            ("caughtFromStep", serde_json::json!("mine")),
            ("stream", "ab".into()),
            ("date", serde_json::json!([true, true])),
            ("surrogate", serde_json::json!(["\u{fffd}", 0xd800])),
        ] {
            let run = end(&worker, "Main", &format!("\"{case}\"")).await;
            let Some(FromRun::Returned { value, .. }) = run.messages.last() else {
                panic!("{case} at {date}: {:?}", run.messages.last());
            };
            assert_eq!(value.to_json().unwrap(), expected, "{case} at {date}");
        }
        let run = end(&worker, "Echo", "{\n \"spread\": \"over lines\"\n}").await;
        let Some(FromRun::Returned { value, .. }) = run.messages.last() else {
            panic!("{:?}", run.messages.last());
        };
        let keys = ["payload", "timestamp", "instanceId", "workflowName"];
        let expected = serde_json::json!([{"spread": "over lines"}, 1_700_000_000_000_i64, "instance", "workflow", keys]);
        assert_eq!(value.to_json().unwrap(), expected, "{date}");
    }
}

#[tokio::test]
async fn a_fatal_value_ends_the_instance() {
    for date in DATES {
        let worker = Workerd::start(ENDS, date).await;
        let start = start("Main", "\"functionInStep\"", &Journal::new());
        let mut run = Run::begin(worker.socket().await, start, Journal::new());
        let message = run
            .until(|message| matches!(message, FromRun::Failed { .. }))
            .await;
        let FromRun::Failed { failure, verdict, .. } = message else {
            unreachable!()
        };
        assert_eq!(
            failure.message,
            "Value returned from step \"a\" is not serialisable"
        );
        let Verdict::EndInstance(failure) = verdict else {
            panic!("{verdict:?}")
        };
        assert_eq!(
            (failure.name.as_str(), failure.message.as_str()),
            (
                "WorkflowFatalError",
                "The execution of the Workflow instance was terminated, as the step \"a\" returned a value which is not \
                 serialisable"
            )
        );
    }
}
