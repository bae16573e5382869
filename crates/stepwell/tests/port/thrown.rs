//! What is thrown where no client hears of it, and whose lines are whose.

use serde_json::json;
use stepwell_e2e::Project;

const CONFIG: &str = r#"{ "name": "loud", "main": "src/index.ts", "compatibility_date": "2026-09-01",
  "durable_objects": { "bindings": [{ "name": "THING", "class_name": "Thing" }] },
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Thing"] }],
  "workflows": [{ "name": "talk", "binding": "TALK", "class_name": "Talk" }] }"#;

const INDEX: &str = r#"import { DurableObject, WorkflowEntrypoint, type WorkflowStep } from "cloudflare:workers";
function fail(what: string): never {
  throw new RangeError(what);
}
export class Thing extends DurableObject {
  fetch(): Response {
    return fail("object");
  }
  async ring() {
    await this.ctx.storage.setAlarm(Date.now());
  }
  alarm() {
    const { rang } = globalThis as { rang?: boolean };
    Object.assign(globalThis, { rang: true });
    if (!rang) fail("alarm");
  }
}
export class Talk extends WorkflowEntrypoint {
  async run(_: unknown, step: WorkflowStep) {
    console.log("outside");
    await step.do("speak", { retries: { limit: 1, delay: 0 } }, async (context) => {
      console.warn("inside");
      if (context.attempt === 1) throw new Error("again");
    });
  }
}
export default {
  async fetch(request: Request, env: { THING: DurableObjectNamespace<Thing>; TALK: Workflow }, ctx: ExecutionContext) {
    const thing = env.THING.getByName("a");
    switch (new URL(request.url).pathname) {
      case "/later":
        ctx.waitUntil(scheduler.wait(1).then(() => fail("later")));
        break;
      case "/object":
        await thing.fetch("http://object/x").catch(() => {});
        break;
      case "/alarm":
        await thing.ring();
        break;
      case "/throw":
        return fail("thrown");
      case "/talk":
        await env.TALK.create({ id: "one" });
    }
    return new Response("fine");
  },
};
"#;

fn project() -> Project {
    let files = [("wrangler.jsonc", CONFIG), ("src/index.ts", INDEX)];
    Project::of_files(env!("CARGO_BIN_EXE_stepwell"), &files)
}

#[test]
fn errors_that_no_client_hears_of_are_shown_with_their_place() {
    let server = project().start();
    // What it answers with is told by who answers, and only there.
    server.get("/throw");
    for (path, place, message, frame) in [
        ("/later", "GET /later waitUntil()", "later", "at src/index.ts:32:"),
        (
            "/object",
            "Thing GET /x",
            "object",
            "at Thing.fetch (src/index.ts:7:",
        ),
        (
            "/alarm",
            "Thing alarm()",
            "alarm",
            "at Thing.alarm (src/index.ts:15:",
        ),
    ] {
        assert_eq!(server.get(path).text, "fine");
        let entry = server.log().wait_for(place, |entry| {
            entry["target"] == "stepwell::uncaught" && entry["place"] == place
        });
        assert_eq!(entry["error"], format!("RangeError: {message}"));
        assert_eq!(entry["worker"], "loud");
        let stack = entry["stack"].as_str().unwrap_or_default();
        assert!(
            stack.contains("at fail (src/index.ts:3:") && stack.contains(frame),
            "{entry}"
        );
    }
    let entries = server.log().entries();
    let of_request: Vec<_> = entries
        .iter()
        .filter(|entry| entry["error"] == "RangeError: thrown")
        .collect();
    assert_eq!(of_request.len(), 1, "{of_request:?}");
    assert_eq!(of_request[0]["path"], "/throw");
}

#[test]
fn lines_of_runs_name_instance_step_and_attempt() {
    let server = project().start();
    server.get("/talk");
    for (message, step, attempt) in [
        ("outside", json!(null), json!(null)),
        ("inside", json!("speak-1"), json!(1)),
        ("inside", json!("speak-1"), json!(2)),
    ] {
        let entry = server.log().wait_for(message, |entry| {
            entry["message"] == message && entry.get("attempt").unwrap_or(&json!(null)) == &attempt
        });
        assert_eq!(
            (&entry["workflow"], &entry["instance"], &entry["worker"]),
            (&json!("talk"), &json!("one"), &json!("loud"))
        );
        assert_eq!(entry.get("step").unwrap_or(&json!(null)), &step);
    }
    server
        .log()
        .wait_for("the end", |entry| entry["message"] == "complete");
    let lines = server.log().entries();
    let lines = lines
        .iter()
        .filter(|entry| entry["target"] == "stepwell::console");
    assert_eq!(lines.count(), 3, "each once: {}", server.log().text());
}
