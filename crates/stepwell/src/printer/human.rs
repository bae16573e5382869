//! The log for people: short lines, what happened to whom first.

use super::event::Line;
use super::style;
use std::fmt::Write as _;
use stepwell_core::duration;
use tracing::Level;

/// An error or warning of the command itself; `hint:` lines stand out.
pub(super) fn problem(kind: &str, text: &str) -> String {
    let text = text
        .strip_prefix("error: ")
        .or_else(|| text.strip_prefix("warning: "))
        .unwrap_or(text);
    let head = if kind == "error" {
        style::bad(kind)
    } else {
        style::doubtful(kind)
    };
    let mut lines = text.lines();
    let mut out = format!("{head}: {}", lines.next().unwrap_or_default());
    for line in lines {
        match line.strip_prefix("hint: ") {
            Some(hint) => {
                let _ = write!(out, "\n\n{} {hint}", style::good("hint:"));
            }
            None => {
                let _ = write!(out, "\n{line}");
            }
        }
    }
    out
}

/// What the command is doing.
pub(super) fn status(what: &str, text: &str) -> String {
    format!("{} {text}", style::good(what))
}

/// A line of `stepwell doctor`.
pub(super) fn check_line(name: &str, result: Result<&str, &str>) -> String {
    match result {
        Ok(text) => format!("{} {name:<15} {text}", style::good("ok   ")),
        Err(text) => format!("{} {name:<15} {text}", style::bad("wrong")),
    }
}

/// A log event.
pub(super) fn line(line: &Line) -> String {
    match line.target.as_str() {
        "stepwell::instance" => instance(line),
        "stepwell::console" => console(line),
        "stepwell::uncaught" => uncaught(line),
        "stepwell::request" => request(line),
        "stepwell::audit" => audit(line),
        _ => other(line),
    }
}

fn mark(level: Level, text: &str) -> String {
    match level {
        Level::ERROR => style::bad(text),
        Level::WARN => style::doubtful(text),
        _ => style::faint(text),
    }
}

/// `orders/order-7 charge-1: retry in 10 s after attempt 1: Error: declined`
fn instance(line: &Line) -> String {
    let mut out = who(line);
    let error = line.text("error").unwrap_or_default();
    match (line.message.as_str(), line.level) {
        ("retry", _) => {
            let after = format!("attempt {} failed", line.number("attempt").unwrap_or_default());
            let wait = duration::format(line.number("retry_in_ms").unwrap_or_default().unsigned_abs());
            let _ = write!(out, " {}, again in {wait}: {error}", style::doubtful(&after));
        }
        ("step failed", _) => {
            let after = match line.number("attempt").unwrap_or_default() {
                1 => "failed, not retried".to_owned(),
                attempts => format!("failed after {attempts} attempts"),
            };
            let _ = write!(out, " {}: {error}", style::bad(&after));
        }
        ("complete", _) => {
            let took = duration::format(line.number("took_ms").unwrap_or_default().unsigned_abs());
            let _ = write!(out, " {} in {took}", style::good("complete"));
        }
        (message, Level::ERROR) => {
            let _ = write!(out, " {}: {error}", style::bad(message));
        }
        (message, _) => {
            let _ = write!(out, " {message}");
            for (name, verb) in [("took_ms", "took"), ("for_ms", "for")] {
                if let Some(ms) = line.number(name) {
                    let _ = write!(out, " {verb} {}", duration::format(ms.unsigned_abs()));
                }
            }
            if let Some(event_type) = line.text("event_type") {
                let _ = write!(out, " for event \"{event_type}\"");
            }
        }
    }
    push_stack(&mut out, line.text("stack"));
    out
}

fn who(line: &Line) -> String {
    let workflow = line.text("workflow").unwrap_or_default();
    let instance = line.text("instance").unwrap_or_default();
    let worker = served(line)
        .map(|worker| format!("{worker} "))
        .unwrap_or_default();
    let mut out = style::name(&format!("{worker}{workflow}/{instance}"));
    if let Some(step) = line.text("step") {
        let _ = write!(out, " {step}:");
    }
    out
}

