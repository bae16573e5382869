//! `wrangler tail` against `stepwell serve`: the real ones, of both ages.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod failures;
mod tls;
mod watch;

use serde_json::{Value, json};
use stepwell_e2e::wait::eventually;
use stepwell_e2e::{Served, Wrangler, installation};
use watch::Tail;

const CONFIG: &str = r#"{ "name": "loud", "main": "index.js", "compatibility_date": "2026-09-01",
  "workflows": [{ "name": "talk", "binding": "TALK", "class_name": "Talk" }] }"#;

const INDEX: &str = r#"import { WorkflowEntrypoint } from "cloudflare:workers";
export class Talk extends WorkflowEntrypoint {
  async run(event, step) {
    console.log("outside", event.instanceId);
    for (let i = 0; i < 3; i++) {
      await step.do("short", async () => {
        await scheduler.wait(1);
        console.warn("short", event.instanceId, { i });
      });
    }
    await step.do("long", async () => {
      console.log("long", event.instanceId);
      await scheduler.wait(600_000);
    });
  }
}
export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/throw") throw new RangeError("kaput");
    console.log("hello from", pathname);
    return new Response("fine");
  },
};
"#;

/// A server with the Worker, deployed by `wrangler`.
fn deployed(wrangler: &Wrangler) -> Served {
    // All runs are in one process, where their lines could mix.
    let served = installation!().arguments(&["--run-processes", "1"]).start();
    wrangler.write("wrangler.jsonc", CONFIG);
    wrangler.write("index.js", INDEX);
    let said = stepwell_e2e::Said::of(wrangler.command().arg("deploy").envs(served.client_environment()));
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    served
}

fn create(served: &Served, id: &str) {
    let body = json!({ "instance_id": id });
    served.call("POST", "/workflows/talk/instances", Some(&body)).ok();
}

/// Asks the Worker until the tail says so: then it is connected.
fn connected(served: &Served, tail: &Tail) {
    tail.wait_for("connection", |tail| {
        served.get("loud", "/ready");
        tail.text().contains("/ready").then_some(())
    });
}

/// What a line of a run says of itself, and what it says.
fn told(message: &Value) -> (&str, &str, Value, Value) {
    let text = |value: &'_ Value| value.as_str().unwrap_or_default().to_owned();
    let said = &message["logs"][0]["message"];
    assert_eq!(message["event"], json!({"rpcMethod": "run"}), "{message}");
    assert_eq!(text(&message["instance"]), text(&said[1]), "{message}");
    (
        message["instance"].as_str().unwrap_or_default(),
        said[0].as_str().unwrap_or_default(),
        message["step"].clone(),
        message["attempt"].clone(),
    )
}

fn json_tail(wrangler: &Wrangler) {
    let served = deployed(wrangler);
    let tail = Tail::start(wrangler, &served, &["loud", "--format", "json"]);
    connected(&served, &tail);
    create(&served, "one");
    create(&served, "two");
    let lines = tail.wait_for("lines of both runs", |tail| {
        let lines: Vec<Value> = tail
            .messages()
            .into_iter()
            .filter(|message| message.get("workflow").is_some())
            .collect();
        (lines.len() == 10).then_some(lines)
    });
    for line in &lines {
        assert_eq!(
            (&line["workflow"], &line["scriptName"], &line["entrypoint"]),
            (&json!("talk"), &json!("loud"), &json!("Talk"))
        );
        assert!(line["scriptVersion"]["id"].is_string(), "{line}");
    }
    for id in ["one", "two"] {
        let own: Vec<_> = lines.iter().map(told).filter(|line| line.0 == id).collect();
        let expected = [
            (id, "outside", json!(null), json!(null)),
            (id, "short", json!("short-1"), json!(1)),
            (id, "short", json!("short-2"), json!(1)),
            (id, "short", json!("short-3"), json!(1)),
            (id, "long", json!("long-1"), json!(1)),
        ];
        assert_eq!(own, expected);
        // The step that has logged the last one goes on.
        let instance = served
            .call("GET", &format!("/workflows/talk/instances/{id}"), None)
            .ok();
        assert_eq!(instance["result"]["status"], "running", "{instance}");
        assert_eq!(instance["result"]["step_count"], 4, "{instance}");
    }
    served.get("loud", "/throw");
    let thrown = tail.wait_for("exception", |tail| {
        let messages = tail.messages().into_iter();
        messages
            .into_iter()
            .find(|message| message["outcome"] == "exception")
    });
    assert_eq!(thrown["exceptions"][0]["name"], "RangeError", "{thrown}");
    assert_eq!(thrown["exceptions"][0]["message"], "kaput", "{thrown}");
    tail.interrupt();
    eventually("the tail is deleted", || {
        let tails = served.call("GET", "/workers/scripts/loud/tails", None).ok();
        (tails["result"] == json!([])).then_some(())
    });
}

