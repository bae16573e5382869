//! What fails without a word is told all the same, in the user's own files.

use crate::watch::Tail;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use stepwell_e2e::{Said, Served, Wrangler, installation};

const CONFIG: &str = r#"{ "name": "silent", "main": "src/index.ts", "compatibility_date": "2026-09-01", "upload_source_maps": true, "limits": { "cpu_ms": 1000 },
  "workflows": [{ "name": "fails", "binding": "FAILS", "class_name": "Fails" }] }"#;

/// Lines 4, 10, 15 and 16 throw.
const INDEX: &str = r#"import { WorkflowEntrypoint, type WorkflowEvent, type WorkflowStep } from "cloudflare:workers";

function declined(): never {
  throw new RangeError("declined");
}

export class Fails extends WorkflowEntrypoint<unknown, string> {
  async run(event: Readonly<WorkflowEvent<string>>, step: WorkflowStep): Promise<void> {
    if (event.payload === "at once") {
      throw new TypeError("no\nstep");
    }
    if (event.payload === "logs") {
      interface Erased { nothing: string }
      const erased = (): Erased => ({ nothing: "" });
      console.error(new SyntaxError(`logged${erased().nothing}`).stack);
      void Promise.reject(new EvalError("left behind"));
      return;
    }
    if (event.payload === "spins") {
      await step.do("spin", async () => {
        for (;;);
      });
    }
    await step.do("charge", { retries: { limit: 1, delay: 0 } }, async () => declined());
  }
}

export default {
  async fetch(request: Request): Promise<Response> {
    return new URL(request.url).pathname === "/throw" ? declined() : new Response("fine");
  },
};
"#;

const PLACE: &str = "src/index.ts:4:9";

fn deployed(wrangler: &Wrangler) -> Served {
    let served = installation!().start();
    wrangler.write("wrangler.jsonc", CONFIG);
    std::fs::create_dir_all(wrangler.home().join("src")).unwrap();
    wrangler.write("src/index.ts", INDEX);
    let said = Said::of(wrangler.command().arg("deploy").envs(served.client_environment()));
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    served
}

fn create(served: &Served, id: &str, payload: &str) {
    let body = json!({ "instance_id": id, "params": payload });
    served
        .call("POST", "/workflows/fails/instances", Some(&body))
        .ok();
}

/// Asks the Worker until all tails say so: then they are connected.
fn connected(served: &Served, tails: &[&Tail]) {
    for tail in tails {
        tail.wait_for("connection", |tail| {
            served.get("silent", "/throw");
            (tail.text() + &tail.errors()).contains("declined").then_some(())
        });
    }
}

/// Instance, step, attempt and error of what a tail was told of runs.
fn told(messages: &[Value]) -> BTreeSet<(String, String, u64, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of_runs = messages
        .iter()
        .filter(|message| message["event"] == json!({ "rpcMethod": "run" }));
    of_runs
        .map(|message| {
            assert_eq!(message["outcome"], "exception", "{message}");
            assert_eq!(
                message["exceptions"].as_array().map(Vec::len),
                Some(1),
                "{message}"
            );
            let error = &message["exceptions"][0];
            (
                text(&message["instance"]),
                text(&message["step"]),
                message["attempt"].as_u64().unwrap_or_default(),
                format!("{}: {}", text(&error["name"]), text(&error["message"])),
            )
        })
        .collect()
}

fn failures_are_told(wrangler: &Wrangler) {
    let served = deployed(wrangler);
    let json = Tail::start(
        wrangler,
        &served,
        &["silent", "--format", "json", "--status", "error"],
    );
    let pretty = Tail::start(wrangler, &served, &["silent", "--format", "pretty"]);
    let own = Tail::of_stepwell(&served, &["silent", "--format", "pretty", "--status", "error"]);
    connected(&served, &[&json, &pretty, &own]);
    create(&served, "retried", "");
    create(&served, "thrown", "at once");
    let run = |id: &str, step: &str, attempt, error: &str| {
        (id.to_owned(), step.to_owned(), attempt, error.to_owned())
    };
    let expected = BTreeSet::from([
        run("retried", "charge-1", 1, "RangeError: declined"),
        run("retried", "charge-1", 2, "RangeError: declined"),
        run("retried", "", 0, "RangeError: declined"),
        run("thrown", "", 0, "TypeError: no\nstep"),
    ]);
    json.wait_for("exceptions of both runs", |tail| {
        (told(&tail.messages()) == expected).then_some(())
    });
    for message in json.messages() {
        assert_eq!(message["outcome"], "exception", "--status error: {message}");
        assert!(message["scriptVersion"]["id"].is_string(), "{message}");
        // What `run()` throws that a step has thrown comes out of the journal, where no places are.
        let is_from_journal = message["instance"] == "retried" && message["step"].is_null();
        let error = &message["exceptions"][0];
        let place = if error["name"] == "TypeError" {
            "src/index.ts:10:13"
        } else {
            PLACE
        };
        let stack = error["stack"].as_str().unwrap();
        assert!(is_from_journal || stack.contains(place), "{message}");
        assert!(!stack.contains("index.js"), "{message}");
    }
    let lines = |tail: &Tail| tail.text() + &tail.errors();
    for expected in ["Fails.run - Exception Thrown @ ", "RangeError: declined", PLACE] {
        pretty.wait_for(expected, |tail| lines(tail).contains(expected).then_some(()));
    }
    for expected in [
        "fails/retried charge-1 (attempt 2) - Exception Thrown @ ",
        "RangeError: declined",
        PLACE,
    ] {
        own.wait_for(expected, |tail| lines(tail).contains(expected).then_some(()));
    }

    // The server's log has them in the user's files too, with the Worker; and so what was logged.
    create(&served, "logs", "logs");
    let line = |what: &str, message: &str, place: &str| {
        served.log().wait_for(what, |line| {
            let has =
                |field: &str, text: &str| line[field].as_str().is_some_and(|value| value.contains(text));
            line["worker"] == "default/silent"
                && has("message", message)
                && (has("stack", place) || has("message", place))
        });
    };
    line("a retry", "retry", PLACE);
    line("a failed step", "step failed", PLACE);
    line("a failed run", "errored", "src/index.ts:10:13");
    line("a request that failed", "uncaught exception", PLACE);
    line(
        "a stack that was logged",
        "SyntaxError: logged",
        "src/index.ts:15:21",
    );

    // A run whose process had to be ended.
    create(&served, "endless", "spins");
    let ended = json.wait_for("a run that uses too much", |tail| {
        let mut messages = tail.messages().into_iter();
        messages.find(|message| message["instance"] == "endless")
    });
    assert_eq!(ended["outcome"], "exceededCpu", "{ended}");
    let why = ended["exceptions"][0]["message"].as_str().unwrap();
    assert!(
        why.starts_with("the CPU time limit of 1000 ms was exceeded"),
        "{ended}"
    );
    let path = "/workflows/fails/instances/endless/status";
    served
        .call("PATCH", path, Some(&json!({ "status": "terminate" })))
        .ok();
}

#[test]
fn the_newest_wrangler_is_told_of_failures() {
    failures_are_told(&Wrangler::newest());
}

#[test]
fn the_oldest_wrangler_is_told_of_failures() {
    failures_are_told(&Wrangler::oldest());
}
