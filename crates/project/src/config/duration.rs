//! Durations in a configuration: `"<number> <unit>"`, the form that the API takes (spec, workflows.md 4.1).
//!
//! To be replaced by `stepwell_core::duration` as soon as that has its parser.

const UNITS: [(&str, u64); 7] = [
    ("second", 1_000),
    ("minute", 60_000),
    ("hour", 3_600_000),
    ("day", 86_400_000),
    ("week", 604_800_000),
    ("month", 2_592_000_000),
    ("year", 31_557_600_000),
];

/// The duration in milliseconds, or `None` if `text` is none.
pub(super) fn milliseconds(text: &str) -> Option<u64> {
    let (number, unit) = text.split_once(char::is_whitespace)?;
    let unit = unit.trim_start();
    let unit = unit.strip_suffix('s').unwrap_or(unit);
    let factor = UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .map(|(_, factor)| *factor)?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn takes_what_the_api_takes() {
        assert_eq!(milliseconds("3 days"), Some(259_200_000));
        assert_eq!(milliseconds("1 second"), Some(1_000));
        assert_eq!(milliseconds("2  weeks"), Some(1_209_600_000));
        for bad in [
            "",
            "3",
            "3days",
            "days",
            "-1 days",
            "1.5 days",
            "3 fortnights",
            "3 dayss",
            "+1 day",
            " 1 day",
        ] {
            assert_eq!(milliseconds(bad), None, "{bad}");
        }
        assert_eq!(milliseconds("99999999999999999999 days"), None);
        assert_eq!(milliseconds("18446744073709551615 days"), None);
    }
}
