//! Reads `compatibility_date` and `compatibility_flags`.

use super::model::Config;
use super::node::{Kind, Node};
use super::report::Report;
pub(super) use crate::toolchain::WORKERD_COMPATIBILITY_DATE as NEWEST;

/// From this date on, there is a global `navigator`.
const NAVIGATOR: &str = "2022-03-21";

/// The date to run with: the one in the file, or workerd's own where there is none or a newer one.
pub(super) fn date(root: &Node, report: &mut Report<'_>) -> String {
    let Some(node) = root.get("compatibility_date") else {
        report.warn_running(root.at, format!("No compatibility_date was specified; the newest that this workerd supports is used. Add \"compatibility_date\": \"{NEWEST}\" to keep the behaviour when Stepwell is upgraded"));
        return NEWEST.to_owned();
    };
    let text = match &node.kind {
        Kind::Text(text) => text,
        Kind::Date(text) => {
            report.error_with(
                node.at,
                format!("Expected \"compatibility_date\" to be of type string but got a TOML date ({text})."),
                "put it in quotes",
            );
            return NEWEST.to_owned();
        }
        _ => {
            let found = node.stringify();
            report.error(
                node.at,
                format!("Expected \"compatibility_date\" to be of type string but got {found}."),
            );
            return NEWEST.to_owned();
        }
    };
    if text.contains(['–', '—']) {
        report.error(
            node.at,
            "\"compatibility_date\" field should use ISO-8601 accepted hyphens (-) rather than en-dashes (–) or em-dashes (—).",
        );
        return NEWEST.to_owned();
    }
    if !is_date(text) {
        report.error(
            node.at,
            format!(
                "\"compatibility_date\" field should be a valid ISO-8601 date (YYYY-MM-DD), but got {text:?}."
            ),
        );
        return NEWEST.to_owned();
    }
    if text.as_str() > NEWEST {
        report.warn(node.at, format!("The latest compatibility date supported by this workerd is {NEWEST}, but {text} was requested; {NEWEST} is used"));
        return NEWEST.to_owned();
    }
    text.clone()
}

/// The flags as written.
pub(super) fn flags(root: &Node, report: &mut Report<'_>) -> Vec<String> {
    let Some(node) = root.get("compatibility_flags") else {
        return Vec::new();
    };
    report
        .texts("compatibility_flags", node)
        .into_iter()
        .map(|(_, flag)| flag)
        .collect()
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| -> Option<u32> {
        let part = text.get(range)?;
        part.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| part.parse().ok())
            .flatten()
    };
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return false;
    }
    let (Some(year), Some(month), Some(day)) = (digits(0..4), digits(5..7), digits(8..10)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

impl Config {
    fn has_flag(&self, flag: &str) -> bool {
        self.compatibility_flags.iter().any(|found| found == flag)
    }

    /// Whether the Worker has a global `navigator`.
    pub(crate) fn has_navigator(&self) -> bool {
        let default = self.compatibility_date.as_str() >= NAVIGATOR;
        self.has_flag("global_navigator") || (default && !self.has_flag("no_global_navigator"))
    }
}

#[cfg(test)]
mod tests {
    use super::is_date;

    #[test]
    fn dates() {
        for good in ["2024-10-22", "2024-02-29", "2000-02-29", "2026-12-31"] {
            assert!(is_date(good), "{good}");
        }
        for bad in [
            "2024-13-01",
            "2023-02-29",
            "2100-02-29",
            "2024-00-10",
            "2024-1-1",
            "24-01-01",
            "",
            "2024–01–01",
            "+024-01-01",
        ] {
            assert!(!is_date(bad), "{bad}");
        }
    }
}
