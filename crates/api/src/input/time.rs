//! Times in requests.

/// The Unix milliseconds of `YYYY-MM-DDTHH:MM:SS[.fraction]Z`, the one form that is accepted.
pub fn parse(text: &str) -> Option<i64> {
    let text = text.strip_suffix('Z')?;
    let (date, time) = text.split_once('T')?;
    let (time, fraction) = match time.split_once('.') {
        Some((time, fraction)) => (time, digits(fraction, 1..=fraction.len())?),
        None => (time, ""),
    };
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let thousandths: i64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    let seconds = ((days_before(year, month) + day - 1) * 24 + hour) * 3600 + minute * 60 + second;
    Some(seconds * 1000 + thousandths)
}

/// The same with an offset in place of the `Z`, as Python's `isoformat()` writes times, or with neither, which means UTC.
pub(crate) fn parse_with_offset(text: &str) -> Option<i64> {
    if text.ends_with('Z') {
        return parse(text);
    }
    let (_, time) = text.split_once('T')?;
    let Some(sign) = time.find(['+', '-']) else {
        return parse(&format!("{text}Z"));
    };
    let (time, offset) = text.split_at(text.len() - time.len() + sign);
    let (hours, minutes) = offset[1..].split_once(':')?;
    let hours: i64 = digits(hours, 2..=2)?.parse().ok()?;
    let minutes: i64 = digits(minutes, 2..=2)?.parse().ok()?;
    let offset_ms = (hours * 60 + minutes) * 60_000;
    let offset_ms = if offset.starts_with('-') {
        -offset_ms
    } else {
        offset_ms
    };
    Some(parse(&format!("{time}Z"))? - offset_ms)
}

/// Three numbers of so many digits.
fn numbers(text: &str, separator: char, lengths: [usize; 3]) -> Option<[i64; 3]> {
    let mut parts = text.split(separator);
    let mut result = [0; 3];
    for (number, length) in result.iter_mut().zip(lengths) {
        *number = digits(parts.next()?, length..=length)?.parse().ok()?;
    }
    parts.next().is_none().then_some(result)
}

fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<&str> {
    let good = length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    (good && !text.is_empty()).then_some(text)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970 to the first of a month.
fn days_before(year: i64, month: i64) -> i64 {
    const TO_1970: i64 = 719_162;
    let last = year - 1;
    let years = last * 365 + last.div_euclid(4) - last.div_euclid(100) + last.div_euclid(400);
    years - TO_1970 + (1..month).map(|month| days_in(year, month)).sum::<i64>()
}

#[cfg(test)]
mod tests {
    use super::{parse, parse_with_offset};
    use stepwell_core::value::iso_string;

    #[test]
    fn times_come_back() {
        for text in [
            "1970-01-01T00:00:00.000Z",
            "2026-11-22T21:25:38.604Z",
            "2024-02-29T23:59:59.999Z",
            "2000-03-01T00:00:00.000Z",
            "1969-12-31T23:59:59.000Z",
            "0001-01-01T00:00:00.000Z",
            "9999-12-31T00:00:00.000Z",
        ] {
            assert_eq!(iso_string(parse(text).unwrap() as f64).as_deref(), Some(text));
        }
        assert_eq!(parse("1970-01-01T00:00:01Z"), Some(1000));
        assert_eq!(parse("1970-01-01T00:00:00.5Z"), Some(500));
        assert_eq!(parse("1970-01-01T00:00:00.123999Z"), Some(123));
    }

    #[test]
    fn other_forms_do_not_count() {
        for text in [
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00Z",
            "2026-01-01T00:00:00+02:00",
            "2026-02-30T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z",
            "2026-01-01T00:00:60Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00.xZ",
            "+026-01-01T00:00:00Z",
            "2026-1-01T00:00:00Z",
            "2026-01-01t00:00:00Z",
            "é",
            "",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn offsets_count() {
        let expected = parse("2026-01-31T22:30:00.123Z");
        for text in [
            "2026-01-31T22:30:00.123Z",
            "2026-01-31T22:30:00.123456",
            "2026-01-31T22:30:00.123456+00:00",
            "2026-02-01T00:00:00.123+01:30",
            "2026-01-31T12:30:00.123-10:00",
        ] {
            assert_eq!(parse_with_offset(text), expected, "{text}");
        }
        for text in [
            "",
            "2026-01-31",
            "+00:00",
            "T+",
            "2026-01-31T22:30:00+",
            "2026-01-31T22:30:00+1:00",
            "2026-01-31T22:30:00+01:00Z",
            "2026-01-31T22:30:00é",
        ] {
            assert_eq!(parse_with_offset(text), None, "{text}");
        }
    }
}
