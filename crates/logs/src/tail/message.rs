//! What a session is sent: one JSON object for each event, in the shape of Cloudflare's tail (wire 8.4).

use crate::event::{Invocation, Line, Place, RunFailure, Source, now_ms};
use crate::surrogates;
use crate::thrown::{Thrown, frames};
use serde_json::{Map, Value, json};
use std::sync::{Arc, OnceLock};

/// Headers of requests whose values nobody gets to see.
const SECRET: &[&str] = &[
    "authorization",
    "cookie",
    "set-cookie",
    "proxy-authorization",
    "x-auth-key",
];
/// The entrypoints through which the runtime is entered; the user's own code is behind them.
const FRONT: &str = "__StepwellFront";
const EVENTS: &str = "__StepwellEvents";

/// A message, for as many sessions as want it.
pub(super) struct Message<'a> {
    fields: Map<String, Value>,
    line: Option<&'a Line>,
    text: OnceLock<Arc<str>>,
}

impl<'a> Message<'a> {
    /// A line of a run: as a call of `run()` that has logged it, with what names the instance and the step.
    pub(super) fn of_line(source: &Source, version: Option<String>, line: &'a Line) -> Self {
        let message: Value = line
            .message
            .as_ref()
            .and_then(|message| surrogates::parse(message.get()))
            .unwrap_or_else(|| json!([]));
        let log = json!({ "message": message, "level": line.level, "timestamp": line.timestamp_ms });
        let mut fields = of_run(source, version, &line.place, line.timestamp_ms);
        fields["logs"] = json!([log]);
        Self::new(fields, Some(line))
    }

    /// A step's attempt or a run that has ended badly: as a call of `run()` that threw.
    pub(super) fn of_failure(source: &Source, version: Option<String>, failure: &RunFailure) -> Self {
        let exception = json!({
            "name": failure.name,
            "message": failure.message,
            "stack": frames(failure.stack.as_deref().unwrap_or_default()),
            "timestamp": failure.timestamp_ms,
        });
        let mut fields = of_run(source, version, &failure.place, failure.timestamp_ms);
        fields["outcome"] = failure.outcome.into();
        fields["exceptions"] = json!([exception]);
        Self::new(fields, None)
    }

    /// An invocation, as the runtime tells of it, made what a client expects.
    pub(super) fn of_invocation(source: &Source, version: Option<String>, invocation: &Invocation) -> Self {
        let mut fields = invocation.0.clone();
        fields.insert("scriptName".into(), script_name(source).into());
        if let Some(id) = version {
            fields.insert("scriptVersion".into(), json!({ "id": id }));
        }
        for (field, default) in [
            ("outcome", json!("unknown")),
            ("logs", json!([])),
            ("exceptions", json!([])),
            ("eventTimestamp", json!(now_ms())),
            ("event", Value::Null),
        ] {
            fields.entry(field).or_insert(default);
        }
        let entrypoint = fields
            .get("entrypoint")
            .and_then(Value::as_str)
            .map(str::to_owned);
        match entrypoint.as_deref() {
            Some(EVENTS) => {
                fields.insert("event".into(), brought(fields.get("event")));
                fields.remove("entrypoint");
            }
            Some(FRONT) => {
                fields.remove("entrypoint");
            }
            _ => {}
        }
        name_what_was_thrown(&mut fields);
        redact(&mut fields);
        Self::new(Value::Object(fields), None)
    }

    fn new(fields: Value, line: Option<&'a Line>) -> Self {
        let fields = match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        Self {
            fields,
            line,
            text: OnceLock::new(),
        }
    }

    /// Its text.
    pub(super) fn text(&self) -> Arc<str> {
        let text = || serde_json::to_string(&self.fields).unwrap_or_default().into();
        self.text.get_or_init(text).clone()
    }

    /// What is looked at by the filters.
    pub(super) fn outcome(&self) -> Option<&str> {
        self.fields.get("outcome")?.as_str()
    }

    pub(super) fn event(&self) -> Option<&Value> {
        self.fields.get("event")
    }

    pub(super) fn version(&self) -> Option<&str> {
        self.fields.get("scriptVersion")?.get("id")?.as_str()
    }

