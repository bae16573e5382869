//! An instance and its steps in words, in wrangler's order (spec 5).

use super::super::labels::{fields, status_label, time_text};
use crate::printer::moment;
use crate::printer::table::{Cell, Column, Cut, Style, table};
use crate::printer::terminal;
use serde_json::Value;
use stepwell_client::types::{Attempt, Instance, Step};
use stepwell_core::duration;

const ATTEMPTS: [Column; 5] = [
    Column {
        title: "Start",
        cut: Cut::First,
    },
    Column {
        title: "End",
        cut: Cut::First,
    },
    Column {
        title: "Duration",
        cut: Cut::Last,
    },
    Column {
        title: "State",
        cut: Cut::Last,
    },
    Column {
        title: "Error",
        cut: Cut::First,
    },
];

/// What is known of the instance itself.
pub(super) fn head(workflow: &str, id: &str, instance: &Instance, now_ms: i64) -> String {
    let time = |time: &Option<String>| time_text(time.as_deref(), now_ms);
    let trigger = instance
        .trigger
        .as_ref()
        .and_then(|trigger| trigger.source.as_deref());
    let output = (!instance.output.is_null()).then(|| cut(&instance.output, 1000));
    fields(&[
        ("Workflow Name", Some(workflow.to_owned())),
        ("Instance Id", Some(id.to_owned())),
        ("Version Id", instance.version_id.clone()),
        ("Status", Some(status_label(&instance.status).to_owned())),
        ("Trigger", trigger.map(|source| trigger_label(source).to_owned())),
        ("Queued", time(&instance.queued)),
        (
            "Success",
            instance.success.map(|success| yes_or_no(success).to_owned()),
        ),
        ("Start", time(&instance.start)),
        ("End", time(&instance.end)),
        (
            "Duration",
            length(instance.start.as_deref(), instance.end.as_deref(), now_ms),
        ),
        ("Last Successful Step", last_successful(&instance.steps)),
        ("Output", output),
        ("Error", instance.error.as_ref().map(ToString::to_string)),
    ])
}

/// A step, with its output in so many characters if it is wanted.
pub(super) fn step(step: &Step, output: Option<usize>, now_ms: i64) -> String {
    let is_step = matches!(step.kind.as_str(), "step" | "rollback");
    let time = |time: &Option<String>| time_text(time.as_deref(), now_ms);
    let has_output = is_step || step.kind == "waitForEvent";
    let success = match (is_step, step.success) {
        (false, _) => None,
        (true, Some(success)) => Some(yes_or_no(success).to_owned()),
        (true, None) => Some("▶ Running".to_owned()),
    };
    let by = step.trigger.as_ref().and_then(|trigger| trigger.source.clone());
    let text = fields(&[
        ("Name", step.name.clone()),
        ("Type", Some(type_label(&step.kind).to_owned())),
        ("Trigger", by),
        ("Event", step.event_type.clone()),
        ("Start", time(&step.start)),
        ("End", time(&step.end)),
        (
            "Duration",
            length(step.start.as_deref(), step.end.as_deref(), now_ms),
        ),
        ("Success", success),
        ("Error", step.error.as_ref().map(ToString::to_string)),
        (
            "Output",
            output
                .filter(|_| has_output)
                .map(|limit| cut(&step.output, limit)),
        ),
    ]);
    let mut lines: Vec<String> = text.lines().map(|line| format!("  {line}")).collect();
    if is_step && !step.attempts.is_empty() {
        let table = attempts(&step.attempts, now_ms);
        lines.extend(
            table
                .lines()
                .map(|line| format!("    {line}").trim_end().to_owned()),
        );
    }
    lines.join("\n")
}

fn attempts(attempts: &[Attempt], now_ms: i64) -> String {
    let failed = attempts.iter().any(|attempt| attempt.error.is_some());
    let columns = if failed { &ATTEMPTS[..] } else { &ATTEMPTS[..4] };
    let time = |time: &Option<String>| {
        let ms = time.as_deref().and_then(moment::parse);
        ms.map_or_else(
            || Cell::new(""),
            |ms| Cell::new(moment::absolute(ms)).or_short(moment::relative(ms, now_ms)),
        )
    };
    let rows: Vec<Vec<Cell>> = attempts
        .iter()
        .map(|attempt| {
            let (state, style) = match attempt.success {
                None => ("🔄 Working", Style::Doubtful),
                Some(true) => ("✅ Success", Style::Good),
                Some(false) => ("❌ Error", Style::Bad),
            };
            let mut row = vec![
                time(&attempt.start),
                time(&attempt.end),
                Cell::new(
                    length(attempt.start.as_deref(), attempt.end.as_deref(), now_ms).unwrap_or_default(),
                ),
                Cell::new(state).styled(style),
            ];
            if failed {
                row.push(Cell::new(
                    attempt
                        .error
                        .as_ref()
                        .map(ToString::to_string)
                        .unwrap_or_default(),
                ));
            }
            row
        })
        .collect();
    table(columns, &rows, terminal::table_width().saturating_sub(4))
}

fn length(start: Option<&str>, end: Option<&str>, now_ms: i64) -> Option<String> {
    let start = moment::parse(start?)?;
    let end = end.and_then(moment::parse).unwrap_or(now_ms);
    Some(duration::format((end - start).max(0).unsigned_abs()))
}

/// The API gives results of steps as JSON text: shown as that, not quoted once more.
fn cut(output: &Value, limit: usize) -> String {
    let text = match output {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.chars().count() <= limit {
        return text;
    }
    let start: String = text.chars().take(limit).collect();
    format!("{start}[...output truncated]")
}

fn last_successful(steps: &[Step]) -> Option<String> {
    let succeeded = |step: &&Step| match step.kind.as_str() {
        "step" => step.success == Some(true),
        "sleep" | "waitForEvent" => step.finished == Some(true) && step.error.is_none(),
        _ => false,
    };
    steps.iter().rfind(succeeded)?.name.clone()
}

fn yes_or_no(success: bool) -> &'static str {
    if success { "✅ Yes" } else { "❌ No" }
}

fn trigger_label(source: &str) -> &str {
    match source {
        "api" => "🌎 API",
        "binding" => "🔗 Binding",
        "cron" => "⌛ Cron",
        "event" => "📩 Event",
        other => other,
    }
}

fn type_label(kind: &str) -> &str {
    match kind {
        "step" => "🎯 Step",
        "rollback" => "↩ Rollback",
        "sleep" => "💤 Sleeping",
        "termination" => "🚫 Termination",
        "waitForEvent" => "👀 Waiting for event",
        other => other,
    }
}
