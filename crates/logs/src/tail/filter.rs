//! What a session wants to see (spec: wire 8.4).

use super::message::Message;
use serde_json::{Map, Value};
use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

/// The filters of a session; a message must pass all of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filters(Vec<Filter>);

#[derive(Debug, Clone, PartialEq)]
enum Filter {
    SamplingRate(f64),
    Outcome(Vec<String>),
    Method(Vec<String>),
    Header { key: String, query: Option<String> },
    ClientIp(Vec<String>),
    Query(String),
    ScriptVersion(String),
}

/// A filter that cannot be understood: which one, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongFilter {
    /// Its place in the list, from 0.
    pub index: usize,
    /// The rule, for people.
    pub rule: String,
}

impl fmt::Display for WrongFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "filters.{}: {}", self.index, self.rule)
    }
}

const KINDS: &str = "sampling_rate, outcome, method, header, client_ip, query, scriptVersion";

impl Filters {
    /// Reads the list of a request; `own_ip` is what `self` means as a client's address.
    ///
    /// # Errors
    /// [`WrongFilter`], the first one.
    pub fn read(filters: &[Value], own_ip: &str) -> Result<Self, WrongFilter> {
        let mut read = Vec::new();
        for (index, filter) in filters.iter().enumerate() {
            let wrong = |rule: String| WrongFilter { index, rule };
            let Some(filter) = filter.as_object() else {
                return Err(wrong("expected an object".into()));
            };
            if filter.is_empty() {
                return Err(wrong(format!("expected one of {KINDS}")));
            }
            for (kind, value) in filter {
                read.push(Filter::read(kind, value, own_ip).map_err(wrong)?);
            }
        }
        Ok(Self(read))
    }

    /// Whether a message is wanted.
    pub(super) fn admit(&self, message: &Message<'_>) -> bool {
        self.0.iter().all(|filter| filter.admits(message))
    }
}

impl Filter {
    fn read(kind: &str, value: &Value, own_ip: &str) -> Result<Self, String> {
        Ok(match kind {
            "sampling_rate" => match value.as_f64() {
                Some(rate) if (0.0..=1.0).contains(&rate) => Self::SamplingRate(rate),
                _ => return Err("sampling_rate: expected a number from 0 to 1".into()),
            },
            "outcome" => Self::Outcome(texts(kind, value)?),
            "method" => Self::Method(texts(kind, value)?),
            "client_ip" => {
                let addresses = texts(kind, value)?.into_iter();
                let known = |address: String| {
                    if address == "self" {
                        own_ip.to_owned()
                    } else {
                        address
                    }
                };
                Self::ClientIp(addresses.map(known).collect())
            }
            "header" => {
                let key = value.get("key").and_then(Value::as_str);
                let Some(key) = key.filter(|key| !key.is_empty()) else {
                    return Err("header: expected {\"key\": \"name\", \"query\": \"text\"}".into());
                };
                let query = value.get("query").and_then(Value::as_str);
                Self::Header {
                    key: key.to_owned(),
                    query: query.map(str::to_owned),
                }
            }
            "query" => Self::Query(text(kind, value)?),
            "scriptVersion" => Self::ScriptVersion(text(kind, value)?),
            other => return Err(format!("unknown filter \"{other}\": expected one of {KINDS}")),
        })
    }

    fn admits(&self, message: &Message<'_>) -> bool {
        let one_of = |wanted: &[String], value: Option<&str>| {
            value.is_some_and(|value| wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(value)))
        };
        match self {
            Self::SamplingRate(rate) => random() < *rate,
            Self::Outcome(wanted) => one_of(wanted, message.outcome()),
            Self::Method(wanted) => one_of(wanted, request_text(message, "method")),
            Self::ClientIp(wanted) => one_of(wanted, header(message, "cf-connecting-ip")),
            Self::Header { key, query } => header(message, key)
                .is_some_and(|value| query.as_ref().is_none_or(|query| value.contains(query.as_str()))),
            Self::Query(query) => message.says(query),
            Self::ScriptVersion(version) => message.version() == Some(version),
        }
    }
}

fn texts(kind: &str, value: &Value) -> Result<Vec<String>, String> {
    // The newest wranglers send a list always; a single text is taken for a list of one.
    let items = match value {
        Value::Array(items) => items.iter().collect(),
        other => vec![other],
    };
    items.into_iter().map(|item| text(kind, item)).collect()
}

fn text(kind: &str, value: &Value) -> Result<String, String> {
    let text = value.as_str().map(str::to_owned);
    text.ok_or_else(|| format!("{kind}: expected text"))
}

fn request<'a>(message: &'a Message<'_>) -> Option<&'a Map<String, Value>> {
    message.event()?.get("request")?.as_object()
}

fn request_text<'a>(message: &'a Message<'_>, field: &str) -> Option<&'a str> {
    request(message)?.get(field)?.as_str()
}

fn header<'a>(message: &'a Message<'_>, name: &str) -> Option<&'a str> {
    let headers = request(message)?.get("headers")?.as_object()?;
    let found = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found?.1.as_str()
}

/// A number from 0 to 1.
fn random() -> f64 {
    // Each hasher has keys of its own.
    let bits = RandomState::new().build_hasher().finish();
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}
