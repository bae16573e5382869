//! An instance's steps as bars over time.

use super::moment;
use super::style;
use super::table::fit;
use stepwell_client::types::{Attempt, Instance, Step};
use stepwell_core::duration;
use unicode_width::UnicodeWidthStr;

/// Columns for the names of steps.
const LABEL_MAX: usize = 24;
/// Columns for what is said behind a bar.
const NOTE_MAX: usize = 22;
/// Bars in less tell nothing.
const BARS_MIN: usize = 12;
/// If, in proportion, more bars than these would be dots, times take part in the axis by their logarithms.
const DOTS_MAX: usize = 2;
/// Times below are in proportion even then.
const SHORT_MS: f64 = 50.0;

/// What goes on in a stretch of a row. Each has a sign of its own, so that it can be read without colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Worked,
    Failed,
    Works,
    BetweenAttempts,
    Sleeps,
    Waits,
}

/// A stretch of a row, in Unix milliseconds.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    from: i64,
    to: i64,
    sign: Sign,
}

struct Row {
    label: String,
    stretches: Vec<Stretch>,
    note: String,
    bad: bool,
}

/// The picture, at most so many columns wide; `now_ms` is where bars of what goes on end.
pub(crate) fn timeline(instance: &Instance, now_ms: i64, width: usize) -> String {
    let rows: Vec<Row> = instance
        .steps
        .iter()
        .filter_map(|step| row(step, now_ms))
        .collect();
    if rows.is_empty() {
        return "No step has begun yet".to_owned();
    }
    let widest = |of: fn(&Row) -> usize| rows.iter().map(of).max().unwrap_or_default();
    let label = widest(|row| row.label.width()).min(LABEL_MAX).min(width / 3);
    let note = widest(|row| row.note.width()).min(NOTE_MAX).min(width / 4);
    let bars = width.saturating_sub(label + note + 4).max(BARS_MIN);
    let axis = Axis::of(instance, &rows, now_ms, bars);
    let mut lines = vec![axis.head(label)];
    for row in &rows {
        let shown = fit(&row.label, label);
        let missing = label.saturating_sub(shown.width());
        let name = if row.bad { style::bad(&shown) } else { shown };
        let note = style::faint(&fit(&row.note, note));
        lines.push(format!(
            "{name}{}  {}  {note}",
            " ".repeat(missing),
            axis.bar(row)
        ));
    }
    lines.push(String::new());
    lines.extend(legend(&rows, &axis, width).iter().map(|line| style::faint(line)));
    // No line ends with the spaces of an empty note.
    lines
        .iter()
        .map(|line| line.trim_end())
        .collect::<Vec<_>>()
        .join("\n")
}

fn row(step: &Step, now_ms: i64) -> Option<Row> {
    let from = step.start.as_deref().and_then(moment::parse)?;
    let label = step.name.clone().unwrap_or_default();
    let end = step.end.as_deref().and_then(moment::parse);
    let one = |sign: Sign| {
        // The end of a sleep and of a wait is told before it comes.
        let to = end.unwrap_or(now_ms).min(now_ms).max(from);
        vec![Stretch { from, to, sign }]
    };
    let stretches = match step.kind.as_str() {
        "sleep" => one(Sign::Sleeps),
        "waitForEvent" => one(Sign::Waits),
        _ => attempts(&step.attempts, from, end, now_ms),
    };
    let bad = step.error.is_some() || step.success == Some(false);
    Some(Row {
        label,
        note: note(step, from, end, now_ms),
        stretches,
        bad,
    })
}

