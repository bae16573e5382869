//! Dates as `Date.prototype.toISOString` writes them.

/// A date of Unix milliseconds as an ISO string in UTC with milliseconds; `None` if a JavaScript `Date` cannot be that.
pub fn iso_string(ms: f64) -> Option<String> {
    const DAY_MS: i64 = 86_400_000;
    if ms.is_nan() || ms.abs() > 8.64e15 {
        return None;
    }
    let ms = ms as i64;
    let (year, month, day) = civil(ms.div_euclid(DAY_MS));
    let in_day = ms.rem_euclid(DAY_MS);
    let (hour, minute, second) = (in_day / 3_600_000, in_day / 60_000 % 60, in_day / 1000 % 60);
    let year = match year {
        0..=9999 => format!("{year:04}"),
        10_000.. => format!("+{year:06}"),
        _ => format!("-{:06}", -year),
    };
    let thousandth = in_day % 1000;
    Some(format!(
        "{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{thousandth:03}Z"
    ))
}

/// Year, month and day of a day counted from 1970 in the Gregorian calendar. The year is taken to begin in March, so
/// that the day that leap years add is its last one.
fn civil(days: i64) -> (i64, i64, i64) {
    const DAYS_OF_400_YEARS: i64 = 146_097;
    const MARCH_OF_YEAR_0: i64 = 719_468;
    let days = days + MARCH_OF_YEAR_0;
    let era = days.div_euclid(DAYS_OF_400_YEARS);
    let in_era = days.rem_euclid(DAYS_OF_400_YEARS);
    let year_in_era = (in_era - in_era / 1460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year_in_era + year_in_era / 4 - year_in_era / 100);
    let month_from_march = (5 * in_year + 2) / 153;
    let day = in_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_in_era + i64::from(month <= 2);
    (year, month, day)
}
