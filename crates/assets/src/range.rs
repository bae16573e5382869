//! Parts of a file: `Range` and `If-Range`. wrangler's asset worker answers the whole file always; browsers that play or seek
//! in media need the part.

use http::HeaderMap;
use http::header::{IF_RANGE, RANGE};

/// What of a file is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// All of it; also for several ranges, and for what is no range.
    All,
    /// From the first byte to the second, that one too.
    Part(u64, u64),
    /// Nothing that the file has.
    Beyond,
}

/// What of a file of `len` bytes with this ETag is asked for.
pub(crate) fn wanted(request: &HeaderMap, etag: &str, len: u64) -> Wanted {
    let text = |name| request.get(name).map(|value| value.to_str().unwrap_or_default());
    match text(IF_RANGE) {
        Some(condition) if condition != format!("\"{etag}\"") => Wanted::All,
        _ => text(RANGE)
            .and_then(|range| single(range, len))
            .unwrap_or(Wanted::All),
    }
}

/// `None` for what is no single range of bytes.
fn single(range: &str, len: u64) -> Option<Wanted> {
    let (unit, range) = range.split_once('=')?;
    let (first, last) = range.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    if first.is_empty() {
        let suffix = number(last)?;
        return Some(if suffix == 0 || len == 0 {
            Wanted::Beyond
        } else {
            Wanted::Part(len.saturating_sub(suffix), len - 1)
        });
    }
    let first = number(first)?;
    let last = if last.is_empty() { u64::MAX } else { number(last)? };
    if last < first {
        return None;
    }
    Some(if first >= len {
        Wanted::Beyond
    } else {
        Wanted::Part(first, last.min(len - 1))
    })
}

/// Digits and nothing else; what is too large for a number is larger than any file.
fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_ten(range: &str, condition: Option<&str>) -> Wanted {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, range.parse().unwrap());
        if let Some(condition) = condition {
            headers.insert(IF_RANGE, condition.parse().unwrap());
        }
        wanted(&headers, "e", 10)
    }

    #[test]
    fn a_single_range_is_a_part() {
        for (range, expected) in [
            ("bytes=0-3", Wanted::Part(0, 3)),
            ("bytes=4-", Wanted::Part(4, 9)),
            ("bytes=-3", Wanted::Part(7, 9)),
            ("bytes=-30", Wanted::Part(0, 9)),
            ("bytes=9-99999999999999999999999", Wanted::Part(9, 9)),
            ("Bytes = 0-0", Wanted::Part(0, 0)),
            ("bytes=10-", Wanted::Beyond),
            ("bytes=-0", Wanted::Beyond),
            ("bytes=0-1,3-4", Wanted::All),
            ("bytes=3-1", Wanted::All),
            ("bytes=-", Wanted::All),
            ("bytes=a-b", Wanted::All),
            ("bytes=+1-2", Wanted::All),
            ("lines=0-1", Wanted::All),
            ("bytes", Wanted::All),
        ] {
            assert_eq!(of_ten(range, None), expected, "{range}");
        }
    }

    #[test]
    fn a_condition_must_be_the_strong_etag() {
        assert_eq!(of_ten("bytes=0-3", Some("\"e\"")), Wanted::Part(0, 3));
        for condition in ["W/\"e\"", "\"f\"", "Wed, 01 Jan 2098 00:00:00 GMT"] {
            assert_eq!(of_ten("bytes=0-3", Some(condition)), Wanted::All);
        }
    }

    #[test]
    fn an_empty_file_has_no_parts() {
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, "bytes=-1".parse().unwrap());
        assert_eq!(wanted(&headers, "e", 0), Wanted::Beyond);
    }
}
