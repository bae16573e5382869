//! What a command printed, without what is never the same twice.

use crate::Said;
use regex::Regex;
use serde_json::{Map, Value};
use std::fmt::Write as _;
use std::sync::LazyLock;

/// Patterns, and what stands for what they match.
static REPLACED: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        // Colours, which are printed to a pipe, too.
        (r"\x1b\[[0-9;]*m", ""),
        (".*Logs were written to.*\n", ""),
        // The width of columns depends on how long the times are.
        (r" +\n", "\n"),
        (r"(\S)  +", "$1 "),
        ("─+", "─"),
        ("\n{3,}", "\n\n"),
        (
            r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "<uuid>",
        ),
        ("[0-9a-f]{32}", "<id>"),
        // How long an upload took.
        (r"\d+(?:\.\d+)? (ms|sec)\b", "<duration>"),
        (r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z", "<time>"),
        (r"\d{1,2}/\d{1,2}/\d{4}, \d{1,2}:\d{2}:\d{2}\s[AP]M", "<time>"),
        (r"\(in [^)]* from now\)", "(in <duration> from now)"),
        (r"([:│] )\d+ (?:second|minute)s?\b", "$1<duration>"),
    ]
    .map(|(pattern, stands)| (Regex::new(pattern).expect("the patterns are right"), stands))
    .into()
});
/// Everything that a command said, to be compared.
pub fn text(said: &Said) -> String {
    let mut text = match serde_json::from_str(&said.stdout) {
        Ok(json) => format!("{:#}\n", sorted(json)),
        Err(_) => said.stdout.clone(),
    };
    if !said.stderr.trim().is_empty() {
        let _ = write!(text, "\nstderr:\n{}", said.stderr);
    }
    if said.code != Some(0) {
        let _ = write!(text, "\nexit: {:?}\n", said.code);
    }
    for (pattern, stands) in REPLACED.iter() {
        text = pattern.replace_all(&text, *stands).into_owned();
    }
    text.trim().to_owned()
}

/// With the keys of objects in order: the two sides write them differently.
fn sorted(json: Value) -> Value {
    match json {
        Value::Object(fields) => {
            let mut fields: Vec<(String, Value)> = fields
                .into_iter()
                .map(|(key, value)| (key, sorted(value)))
                .collect();
            fields.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(Map::from_iter(fields))
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}