fn attempts(attempts: &[Attempt], from: i64, end: Option<i64>, now_ms: i64) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for attempt in attempts {
        let Some(begin) = attempt.start.as_deref().and_then(moment::parse) else {
            continue;
        };
        if let Some(before) = stretches.last().copied()
            && before.to < begin
        {
            stretches.push(Stretch {
                from: before.to,
                to: begin,
                sign: Sign::BetweenAttempts,
            });
        }
        let over = attempt.end.as_deref().and_then(moment::parse);
        let sign = match (over, attempt.success) {
            (None, _) => Sign::Works,
            (Some(_), Some(false)) => Sign::Failed,
            (Some(_), _) => Sign::Worked,
        };
        let to = over.unwrap_or(now_ms).max(begin);
        stretches.push(Stretch {
            from: begin,
            to,
            sign,
        });
    }
    match stretches.last().copied() {
        None => stretches.push(Stretch {
            from,
            to: end.unwrap_or(now_ms).max(from),
            sign: Sign::Works,
        }),
        // It waits for the next attempt.
        Some(last) if end.is_none() && last.sign == Sign::Failed && last.to < now_ms => {
            stretches.push(Stretch {
                from: last.to,
                to: now_ms,
                sign: Sign::BetweenAttempts,
            });
        }
        Some(_) => {}
    }
    stretches
}

/// How long, and what of it.
fn note(step: &Step, from: i64, end: Option<i64>, now_ms: i64) -> String {
    let length = |to: i64| duration::format((to - from).max(0).unsigned_abs());
    let failed = step
        .attempts
        .iter()
        .filter(|attempt| attempt.success == Some(false))
        .count();
    let retries = match (failed, step.success) {
        (0, _) => String::new(),
        (1, Some(false)) => ", failed".to_owned(),
        (count, None | Some(false)) => format!(", {count} failed"),
        (1, _) => ", 1 retry".to_owned(),
        (count, _) => format!(", {count} retries"),
    };
    match (step.kind.as_str(), end) {
        ("sleep", Some(to)) if to > now_ms => {
            format!("{} left", duration::format((to - now_ms).unsigned_abs()))
        }
        ("waitForEvent", _) if step.finished != Some(true) => {
            let kind = step.event_type.as_deref().unwrap_or("an event");
            format!("waits for {kind}")
        }
        ("waitForEvent", Some(to)) if step.error.is_some() => format!("{}, timed out", length(to)),
        (_, Some(to)) => format!("{}{retries}", length(to)),
        (_, None) => format!("{}{retries} …", length(now_ms)),
    }
}

/// Which column a time has.
struct Axis {
    /// Times and the columns they have, in order; between two of them it is straight.
    marks: Vec<(i64, f64)>,
    columns: usize,
    in_proportion: bool,
}