/// The Worker, if it is one of a server's, which has many: their keys begin with the account.
fn served(line: &Line) -> Option<&str> {
    let worker = line.text("worker")?;
    let (account, name) = worker.split_once('/')?;
    Some(if account == "default" { name } else { worker })
}

/// The frames of a stack; its first lines repeat the message.
fn push_stack(out: &mut String, stack: Option<&str>) {
    for frame in stack
        .unwrap_or_default()
        .lines()
        .filter(|line| line.trim_start().starts_with("at "))
        .take(5)
    {
        let _ = write!(out, "\n    {}", style::faint(frame.trim()));
    }
}

fn console(line: &Line) -> String {
    let who = if line.text("workflow").is_some() {
        who(line)
    } else {
        style::name(served(line).or(line.text("worker")).unwrap_or("worker"))
    };
    format!("{who} {} {}", mark(line.level, "|"), line.message)
}

/// `GET /orders threw Error: declined`, and the whole stack with its causes: the page shows no more.
fn uncaught(line: &Line) -> String {
    let text = |field| line.text(field).unwrap_or_default();
    let place = match line.text("place") {
        Some(place) => match served(line) {
            Some(worker) => format!("{} {place}", style::name(worker)),
            None => place.to_owned(),
        },
        None => asked(line),
    };
    let mut out = format!("{place} {} {}", style::bad("threw"), text("error"));
    if let Some(ray) = line.text("ray") {
        let _ = write!(out, " {}", style::faint(&format!("ray {ray}")));
    }
    for frame in line.text("stack").unwrap_or_default().lines().map(str::trim) {
        if frame.starts_with("at ") {
            let _ = write!(out, "\n    {}", style::faint(frame));
        } else if frame.starts_with("Caused by: ") {
            let _ = write!(out, "\n  {frame}");
        }
    }
    out
}

/// `GET /orders`; of a server, which has many Workers, with the Worker's name in front.
fn asked(line: &Line) -> String {
    let text = |field| line.text(field).unwrap_or_default();
    let asked = format!("{} {}", text("method"), text("path"));
    let worker = served(line).or(line.text("worker"));
    match (line.text("ray"), worker) {
        (Some(_), Some(worker)) => format!("{} {asked}", style::name(worker)),
        _ => asked,
    }
}

/// `GET /orders 200 in 3 ms`
fn request(line: &Line) -> String {
    let status = line.number("status").unwrap_or_default();
    let text = status.to_string();
    let status = match status {
        500.. => style::bad(&text),
        400.. => style::doubtful(&text),
        _ => style::good(&text),
    };
    let took = line
        .fields
        .get("duration_ms")
        .and_then(serde_json::Value::as_f64)
        .unwrap_or_default();
    let took = style::faint(&format!("in {took:.0} ms"));
    format!("{} {status} {took}", asked(line))
}

/// `audit ci (1c0f…) of acme from 10.0.0.7: PUT /client/v4/… (version …) 200`
fn audit(line: &Line) -> String {
    let Some(method) = line.text("method") else {
        return other(line);
    };
    let text = |field| line.text(field).unwrap_or_default();
    let who = match line.text("token") {
        Some(token) => {
            let name = style::name(text("name"));
            format!("{name} ({token}, {}) of {}", text("scope"), text("account"))
        }
        None => "nobody that is known".to_owned(),
    };
    let about = line
        .text("about")
        .map(|about| format!(" ({about})"))
        .unwrap_or_default();
    let status = line.number("status").unwrap_or_default().to_string();
    let status = match line.number("code") {
        Some(code) => style::doubtful(&format!("{status} ({code})")),
        None => style::good(&status),
    };
    let (address, path) = (text("address"), text("path"));
    format!(
        "{} {who} from {address}: {method} {path}{about} {status}",
        mark(line.level, "audit")
    )
}

fn other(line: &Line) -> String {
    let level = line.level.as_str().to_lowercase();
    let mut out = format!("{} {}", mark(line.level, &level), line.message);
    for (name, value) in &line.fields {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let _ = write!(out, " {}", style::faint(&format!("{name}={value}")));
    }
    out
}
