//! What a figure is.

/// Which way is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Better {
    Higher,
    Lower,
    /// It explains other figures.
    Neither,
}

/// What the number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    PerSecond,
    Milliseconds,
    Microseconds,
    Mebibytes,
    Kibibytes,
    Percent,
    Times,
    Count,
}

/// One line of the table.
#[derive(Debug, Clone)]
pub(crate) struct Figure {
    /// Its name for programs.
    pub(crate) id: String,
    /// Its name for people.
    pub(crate) title: String,
    pub(crate) unit: Unit,
    pub(crate) better: Better,
    /// What is asked of Stepwell.
    pub(crate) target: &'static str,
}

impl Figure {
    pub(crate) fn new(id: impl Into<String>, title: impl Into<String>, unit: Unit, better: Better) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            unit,
            better,
            target: "",
        }
    }

    pub(crate) fn target(mut self, target: &'static str) -> Self {
        self.target = target;
        self
    }
}

impl Unit {
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::PerSecond => "/s",
            Self::Milliseconds => " ms",
            Self::Microseconds => " µs",
            Self::Mebibytes => " MiB",
            Self::Kibibytes => " KiB",
            Self::Percent => " %",
            Self::Times => "×",
            Self::Count => "",
        }
    }
}

/// Three significant digits, with commas.
pub(crate) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "-".to_owned();
    }
    let magnitude = value.abs();
    if magnitude < 0.995 {
        return format!("{value:.3}");
    }
    if magnitude < 99.95 {
        return format!("{value:.2}");
    }
    let digits = format!("{magnitude:.0}");
    let mut text = String::from(if value < 0.0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_are_short() {
        assert_eq!(number(1_234_567.8), "1,234,568");
        assert_eq!(number(-1234.0), "-1,234");
        assert_eq!(number(12.345), "12.35");
        assert_eq!(number(0.1234), "0.123");
        assert_eq!(number(f64::NAN), "-");
    }
}