fn pretty_tail(wrangler: &Wrangler) {
    let served = deployed(wrangler);
    let tail = Tail::start(wrangler, &served, &["loud", "--format", "pretty"]);
    connected(&served, &tail);
    create(&served, "one");
    served.get("loud", "/hello");
    served.get("loud", "/throw");
    for expected in [
        "Talk.run - Ok @ ",
        "  (log) outside one",
        "  (warn) short one { i: 2 }",
        "  (log) long one",
        "/hello - Ok @ ",
        "  (log) hello from /hello",
        "/throw - Exception Thrown @ ",
    ] {
        tail.wait_for(expected, |tail| tail.text().contains(expected).then_some(()));
    }
    let stack = "RangeError: kaput";
    tail.wait_for(stack, |tail| tail.errors().contains(stack).then_some(()));
    // A server that stops ends it in order.
    let mut served = served;
    served.terminate();
    assert_eq!(tail.ended(), Some(0));
}

fn filtered_tail(wrangler: &Wrangler) {
    let served = deployed(wrangler);
    let arguments = ["loud", "--format", "json", "--search", "outside"];
    let tail = Tail::start(wrangler, &served, &arguments);
    let mut number = 0;
    tail.wait_for("line that was searched for", |tail| {
        number += 1;
        if number % 20 == 1 {
            create(&served, &format!("n{number}"));
            served.get("loud", "/");
        }
        (!tail.messages().is_empty()).then_some(())
    });
    for message in tail.messages() {
        assert_eq!(told(&message).1, "outside");
    }
}

/// All filters of requests at once.
fn narrow_tail(wrangler: &Wrangler) {
    let served = deployed(wrangler);
    let versions = served.call("GET", "/workers/scripts/loud/versions", None).ok();
    let version = versions["result"]["items"][0]["id"].as_str().unwrap();
    let tail = Tail::start(
        wrangler,
        &served,
        &[
            "loud",
            "--format",
            "json",
            "--method",
            "GET",
            "--header",
            "x-tea:green",
            "--ip",
            "self",
            "--version-id",
            version,
            "--sampling-rate",
            "0.9",
        ],
    );
    let workers = served.workers();
    let get = |path: &str, tea: &str| {
        let answer = workers.get_with(path, &[("host", "loud.localhost"), ("x-tea", tea)]);
        answer.unwrap().text
    };
    let messages = tail.wait_for("requests as they are asked for", |tail| {
        workers.request("POST", "/posted", None).unwrap();
        get("/black", "black tea");
        get("/green", "green tea");
        Some(tail.messages()).filter(|messages| messages.len() >= 3)
    });
    for message in messages {
        let url = message["event"]["request"]["url"].as_str().unwrap();
        assert!(url.ends_with("/green"), "{message}");
        assert_eq!(message["scriptVersion"]["id"], version, "{message}");
    }
}

#[test]
fn wrangler_gets_what_its_filters_admit() {
    narrow_tail(&Wrangler::newest());
}

#[test]
fn the_newest_wrangler_gets_lines_of_runs_at_once_with_instance_and_step() {
    json_tail(&Wrangler::newest());
}

#[test]
fn the_oldest_wrangler_gets_lines_of_runs_at_once_with_instance_and_step() {
    json_tail(&Wrangler::oldest());
}

#[test]
fn the_newest_wrangler_prints_lines_for_people() {
    pretty_tail(&Wrangler::newest());
}

#[test]
fn the_oldest_wrangler_prints_lines_for_people() {
    pretty_tail(&Wrangler::oldest());
}

#[test]
fn wrangler_gets_what_it_searches_for() {
    filtered_tail(&Wrangler::newest());
}