impl Axis {
    fn of(instance: &Instance, rows: &[Row], now_ms: i64, columns: usize) -> Self {
        let begin = instance.queued.as_deref().and_then(moment::parse);
        let stretches = || rows.iter().flat_map(|row| &row.stretches);
        let mut times: Vec<i64> = stretches()
            .flat_map(|stretch| [stretch.from, stretch.to])
            .collect();
        times.extend(begin);
        times.extend(instance.end.as_deref().and_then(moment::parse));
        times.retain(|time| *time <= now_ms);
        times.sort_unstable();
        times.dedup();
        let first = times.first().copied().unwrap_or(now_ms);
        let whole = (times.last().copied().unwrap_or(now_ms) - first).max(1);
        let dots = stretches()
            .filter(|stretch| (stretch.to - stretch.from) as f64 * (columns as f64) < whole as f64)
            .count();
        let in_proportion = dots <= DOTS_MAX;
        let weight = |ms: i64| {
            if in_proportion {
                ms as f64
            } else {
                (ms as f64 / SHORT_MS).ln_1p()
            }
        };
        let mut marks = vec![(first, 0.0)];
        for pair in times.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let before = marks.last().map_or(0.0, |(_, at)| *at);
            marks.push((to, before + weight(to - from)));
        }
        let length = marks.last().map_or(0.0, |(_, at)| *at).max(f64::MIN_POSITIVE);
        for (_, at) in &mut marks {
            *at = *at / length * columns as f64;
        }
        Self {
            marks,
            columns,
            in_proportion,
        }
    }

    /// The column in which a time is.
    fn column(&self, time: i64) -> f64 {
        let after = self.marks.partition_point(|(mark, _)| *mark <= time);
        let Some((from, at)) = after.checked_sub(1).and_then(|index| self.marks.get(index)) else {
            return 0.0;
        };
        match self.marks.get(after) {
            None => *at,
            Some((to, next)) => at + (next - at) * (time - from) as f64 / (to - from).max(1) as f64,
        }
    }

    /// The time that a column has, in milliseconds from the beginning.
    fn time(&self, column: f64) -> u64 {
        let first = self.marks.first().map_or(0, |(time, _)| *time);
        let after = self.marks.partition_point(|(_, at)| *at <= column);
        let time = match (
            after.checked_sub(1).and_then(|index| self.marks.get(index)),
            self.marks.get(after),
        ) {
            (Some((from, at)), Some((to, next))) => {
                *from as f64 + (column - at) / (next - at) * (to - from) as f64
            }
            (Some((time, _)), None) | (None, Some((time, _))) => *time as f64,
            (None, None) => 0.0,
        };
        (time - first as f64).max(0.0) as u64
    }

    /// Durations from the beginning, above the bars.
    fn head(&self, label: usize) -> String {
        const EVERY: usize = 12;
        let mut line = " ".repeat(label + 2);
        let mut column = 0;
        while column < self.columns {
            let text = duration::format(self.time(column as f64));
            if column + text.width() > self.columns {
                break;
            }
            line.push_str(&text);
            let room = EVERY.max(text.width() + 1);
            line.push_str(&" ".repeat(room - text.width()));
            column += room;
        }
        style::faint(line.trim_end())
    }

    fn bar(&self, row: &Row) -> String {
        let mut cells: Vec<Option<Sign>> = vec![None; self.columns];
        for stretch in &row.stretches {
            let from = (self.column(stretch.from) as usize).min(self.columns - 1);
            let to = (self.column(stretch.to).ceil() as usize).clamp(from + 1, self.columns);
            for cell in &mut cells[from..to] {
                // What happened in a moment is not hidden by the wait beside it.
                if cell.is_none() || stretch.sign != Sign::BetweenAttempts {
                    *cell = Some(stretch.sign);
                }
            }
        }
        let mut bar = String::new();
        let mut at = 0;
        while at < cells.len() {
            let length = cells[at..].iter().take_while(|cell| **cell == cells[at]).count();
            bar.push_str(&drawn(cells[at], length));
            at += length;
        }
        bar
    }
}

fn drawn(sign: Option<Sign>, length: usize) -> String {
    let Some(sign) = sign else {
        return " ".repeat(length);
    };
    let text = sign.sign().repeat(length);
    match sign {
        Sign::Worked => style::good(&text),
        Sign::Failed => style::bad(&text),
        Sign::Works => style::doubtful(&text),
        Sign::Sleeps | Sign::Waits => style::name(&text),
        Sign::BetweenAttempts => style::faint(&text),
    }
}

impl Sign {
    fn sign(self) -> &'static str {
        match self {
            Self::Worked => "█",
            Self::Failed => "x",
            Self::Works => "▒",
            Self::BetweenAttempts => "·",
            Self::Sleeps => "─",
            Self::Waits => "┈",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Worked => "done",
            Self::Failed => "failed attempt",
            Self::Works => "running",
            Self::BetweenAttempts => "until the next attempt",
            Self::Sleeps => "sleep",
            Self::Waits => "wait for an event",
        }
    }
}

/// What the signs that are shown mean.
fn legend(rows: &[Row], axis: &Axis, width: usize) -> Vec<String> {
    let all = [
        Sign::Worked,
        Sign::Failed,
        Sign::BetweenAttempts,
        Sign::Works,
        Sign::Sleeps,
        Sign::Waits,
    ];
    let shown = |sign: &Sign| {
        rows.iter()
            .flat_map(|row| &row.stretches)
            .any(|stretch| stretch.sign == *sign)
    };
    let mut parts: Vec<String> = all
        .into_iter()
        .filter(shown)
        .map(|sign| format!("{} {}", sign.sign(), sign.meaning()))
        .collect();
    if !axis.in_proportion {
        parts.push("long times are drawn shorter".to_owned());
    }
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if line.width() + 3 + part.width() <= width => {
                line.push_str("   ");
                line.push_str(&part);
            }
            _ => lines.push(part),
        }
    }
    lines
}

#[cfg(test)]
#[path = "timeline_tests.rs"]
mod tests;
