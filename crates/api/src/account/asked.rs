//! What the query of a request says.

use super::Problem;
use crate::input::{number, time};
use axum::extract::FromRequestParts;
use hyper::http::request::Parts;
use std::borrow::Cow;

/// The parameters of a request that understands `T`. Unknown ones are ignored.
#[derive(Debug)]
pub(crate) struct Asked<T>(pub(crate) T);

/// What can be read from a query.
pub(crate) trait FromQuery: Send {
    /// Reads its parameters; what is wrong goes into [`Query::wrong`].
    fn read(query: &mut Query) -> Self;
}

/// The parameters as they came, and what is wrong with those that were read.
#[derive(Debug)]
pub(crate) struct Query {
    pairs: Vec<(String, String)>,
    /// In words.
    pub(crate) wrong: Vec<String>,
}

impl Query {
    /// A query string taken apart.
    pub(crate) fn of(text: &str) -> Self {
        let pairs = form_urlencoded::parse(text.as_bytes());
        Self {
            pairs: pairs
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
            wrong: Vec::new(),
        }
    }

    /// The one value of a parameter.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let mut values = self.pairs.iter().filter(|(key, _)| key == name);
        let value = values.next().map(|(_, value)| value.clone());
        if values.next().is_some() {
            self.wrong
                .push(format!("{name}: Invalid input: expected string, received array"));
            return None;
        }
        value
    }

    /// All values of a parameter.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let values = self.pairs.iter().filter(|(key, _)| key == name);
        values.map(|(_, value)| value.clone()).collect()
    }

    /// A whole number from `least` to `most`.
    pub(crate) fn number(&mut self, name: &str, least: u64, most: u64) -> Option<u64> {
        let text = self.text(name)?;
        let wrong: Cow<'static, str> = match number::parse(&text) {
            None => format!("Invalid input: expected number, received \"{text}\"").into(),
            Some(number) if number.fract() != 0.0 => "Invalid input: expected int, received number".into(),
            Some(number) if number < least as f64 => {
                format!("Too small: expected number to be >={least}").into()
            }
            Some(number) if number > most as f64 => format!("Too big: expected number to be <={most}").into(),
            Some(number) => return Some(number as u64),
        };
        self.wrong.push(format!("{name}: {wrong}"));
        None
    }

    /// A time, in Unix milliseconds.
    pub(crate) fn time(&mut self, name: &str) -> Option<i64> {
        let text = self.text(name)?;
        let ms = time::parse_with_offset(&text);
        if ms.is_none() {
            self.wrong.push(format!(
                "{name}: Invalid ISO datetime: expected one like 2026-01-31T23:59:59.999Z"
            ));
        }
        ms
    }

    /// One of the options, by its name.
    pub(crate) fn option<T: Copy>(&mut self, name: &str, options: &[(&str, T)]) -> Option<T> {
        let text = self.text(name)?;
        let found = options.iter().find(|(option, _)| *option == text);
        if found.is_none() {
            let names: Vec<String> = options
                .iter()
                .map(|(option, _)| format!("\"{option}\""))
                .collect();
            self.wrong.push(format!(
                "{name}: Invalid option: expected one of {}",
                names.join("|")
            ));
        }
        found.map(|(_, value)| *value)
    }

    /// What the query says.
    pub(crate) fn read<T: FromQuery>(mut self) -> Result<T, Problem> {
        let read = T::read(&mut self);
        if self.wrong.is_empty() {
            Ok(read)
        } else {
            Err(Problem::invalid(self.wrong))
        }
    }
}

impl<T: FromQuery, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Query::of(parts.uri.query().unwrap_or_default()).read().map(Self)
    }
}
