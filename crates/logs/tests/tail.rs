//! What those who watch get to see.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes

use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::sync::Arc;
use stepwell_logs::tail::{Ended, Filters, Refusal, TailHub, Watching, Workers};
use stepwell_logs::{Invocation, Line, LogSink, Place, RunFailure, Source};

struct Fake;

impl Workers for Fake {
    fn exists(&self, worker: &str) -> bool {
        worker.starts_with("default/")
    }

    fn version_id(&self, _: &str, number: u32) -> Option<String> {
        (number > 0).then(|| format!("version-{number}"))
    }
}

fn hub() -> Arc<TailHub> {
    let hub = TailHub::default();
    hub.introduce(Arc::new(Fake));
    Arc::new(hub)
}

fn source(worker: &str) -> Source {
    Source {
        worker: worker.into(),
        version: 3,
    }
}

fn place(step: Option<&str>) -> Place {
    Place {
        workflow: "orders".into(),
        class_name: "OrderWorkflow".into(),
        instance: "order-7".into(),
        step: step.map(str::to_owned),
        attempt: step.map(|_| 2),
    }
}

fn line(text: &str) -> Line {
    Line {
        place: place(Some("charge-1")),
        level: "warn".into(),
        timestamp_ms: 5,
        text: Some(text.to_owned()),
        message: Some(RawValue::from_string(json!([text, {"n": 1}]).to_string()).unwrap()),
    }
}

fn request(method: &str, headers: &Value) -> Invocation {
    let event = json!({"request": {"url": "http://h/a", "method": method, "headers": headers}, "response": {"status": 200}});
    invocation(&event, &json!({"entrypoint": "__StepwellFront"}))
}

fn invocation(event: &Value, more: &Value) -> Invocation {
    let mut all = json!({"outcome": "ok", "scriptName": null, "exceptions": [], "logs": [], "eventTimestamp": 9, "event": event});
    for (key, value) in more.as_object().unwrap() {
        all[key] = value.clone();
    }
    Invocation::read(&all.to_string()).unwrap()
}

fn watch(hub: &Arc<TailHub>, filters: &Value) -> Watching {
    let filters = Filters::read(filters.as_array().unwrap(), "10.0.0.1").unwrap();
    let tail = hub.open("default/shop", filters, "somebody").unwrap();
    hub.watch(&tail.token).unwrap()
}

