//! Statuses and kinds in wrangler's words and signs (spec 5).

use crate::printer::moment;
use crate::printer::table::{Cell, Style};

pub(crate) fn status_label(status: &str) -> &'static str {
    match status {
        "complete" => "✅ Completed",
        "errored" => "❌ Errored",
        "paused" => "⏸️ Paused",
        "queued" => "⌛ Queued",
        "running" => "▶ Running",
        "terminated" => "🚫 Terminated",
        "waiting" => "⏰ Waiting",
        "waitingForPause" => "⏱️ Waiting for Pause",
        "rollingBack" => "↩ Rolling back",
        _ => "❓ Unknown",
    }
}

pub(super) fn status_cell(status: &str) -> Cell {
    Cell::new(status_label(status)).styled(match status {
        "complete" => Style::Good,
        "errored" | "terminated" => Style::Bad,
        "running" => Style::Plain,
        _ => Style::Doubtful,
    })
}

/// A time in a table: absolute and from now, or the latter alone where there is little room.
pub(crate) fn time_cell(time: Option<&str>, now_ms: i64) -> Cell {
    match time.and_then(moment::parse) {
        Some(ms) => Cell::new(moment::full(ms, now_ms)).or_short(moment::relative(ms, now_ms)),
        None => Cell::new(time.unwrap_or("N/A")),
    }
}

/// A time in a description.
pub(crate) fn time_text(time: Option<&str>, now_ms: i64) -> Option<String> {
    let time = time?;
    Some(moment::parse(time).map_or_else(|| time.to_owned(), |ms| moment::full(ms, now_ms)))
}

/// `1 instance`, `2 instances`
pub(super) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Lines of `Name: value`, the values under each other; those without a value are left out.
pub(crate) fn fields(fields: &[(&str, Option<String>)]) -> String {
    let shown = || {
        fields
            .iter()
            .filter_map(|(name, value)| Some((name, value.as_ref()?)))
    };
    let widest = shown().map(|(name, _)| name.len()).max().unwrap_or_default();
    let lines: Vec<String> = shown()
        .map(|(name, value)| format!("{:<1$} {value}", format!("{name}:"), widest + 1))
        .collect();
    lines.join("\n")
}
