//! Durations as user code, `wrangler` files and the REST API write them. This is the one parser of them.
//!
//! A duration is a number of milliseconds, or a string of a number and a unit (`"10 seconds"`, spec 2.4). The two
//! reference engines differ where the documentation is silent; decided here:
//!
//! | Written | Here | Why |
//! | --- | --- | --- |
//! | `"1 second"` … `"2 years"` | accepted | the documented form |
//! | `"10minutes"`, `" 1  day "` | accepted | as in workerd's engine; nothing else it could mean |
//! | `"5 milliseconds"` | accepted | as in workerd's engine |
//! | `"1.5 hours"` | accepted | as in both engines |
//! | `"1000"` (no unit) | refused | not documented; workerd's engine refuses it. Miniflare takes milliseconds, most people mean seconds |
//! | `"3 fortnights"` | refused | workerd's engine refuses it; Miniflare silently waits 3 ms |
//! | `"-1 second"`, `"1e3 seconds"`, `".5 days"`, `"1 Day"` | refused | as in workerd's engine |
//! | `"1 month"` | 30 days | as in both engines |
//! | `"1 year"` | 365 days | as in workerd's engine; with Miniflare's 365.25 `"1 year"` would break the limit of 365 days of a sleep |
//! | `0.5` | 1 ms | a wait ends at the first whole millisecond that is not before it (in effect as in workerd's engine) |
//! | `NaN`, `-1`, `Infinity` | refused | not an amount of time |
//! | more than [`MAX_MS`] | [`MAX_MS`] | never ends; the limits of a sleep or a wait are checked where they apply |

use serde_json::Value;

/// The longest duration: as many milliseconds as a JavaScript `Date` may be away from 1970. Longer ones are cut to it.
pub const MAX_MS: u64 = 8_640_000_000_000_000;

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Why something is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Neither a number nor a string.
    #[error("a duration is a number of milliseconds or a string such as \"30 seconds\", not {0}")]
    Type(&'static str),
    /// NaN, infinite or negative.
    #[error("a duration must be a finite number of milliseconds, 0 or more, not {0}")]
    Number(String),
    /// A string that is not a number and a unit.
    #[error("invalid duration \"{0}\": write a number and a unit, such as \"30 seconds\" or \"2 days\"")]
    Text(String),
    /// A string with a unit that does not exist.
    #[error("invalid duration \"{text}\": no unit \"{unit}\" (second, minute, hour, day, week, month, year)")]
    Unit {
        /// The whole string.
        text: String,
        /// What stands in the place of the unit.
        unit: String,
    },
}

/// The milliseconds of a duration as JSON carries it: a number or a string. A number that JSON cannot carry, which the
/// run channel sends as `{"$number": "NaN"}`, is refused as what it stands for.
pub fn parse(raw: &Value) -> Result<u64, Error> {
    match raw {
        Value::Number(number) => match number.as_u64() {
            Some(ms) => Ok(ms.min(MAX_MS)),
            None => from_number(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => parse_str(text),
        Value::Null => Err(Error::Type("null")),
        Value::Bool(_) => Err(Error::Type("a boolean")),
        Value::Array(_) => Err(Error::Type("an array")),
        Value::Object(fields) => match fields.get("$number").and_then(Value::as_str) {
            Some(number) => Err(Error::Number(number.to_owned())),
            None => Err(Error::Type("an object")),
        },
    }
}

/// The milliseconds of a duration that is written as a string: a number, optional space, a unit.
pub fn parse_str(text: &str) -> Result<u64, Error> {
    let trimmed = text.trim();
    let digits = trimmed
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(trimmed.len());
    let (number, rest) = trimmed.split_at(digits);
    let unit = rest.trim_start();
    if !is_decimal(number) || unit.is_empty() || !unit.bytes().all(|b| b.is_ascii_lowercase()) {
        return Err(Error::Text(text.to_owned()));
    }
    let Some(unit_ms) = unit_ms(unit) else {
        return Err(Error::Unit {
            text: text.to_owned(),
            unit: unit.to_owned(),
        });
    };
    let number: f64 = number.parse().map_err(|_| Error::Text(text.to_owned()))?;
    Ok(whole_ms(number * unit_ms as f64))
}

/// A duration for people: its two largest units, such as `2 m 5 s`, `350 ms`, `365 d`.
pub fn format(ms: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s")];
    let Some(first) = UNITS.iter().position(|(size, _)| ms >= *size) else {
        return format!("{ms} ms");
    };
    let (size, name) = UNITS[first];
    let (count, rest) = (ms / size, ms % size);
    match UNITS.get(first + 1) {
        Some((smaller, smaller_name)) if rest >= *smaller => {
            format!("{count} {name} {} {smaller_name}", rest / smaller)
        }
        // A second is too coarse for what is only a few of them.
        None if rest >= 100 && count < 10 => format!("{count}.{} s", rest / 100),
        _ => format!("{count} {name}"),
    }
}

fn from_number(ms: f64) -> Result<u64, Error> {
    if ms.is_finite() && ms >= 0.0 {
        return Ok(whole_ms(ms));
    }
    Err(Error::Number(ms.to_string()))
}

/// Rounds up, except where only the floating point is to blame (1.1 × 1000 is a little more than 1100).
fn whole_ms(ms: f64) -> u64 {
    let nearest = ms.round();
    let whole = if (ms - nearest).abs() <= nearest * 1e-12 {
        nearest
    } else {
        ms.ceil()
    };
    // A float that is too large for the integer becomes the largest integer.
    (whole as u64).min(MAX_MS)
}

/// Whether this is digits, or digits, a point and digits.
fn is_decimal(number: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    match number.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(number),
    }
}

fn unit_ms(unit: &str) -> Option<u64> {
    Some(match unit.strip_suffix('s').unwrap_or(unit) {
        "millisecond" => 1,
        "second" => SECOND,
        "minute" => MINUTE,
        "hour" => HOUR,
        "day" => DAY,
        "week" => 7 * DAY,
        "month" => 30 * DAY,
        "year" => 365 * DAY,
        _ => return None,
    })
}