    /// Whether something that was logged has this text in it.
    pub(super) fn says(&self, text: &str) -> bool {
        fn has(value: &Value, text: &str) -> bool {
            match value {
                Value::String(own) => own.contains(text),
                Value::Array(items) => items.iter().any(|item| has(item, text)),
                Value::Object(fields) => fields
                    .iter()
                    .any(|(key, value)| key.contains(text) || has(value, text)),
                other => other.to_string().contains(text),
            }
        }
        if self
            .line
            .and_then(|line| line.text.as_deref())
            .is_some_and(|shown| shown.contains(text))
        {
            return true;
        }
        let logs = self.fields.get("logs").and_then(Value::as_array);
        let mut messages = logs.into_iter().flatten().filter_map(|log| log.get("message"));
        messages.any(|message| has(message, text))
    }
}

/// What happened in a run, as a call of `run()` that went well and said nothing, with what names the instance and the step.
fn of_run(source: &Source, version: Option<String>, place: &Place, timestamp_ms: i64) -> Value {
    json!({
        "wallTime": 0,
        "cpuTime": 0,
        "truncated": false,
        "executionModel": "stateless",
        "outcome": "ok",
        "entrypoint": place.class_name,
        "scriptName": script_name(source),
        "scriptVersion": version.map(|id| json!({ "id": id })),
        "diagnosticsChannelEvents": [],
        "exceptions": [],
        "logs": [],
        "eventTimestamp": timestamp_ms,
        "event": { "rpcMethod": "run" },
        "workflow": place.workflow,
        "instance": place.instance,
        "step": place.step,
        "attempt": place.attempt,
    })
}

/// What a client is told that has lost messages.
pub(super) fn dropped(count: usize) -> Arc<str> {
    let were = if count == 1 {
        "message was"
    } else {
        "messages were"
    };
    let message = format!("{count} {were} dropped: more was logged than this tail could take.");
    let notice = json!({
        "outcome": "ok",
        "logs": [],
        "exceptions": [],
        "eventTimestamp": now_ms(),
        "event": { "type": "overload", "message": message },
    });
    notice.to_string().into()
}

/// A Worker's name without its account.
fn script_name(source: &Source) -> &str {
    source
        .worker
        .rsplit_once('/')
        .map_or(&*source.worker, |(_, script)| script)
}

/// The event that came as a request to the events entrypoint.
fn brought(event: Option<&Value>) -> Value {
    let url = event.and_then(|event| event.get("request")?.get("url")?.as_str());
    let Some((path, query)) = url.and_then(|url| url.split_once('?')) else {
        return Value::Null;
    };
    if !path.ends_with("/scheduled") {
        return Value::Null;
    }
    let value = |name: &str| {
        let found = query.split('&').filter_map(|pair| pair.split_once('='));
        found
            .into_iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value)
    };
    let time_ms: i64 = value("time")
        .and_then(|time| time.parse().ok())
        .unwrap_or_default();
    json!({ "cron": percent_decoded(value("cron").unwrap_or_default()), "scheduledTime": time_ms })
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Puts names and stacks where clients look for them. What the handler threw ends the invocation, though the runtime's entry,
/// which has told of it, ended well.
fn name_what_was_thrown(fields: &mut Map<String, Value>) {
    let Some(exceptions) = fields.get_mut("exceptions").and_then(Value::as_array_mut) else {
        return;
    };
    let mut ended_badly = false;
    for exception in exceptions {
        let thrown = Thrown::read(exception);
        ended_badly |= thrown.told;
        let (name, frames) = (Value::from(thrown.name), Value::from(thrown.frames));
        if let Some(fields) = exception.as_object_mut() {
            fields.insert("name".into(), name);
            fields.insert("stack".into(), frames);
        }
    }
    if ended_badly {
        fields.insert("outcome".into(), "exception".into());
    }
}

/// Takes off what is secret, and what is between the ingress and the runtime.
fn redact(fields: &mut Map<String, Value>) {
    let headers = fields
        .get_mut("event")
        .and_then(|event| event.get_mut("request")?.get_mut("headers")?.as_object_mut());
    let Some(headers) = headers else { return };
    headers.retain(|name, _| !name.to_ascii_lowercase().starts_with("stepwell-"));
    for (name, value) in headers {
        if SECRET.contains(&name.to_ascii_lowercase().as_str()) {
            *value = "REDACTED".into();
        }
    }
}
