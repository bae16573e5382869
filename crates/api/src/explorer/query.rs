//! The query of a list of instances, checked as `wrangler dev` does.

use super::refusal;
use crate::input::{number, time};
use crate::shape::envelope::Problem;
use crate::shape::instance;
use hyper::StatusCode;
use stepwell_engine::inspect::Filter;

const PER_PAGE_DEFAULT: u32 = 25;
const PER_PAGE_MAX: u32 = 100;
/// Code of a range of dates that ends before it begins.
const INVALID_DATE_RANGE: u32 = 10502;

/// What is to be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Query {
    /// From 1.
    pub(super) page: u64,
    /// 1 to 100.
    pub(super) per_page: u32,
    /// Which instances.
    pub(super) filter: Filter,
}

/// What a parameter was given.
enum Given {
    Nothing,
    One(String),
    Several,
}

impl Query {
    /// Reads a query string. Unknown parameters are ignored.
    pub(super) fn parse(query: &str) -> Result<Self, Problem> {
        let given = |name: &str| {
            let mut values = form_urlencoded::parse(query.as_bytes())
                .filter(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned());
            match (values.next(), values.next()) {
                (None, _) => Given::Nothing,
                (Some(value), None) => Given::One(value),
                (Some(_), Some(_)) => Given::Several,
            }
        };
        let (page, per_page) = (given("page"), given("per_page"));
        for (name, value) in [("page", &page), ("per_page", &per_page)] {
            if let Given::One(text) = value
                && number::parse(text).is_none()
            {
                return Err(refusal::invalid(format!(
                    "{name}: Expected query param to be number but received \"{text}\""
                )));
            }
        }
        let mut wrong = Wrong::default();
        let page = wrong.number("page", page, 1, None);
        let per_page = wrong.number(
            "per_page",
            per_page,
            u64::from(PER_PAGE_DEFAULT),
            Some(PER_PAGE_MAX),
        );
        let filter = Filter {
            status: wrong.status(given("status")),
            created_from_ms: wrong.date("date_start", given("date_start")),
            created_until_ms: wrong.date("date_end", given("date_end")),
            ascending: false,
        };
        if !wrong.0.is_empty() {
            return Err(refusal::invalid_fields(wrong.0));
        }
        if let (Some(from), Some(until)) = (filter.created_from_ms, filter.created_until_ms)
            && from > until
        {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                INVALID_DATE_RANGE,
                "'date_start' must not be after 'date_end'. Update 'date_start' or 'date_end' so 'date_start' is before or equal to 'date_end'.",
            ));
        }
        Ok(Self {
            page,
            per_page: per_page as u32,
            filter,
        })
    }
}

/// Everything that is wrong, field by field.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn number(&mut self, name: &str, given: Given, default: u64, max: Option<u32>) -> u64 {
        let number = match given {
            Given::Nothing => return default,
            Given::One(text) => number::parse(&text).unwrap_or_default(),
            Given::Several => {
                self.received_array(name, "number");
                return default;
            }
        };
        if number.fract() != 0.0 {
            self.0
                .push(format!("{name}: Invalid input: expected int, received number"));
        }
        if number < 1.0 {
            self.0
                .push(format!("{name}: Too small: expected number to be >=1"));
        }
        if let Some(max) = max.filter(|max| number > f64::from(*max)) {
            self.0
                .push(format!("{name}: Too big: expected number to be <={max}"));
        }
        number as u64
    }

    fn status(&mut self, given: Given) -> Option<stepwell_engine::operations::Status> {
        let status = match given {
            Given::Nothing => return None,
            Given::One(name) => instance::status(&name),
            Given::Several => None,
        };
        if status.is_none() {
            let options: Vec<String> = instance::STATUSES
                .iter()
                .map(|status| format!("\"{}\"", status.as_str()))
                .collect();
            let options = options.join("|");
            self.0
                .push(format!("status: Invalid option: expected one of {options}"));
        }
        status
    }

    fn date(&mut self, name: &str, given: Given) -> Option<i64> {
        match given {
            Given::Nothing => None,
            Given::One(text) => {
                let ms = time::parse(&text);
                if ms.is_none() {
                    self.0.push(format!("{name}: Invalid ISO datetime"));
                }
                ms
            }
            Given::Several => {
                self.received_array(name, "string");
                None
            }
        }
    }

    fn received_array(&mut self, name: &str, expected: &str) {
        self.0.push(format!(
            "{name}: Invalid input: expected {expected}, received array"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stepwell_engine::operations::Status;

    fn refused(query: &str) -> Vec<String> {
        let problem = Query::parse(query).unwrap_err();
        assert_eq!(problem.status, 400);
        problem.errors.into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn defaults_and_values() {
        let query = Query::parse("").unwrap();
        assert_eq!((query.page, query.per_page), (1, 25));
        assert_eq!(query.filter, Filter::default());
        let query = Query::parse(
            "page=1e3&per_page=100&status=waitingForPause&date_start=2026-01-01T00:00:00Z&unknown=1",
        )
        .unwrap();
        assert_eq!((query.page, query.per_page), (1000, 100));
        assert_eq!(query.filter.status, Some(Status::WaitingForPause));
        assert_eq!(query.filter.created_from_ms, Some(1_767_225_600_000));
        assert_eq!(query.filter.created_until_ms, None);
    }

    #[test]
    fn every_mistake_is_named() {
        let options = "status: Invalid option: expected one of \"queued\"|\"running\"|\"paused\"|\"errored\"|\"terminated\"|\"complete\"|\"waitingForPause\"|\"waiting\"";
        assert_eq!(
            refused("page=-1&per_page=1000&status=bad&date_start=x"),
            [
                "page: Too small: expected number to be >=1",
                "per_page: Too big: expected number to be <=100",
                options,
                "date_start: Invalid ISO datetime",
            ]
        );
        assert_eq!(refused("status="), [options]);
        assert_eq!(refused("status=complete&status=errored"), [options]);
        assert_eq!(
            refused("per_page="),
            ["per_page: Too small: expected number to be >=1"]
        );
        assert_eq!(
            refused("page=abc&per_page=0"),
            ["page: Expected query param to be number but received \"abc\""]
        );
        assert_eq!(
            refused("page=1&page=2"),
            ["page: Invalid input: expected number, received array"]
        );
        assert_eq!(
            refused("page=1.5"),
            ["page: Invalid input: expected int, received number"]
        );
        for word in ["inf", "NaN", "1e999", "0x10"] {
            assert_eq!(
                refused(&format!("page={word}")),
                [format!(
                    "page: Expected query param to be number but received \"{word}\""
                )]
            );
        }
    }

    #[test]
    fn a_range_must_not_end_before_it_begins() {
        let problem =
            Query::parse("date_start=2027-01-01T00:00:00Z&date_end=2026-01-01T00:00:00Z").unwrap_err();
        assert_eq!(problem.errors[0].0, 10502);
        assert!(Query::parse("date_start=2026-01-01T00:00:00Z&date_end=2026-01-01T00:00:00Z").is_ok());
    }
}
