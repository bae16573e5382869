//! Times, absolute and from now.

use stepwell_core::duration;
use stepwell_core::value::iso_string;

/// A time as the API writes it, in Unix milliseconds.
pub(crate) fn parse(text: &str) -> Option<i64> {
    stepwell_api::parse_time(text)
}

/// `2026-11-23 00:58:16Z`
pub(crate) fn absolute(ms: i64) -> String {
    let iso = iso_string(ms as f64).unwrap_or_default();
    match iso.split_once('.') {
        Some((seconds, _)) => format!("{}Z", seconds.replace('T', " ")),
        None => iso,
    }
}

/// `3 m 5 s ago`, `in 2 h`
pub(crate) fn relative(ms: i64, now_ms: i64) -> String {
    let away = now_ms - ms;
    match away {
        -999..=999 => "now".to_owned(),
        _ if away > 0 => format!("{} ago", duration::format(away.unsigned_abs())),
        _ => format!("in {}", duration::format(away.unsigned_abs())),
    }
}

/// Both.
pub(crate) fn full(ms: i64, now_ms: i64) -> String {
    format!("{} ({})", absolute(ms), relative(ms, now_ms))
}

/// The time by this machine's clock, in Unix milliseconds.
pub(crate) fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap_or_default().as_millis() as i64
}
