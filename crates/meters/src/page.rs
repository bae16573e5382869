//! Prometheus' text format, 0.0.4.

use crate::Histogram;
use std::fmt::{Display, Write as _};

/// What `/metrics` answers, being written.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
    /// The metric of the last line: its samples must follow each other.
    current: &'static str,
}

impl Page {
    /// The media type of the text.
    pub const CONTENT_TYPE: &'static str = "text/plain; version=0.0.4; charset=utf-8";

    /// A number that grows; its name ends in `_total`.
    pub fn counter(&mut self, name: &'static str, help: &str, labels: &str, value: impl Display) {
        self.sample(name, "counter", help, labels, value);
    }

    /// A number that comes and goes.
    pub fn gauge(&mut self, name: &'static str, help: &str, labels: &str, value: impl Display) {
        self.sample(name, "gauge", help, labels, value);
    }

    /// Values by size. `labels` are as they stand between braces: `group="a"`, or nothing.
    pub fn histogram(&mut self, name: &'static str, help: &str, labels: &str, values: &Histogram) {
        self.head(name, "histogram", help);
        let comma = if labels.is_empty() { "" } else { "," };
        let mut count = 0;
        for (bound, below) in values.below() {
            let bound = if bound.is_finite() {
                bound.to_string()
            } else {
                "+Inf".to_owned()
            };
            self.line(
                &format!("{name}_bucket"),
                &format!("{labels}{comma}le=\"{bound}\""),
                below,
            );
            count = below;
        }
        self.line(&format!("{name}_sum"), labels, values.sum());
        self.line(&format!("{name}_count"), labels, count);
    }

    /// The whole text.
    pub fn into_text(self) -> String {
        self.text
    }

    fn sample(&mut self, name: &'static str, kind: &str, help: &str, labels: &str, value: impl Display) {
        self.head(name, kind, help);
        self.line(name, labels, value);
    }

    fn head(&mut self, name: &'static str, kind: &str, help: &str) {
        if self.current != name {
            self.current = name;
            // Writing to a String cannot fail.
            let _ = write!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        }
    }

    fn line(&mut self, name: &str, labels: &str, value: impl Display) {
        let _ = if labels.is_empty() {
            writeln!(self.text, "{name} {value}")
        } else {
            writeln!(self.text, "{name}{{{labels}}} {value}")
        };
    }
}

/// A text as the value of a label.
pub fn escaped(text: &str) -> String {
    text.replace('\\', r"\\")
        .replace('"', "\\\"")
        .replace('\n', r"\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn every_metric_has_one_head() {
        let mut page = Page::default();
        page.counter("x_total", "Things.", "kind=\"a\"", 3);
        page.counter("x_total", "Things.", &format!("kind=\"{}\"", escaped("b\"\n")), 4);
        page.gauge("y", "Now.", "", 0.5);
        let expected = "# HELP x_total Things.\n# TYPE x_total counter\nx_total{kind=\"a\"} 3\n\
            x_total{kind=\"b\\\"\\n\"} 4\n# HELP y Now.\n# TYPE y gauge\ny 0.5\n";
        assert_eq!(page.into_text(), expected);
    }

    #[test]
    fn a_histogram_counts_what_is_not_above_each_bound() {
        let histogram = Histogram::new(&[0.1, 1.0]);
        for millis in [50, 100, 500, 2000] {
            histogram.took(Duration::from_millis(millis));
        }
        let mut page = Page::default();
        page.histogram("t_seconds", "Times.", "", &histogram);
        let expected = "# HELP t_seconds Times.\n# TYPE t_seconds histogram\nt_seconds_bucket{le=\"0.1\"} 2\n\
            t_seconds_bucket{le=\"1\"} 3\nt_seconds_bucket{le=\"+Inf\"} 4\nt_seconds_sum 2.65\nt_seconds_count 4\n";
        assert_eq!(page.into_text(), expected);
    }
}
