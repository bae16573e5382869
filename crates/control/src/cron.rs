//! Cron expressions in Cloudflare's dialect: five fields, days of the week from 1 (Sunday) to 7, times in UTC.

use chrono::{DateTime, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use stepwell_core::limits;

fn parse(expression: &str) -> Result<Cron, String> {
    let parser = CronParser::builder()
        .seconds(Seconds::Disallowed)
        .year(Year::Disallowed)
        .alternative_weekdays(true)
        .build();
    parser
        .parse(expression)
        .map_err(|error| format!("\"{expression}\" is not a valid cron expression ({error}); five fields are needed, such as \"*/15 * * * *\""))
}

/// What is wrong with an expression, in words.
pub(crate) fn check(expression: &str) -> Result<(), String> {
    let length = expression.chars().count() as u64;
    if !(1..=limits::CRON_CHARS).contains(&length) {
        return Err(format!(
            "a cron expression has 1 to {} characters, not {length}",
            limits::CRON_CHARS
        ));
    }
    parse(expression).map(|_| ())
}

/// When an expression is due next after `now_ms`, Unix milliseconds; `None` if never.
pub(crate) fn next_ms(expression: &str, now_ms: i64) -> Option<i64> {
    let now: DateTime<Utc> = DateTime::from_timestamp_millis(now_ms)?;
    let next = parse(expression).ok()?.find_next_occurrence(&now, false).ok()?;
    Some(next.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::{check, next_ms};

    /// 2026-11-22T21:25:38.604Z, a Sunday.
    const NOW: i64 = 1_795_382_738_604;

    #[test]
    fn the_next_time_is_found() {
        assert_eq!(next_ms("*/15 * * * *", NOW), Some(1_795_383_000_000));
        assert_eq!(next_ms("0 3 * * *", NOW), Some(1_795_402_800_000));
        // Sunday is 1.
        assert_eq!(next_ms("0 22 * * 1", NOW), Some(1_795_384_800_000));
        assert_eq!(next_ms("0 22 * * SUN", NOW), Some(1_795_384_800_000));
        assert_eq!(next_ms("0 0 30 2 *", NOW), None);
    }

    #[test]
    fn expressions_that_are_none_are_refused() {
        for bad in [
            "",
            "* * * *",
            "* * * * * *",
            "61 * * * *",
            "every day",
            &"* ".repeat(200),
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
        for good in ["* * * * *", "0 3 * * MON-FRI", "0 0 L * *", "59 23 1,15 */2 7"] {
            check(good).unwrap();
        }
    }
}
