//! Checks cron expressions in the dialect of Cloudflare: five fields, days of the week from 1 (Sunday) to 7,
//! names of months and days, and `L`, `W`, `#` where they make sense.

/// A field: its name in messages, its range, and the names that stand for its values.
struct Field {
    name: &'static str,
    min: u8,
    max: u8,
    names: &'static [&'static str],
}

const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];
const DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const FIELDS: [Field; 5] = [
    Field {
        name: "minute",
        min: 0,
        max: 59,
        names: &[],
    },
    Field {
        name: "hour",
        min: 0,
        max: 23,
        names: &[],
    },
    Field {
        name: "day of the month",
        min: 1,
        max: 31,
        names: &[],
    },
    Field {
        name: "month",
        min: 1,
        max: 12,
        names: &MONTHS,
    },
    Field {
        name: "day of the week",
        min: 1,
        max: 7,
        names: &DAYS,
    },
];

/// The longest expression that the API takes (spec, workflows.md 6.2).
const MAX_LENGTH: usize = 256;

/// What is wrong with `expression`, in words that go on after "is not a valid cron expression: ".
pub(super) fn check(expression: &str) -> Result<(), String> {
    if expression.len() > MAX_LENGTH {
        return Err(format!("it is longer than {MAX_LENGTH} characters"));
    }
    let parts: Vec<&str> = expression.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return Err(format!(
            "it has {} field{}, and needs five (minute, hour, day of the month, month, day of the week)",
            parts.len(),
            if parts.len() == 1 { "" } else { "s" }
        ));
    }
    parts.iter().zip(&FIELDS).try_for_each(|(part, field)| {
        field
            .check(part)
            .map_err(|reason| format!("the {} field {part:?} {reason}", field.name))
    })
}

impl Field {
    fn check(&self, part: &str) -> Result<(), String> {
        let upper = part.to_ascii_uppercase();
        if self.is_special(&upper) {
            return Ok(());
        }
        upper.split(',').try_for_each(|item| self.item(item))
    }

    /// The forms that stand alone in a field: `L`, `L-3`, `LW`, `L-3W`, `15W`; `6L`, `MON#2`.
    fn is_special(&self, part: &str) -> bool {
        match self.name {
            "day of the month" => {
                if let Some(rest) = part.strip_prefix('L') {
                    let rest = rest.strip_suffix('W').unwrap_or(rest);
                    let offset = rest.strip_prefix('-').and_then(number);
                    return rest.is_empty() || offset.is_some_and(|offset| (1..=30).contains(&offset));
                }
                part.strip_suffix('W').is_some_and(|day| self.value(day).is_ok())
            }
            "day of the week" => {
                if let Some(day) = part.strip_suffix('L') {
                    return day.is_empty() || self.value(day).is_ok();
                }
                part.split_once('#').is_some_and(|(day, nth)| {
                    self.value(day).is_ok() && number(nth).is_some_and(|nth| (1..=5).contains(&nth))
                })
            }
            _ => false,
        }
    }

    /// `*`, a value or a range, each with an optional step.
    fn item(&self, item: &str) -> Result<(), String> {
        let (values, step) = match item.split_once('/') {
            Some((values, step)) => (values, Some(step)),
            None => (item, None),
        };
        if let Some(step) = step {
            let most = self.max - self.min;
            if !number(step).is_some_and(|step| (1..=most).contains(&step)) {
                return Err(format!(
                    "has the step {step:?}, which must be a number from 1 to {most}"
                ));
            }
        }
        if values == "*" {
            return Ok(());
        }
        match values.split_once('-') {
            Some((start, end)) => {
                let (first, last) = (self.value(start)?, self.value(end)?);
                // Days of the week and months run on over the end (FRI-MON), as they do at Cloudflare.
                if first > last && self.names.is_empty() {
                    return Err(format!("has the range {values}, which ends before it starts"));
                }
                Ok(())
            }
            None => self.value(values).map(drop),
        }
    }

    fn value(&self, text: &str) -> Result<u8, String> {
        if let Some(index) = self.names.iter().position(|name| *name == text) {
            return Ok(self.min + index as u8);
        }
        number(text)
            .filter(|value| (self.min..=self.max).contains(value))
            .ok_or_else(|| {
                let names = match (self.names.first(), self.names.last()) {
                    (Some(first), Some(last)) => format!(", or a name from {first} to {last}"),
                    _ => String::new(),
                };
                let shown = if text.is_empty() {
                    "an empty value".to_owned()
                } else {
                    format!("the value {text:?}")
                };
                format!(
                    "has {shown}, which must be a number from {} to {}{names}",
                    self.min, self.max
                )
            })
    }
}

fn number(text: &str) -> Option<u8> {
    // `parse` would accept a sign.
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_the_dialect() {
        for good in [
            "* * * * *",
            "*/15 * * * *",
            "0 3 * * *",
            "0,30 8-18/2 * JAN-mar mon-FRI",
            "59 23 LW * *",
            "0 0 L-3 * *",
            "0 0 15W * *",
            "0 0 * * 6L",
            "0 0 * * MON#2",
            "0 0 * * FRI-MON",
            "  0   0 1 1 7 ",
            "5/10 * * * *",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn refuses_the_rest_and_names_the_field() {
        for (bad, part) in [
            ("", "it has 0 fields"),
            ("* * * *", "it has 4 fields"),
            ("* * * * * *", "it has 6 fields"),
            ("every day", "it has 2 fields"),
            ("60 * * * *", "the minute field"),
            ("* 24 * * *", "from 0 to 23"),
            ("* * 0 * *", "the day of the month field"),
            ("* * 32W * *", "the day of the month field"),
            ("* * * 13 *", "or a name from JAN to DEC"),
            ("* * * * 0", "from 1 to 7, or a name from SUN to SAT"),
            ("* * * * MON#6", "the day of the week field"),
            ("*/0 * * * *", "has the step \"0\""),
            ("10-5 * * * *", "ends before it starts"),
            ("1,,2 * * * *", "an empty value"),
            ("+5 * * * *", "the minute field"),
            ("-1 * * * *", "an empty value"),
            ("999999 * * * *", "the minute field"),
            ("é * * * *", "the minute field"),
        ] {
            let reason = check(bad).unwrap_err();
            assert!(reason.contains(part), "{bad}: {reason}");
        }
        assert!(check(&"* ".repeat(500)).unwrap_err().contains("longer than 256"));
    }
}