async fn next(watching: &Watching) -> Value {
    serde_json::from_str(&watching.next().await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_line_of_a_run_names_its_instance_and_step() {
    let hub = hub();
    let watching = watch(&hub, &json!([]));
    hub.line(&source("default/other"), &line("of another Worker"));
    hub.line(&source("default/shop"), &line("hello"));
    let expected = json!({
        "wallTime": 0, "cpuTime": 0, "truncated": false, "executionModel": "stateless", "outcome": "ok",
        "entrypoint": "OrderWorkflow", "scriptName": "shop", "scriptVersion": {"id": "version-3"},
        "diagnosticsChannelEvents": [], "exceptions": [],
        "logs": [{"message": ["hello", {"n": 1}], "level": "warn", "timestamp": 5}],
        "eventTimestamp": 5, "event": {"rpcMethod": "run"},
        "workflow": "orders", "instance": "order-7", "step": "charge-1", "attempt": 2,
    });
    assert_eq!(next(&watching).await, expected);
}

#[tokio::test]
async fn a_failure_of_a_run_is_an_exception() {
    let hub = hub();
    let watching = watch(&hub, &json!([{"outcome": ["exception"]}]));
    hub.line(&source("default/shop"), &line("not an exception"));
    for step in [Some("charge-1"), None] {
        let failure = RunFailure {
            place: place(step),
            outcome: "exception",
            timestamp_ms: 6,
            name: "RangeError".into(),
            message: "declined".into(),
            stack: Some("RangeError: declined\n    at run (src/index.ts:1:2)\n    at x".into()),
        };
        hub.failure(&source("default/shop"), &failure);
        let message = next(&watching).await;
        let expected = json!([{"name": "RangeError", "message": "declined",
            "stack": "    at run (src/index.ts:1:2)\n    at x", "timestamp": 6}]);
        assert_eq!(message["exceptions"], expected);
        assert_eq!(
            (&message["outcome"], &message["logs"], &message["event"]),
            (&json!("exception"), &json!([]), &json!({"rpcMethod": "run"}))
        );
        assert_eq!(
            (&message["instance"], &message["step"], &message["entrypoint"]),
            (&json!("order-7"), &json!(step), &json!("OrderWorkflow"))
        );
    }
}

#[tokio::test]
async fn values_are_wanted_while_somebody_watches() {
    let hub = hub();
    let interest = hub.interest("default/shop");
    assert!(!interest.borrow().values);
    let tail = hub.open("default/shop", Filters::default(), "somebody").unwrap();
    assert!(!interest.borrow().values, "its client is not there yet");
    let watching = hub.watch(&tail.token).unwrap();
    assert!(interest.borrow().values);
    assert!(hub.watch(&tail.token).is_none(), "one client");
    assert!(!hub.interest("default/other").borrow().values);
    drop(watching);
    assert!(!interest.borrow().values);
    assert!(hub.watch(&tail.token).is_none(), "it is over");
}

#[tokio::test]
async fn an_invocation_has_the_shape_of_the_original() {
    let hub = hub();
    let watching = watch(&hub, &json!([]));
    let shop = source("default/shop");
    let headers =
        json!({"authorization": "Bearer x", "Cookie": "a=b", "stepwell-protocol": "https", "accept": "*/*"});
    hub.invocation(&shop, &request("GET", &headers));
    let message = next(&watching).await;
    assert_eq!(message["scriptName"], "shop");
    assert_eq!(message["scriptVersion"]["id"], "version-3");
    assert!(message.get("entrypoint").is_none(), "{message}");
    let expected = json!({"authorization": "REDACTED", "Cookie": "REDACTED", "accept": "*/*"});
    assert_eq!(message["event"]["request"]["headers"], expected);

    let thrown = json!([{"name": "Error", "message": "kaput", "stack": "stepwell-told:TypeError\n    at a.js:1:2", "timestamp": 9}]);
    let event =
        json!({"request": {"url": "http://h/", "method": "GET", "headers": {}}, "response": {"status": 500}});
    hub.invocation(
        &shop,
        &invocation(
            &event,
            &json!({"entrypoint": "__StepwellFront", "exceptions": thrown}),
        ),
    );
    let message = next(&watching).await;
    assert_eq!(message["outcome"], "exception");
    let expected =
        json!({"name": "TypeError", "message": "kaput", "stack": "    at a.js:1:2", "timestamp": 9});
    assert_eq!(message["exceptions"][0], expected);

    let event = json!({"request": {"url": "http://stepwell/scheduled?cron=*%2F5%20*&time=1700", "method": "POST", "headers": {}}});
    hub.invocation(
        &shop,
        &invocation(&event, &json!({"entrypoint": "__StepwellEvents"})),
    );
    assert_eq!(
        next(&watching).await["event"],
        json!({"cron": "*/5 *", "scheduledTime": 1700})
    );

    let bare = Invocation::read("{}").unwrap();
    hub.invocation(&shop, &bare);
    let message = next(&watching).await;
    for field in ["outcome", "logs", "exceptions", "eventTimestamp", "event"] {
        assert!(message.get(field).is_some(), "{field}: {message}");
    }
}

#[tokio::test]
async fn lone_surrogates_reach_the_client_as_text() {
    let hub = hub();
    let watching = watch(&hub, &json!([]));
    let mut surrogate = line("");
    surrogate.message = Some(RawValue::from_string(r#"["\ud800",{"\udc00":1}]"#.into()).unwrap());
    hub.line(&source("default/shop"), &surrogate);
    assert_eq!(
        next(&watching).await["logs"][0]["message"],
        json!(["\u{fffd}", {"\u{fffd}": 1}])
    );
}

#[tokio::test]
async fn filters_admit_what_they_name() {
    let headers = json!({"cf-connecting-ip": "10.0.0.1", "X-Shop": "tea and coffee"});
    for (filter, expected) in [
        (json!({"outcome": ["ok"]}), &["GET", "POST", "line"][..]),
        (json!({"outcome": ["exception"]}), &[]),
        (json!({"method": ["get", "PUT"]}), &["GET"]),
        (json!({"method": "POST"}), &["POST"]),
        (json!({"header": {"key": "x-shop"}}), &["GET"]),
        (json!({"header": {"key": "X-SHOP", "query": "tea"}}), &["GET"]),
        (json!({"header": {"key": "x-shop", "query": "rum"}}), &[]),
        (json!({"client_ip": ["self"]}), &["GET"]),
        (json!({"client_ip": ["10.0.0.2"]}), &[]),
        (json!({"query": "lin"}), &["line"]),
        (json!({"query": "rum"}), &[]),
        (json!({"scriptVersion": "version-3"}), &["GET", "POST", "line"]),
        (json!({"scriptVersion": "version-4"}), &[]),
        (json!({"sampling_rate": 0}), &[]),
        (json!({"sampling_rate": 1}), &["GET", "POST", "line"]),
        (
            json!({"sampling_rate": 1, "method": ["GET"], "header": {"key": "x-shop"}}),
            &["GET"],
        ),
    ] {
        let shop = source("default/shop");
        let hub = hub();
        let watching = watch(&hub, &json!([filter]));
        hub.invocation(&shop, &request("GET", &headers));
        hub.invocation(&shop, &request("POST", &json!({})));
        hub.line(&shop, &line("line"));
        let mut seen = Vec::new();
        for _ in expected {
            let message = next(&watching).await;
            let method = message["event"]["request"]["method"].as_str();
            seen.push(method.unwrap_or("line").to_owned());
        }
        assert_eq!(seen, expected, "{filter}");
        hub.stop();
        assert_eq!(
            watching.next().await.err(),
            Some(Ended::Stopped),
            "{filter}: no more"
        );
    }
}

#[test]
fn wrong_filters_are_named() {
    for (filters, expected) in [
        (json!([5]), "filters.0: expected an object"),
        (
            json!([{}]),
            "filters.0: expected one of sampling_rate, outcome, method, header, client_ip, query, scriptVersion",
        ),
        (
            json!([{"sampling_rate": 2}]),
            "filters.0: sampling_rate: expected a number from 0 to 1",
        ),
        (
            json!([{"query": "a"}, {"method": [5]}]),
            "filters.1: method: expected text",
        ),
        (
            json!([{"header": {}}]),
            "filters.0: header: expected {\"key\": \"name\", \"query\": \"text\"}",
        ),
        (
            json!([{"size": 1}]),
            "filters.0: unknown filter \"size\": expected one of sampling_rate, outcome, method, header, client_ip, query, scriptVersion",
        ),
    ] {
        let wrong = Filters::read(filters.as_array().unwrap(), "").unwrap_err();
        assert_eq!(wrong.to_string(), expected);
    }
}

#[tokio::test]
async fn sessions_are_listed_ended_and_bounded() {
    let hub = hub();
    assert_eq!(
        hub.open("default", Filters::default(), "somebody").unwrap_err(),
        Refusal::NoWorker
    );
    assert_eq!(hub.list("nobody/x"), None);
    let first = hub.open("default/shop", Filters::default(), "somebody").unwrap();
    assert_eq!(hub.list("default/shop"), Some(vec![first.clone()]));
    let watching = hub.watch(&first.token).unwrap();
    assert!(!hub.close("default/other", &first.id));
    assert!(hub.close("default/shop", &first.id));
    assert!(!hub.close("default/shop", &first.id));
    assert_eq!(watching.next().await, Err(Ended::Deleted));
    let opened = (0..20).map_while(|_| hub.open("default/shop", Filters::default(), "somebody").ok());
    assert_eq!(opened.count(), 10);
    let refused = hub.open("default/shop", Filters::default(), "somebody");
    assert_eq!(refused, Err(Refusal::TooMany { most: 10 }));
    assert!(hub.open("default/other", Filters::default(), "somebody").is_ok());
}
