//! Reading the fields of JSON objects, with everything that is wrong said at once.

use crate::input::json;
use serde_json::{Map, Value as Json};
use stepwell_control::model::Retention;
use stepwell_core::duration;

/// What is said of a duration that is none (spec 2.9).
pub(super) const DURATION: &str = "Duration must be a number or a string in format '{{number}} {{unit}}' where unit is second(s), minute(s), etc.";

/// An object, and what is wrong with its fields. `null` is as good as absent.
pub(super) struct Fields<'a> {
    object: &'a Map<String, Json>,
    /// What comes before the names of its fields.
    prefix: String,
}

/// Everything that is wrong, in words.
pub(super) type Wrong = Vec<String>;

impl<'a> Fields<'a> {
    /// The fields of a body.
    ///
    /// # Errors
    /// It is no object.
    pub(super) fn of(body: Option<&'a Json>) -> Result<Self, Wrong> {
        match body {
            Some(Json::Object(object)) => Ok(Self {
                object,
                prefix: String::new(),
            }),
            other => Err(vec![json::wrong_kind("", "object", other)]),
        }
    }

    fn get(&self, name: &str) -> Option<&'a Json> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// The full name of a field.
    fn path(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// A text.
    pub(super) fn text(&self, name: &str, wrong: &mut Wrong) -> Option<&'a str> {
        match self.get(name) {
            None => None,
            Some(Json::String(text)) => Some(text),
            given => {
                wrong.push(json::wrong_kind(&self.path(name), "string", given));
                None
            }
        }
    }

    /// A text that must be there.
    pub(super) fn required(&self, name: &str, wrong: &mut Wrong) -> String {
        if self.get(name).is_none() {
            wrong.push(json::wrong_kind(
                &self.path(name),
                "string",
                self.object.get(name),
            ));
        }
        self.text(name, wrong).unwrap_or_default().to_owned()
    }

    /// A whole number of at least 1.
    pub(super) fn count(&self, name: &str, wrong: &mut Wrong) -> Option<u64> {
        let given = self.get(name)?;
        let number = given.as_u64().filter(|number| *number > 0);
        if number.is_none() {
            let path = self.path(name);
            wrong.push(match given {
                Json::Number(_) => format!("{path}: Too small: expected a whole number >=1"),
                other => json::wrong_kind(&path, "number", Some(other)),
            });
        }
        number
    }

    /// A whole number of at least 1 that must be there.
    pub(super) fn required_count(&self, name: &str, wrong: &mut Wrong) -> u64 {
        if self.get(name).is_none() {
            wrong.push(json::wrong_kind(
                &self.path(name),
                "number",
                self.object.get(name),
            ));
        }
        self.count(name, wrong).unwrap_or_default()
    }

    /// An object.
    pub(super) fn object(&self, name: &str, wrong: &mut Wrong) -> Option<Self> {
        let prefix = format!("{}.", self.path(name));
        match self.get(name) {
            None => None,
            Some(Json::Object(object)) => Some(Self { object, prefix }),
            given => {
                wrong.push(json::wrong_kind(&self.path(name), "object", given));
                None
            }
        }
    }

    /// A list of objects.
    pub(super) fn objects(&self, name: &str, wrong: &mut Wrong) -> Vec<Self> {
        let entries = match self.get(name) {
            None => return Vec::new(),
            Some(Json::Array(entries)) => entries,
            given => {
                wrong.push(json::wrong_kind(&self.path(name), "array", given));
                return Vec::new();
            }
        };
        let mut objects = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let path = format!("{}.{index}", self.path(name));
            match entry {
                Json::Object(object) => objects.push(Self {
                    object,
                    prefix: format!("{path}."),
                }),
                other => wrong.push(json::wrong_kind(&path, "object", Some(other))),
            }
        }
        objects
    }

    /// `{ success_retention?, error_retention? }`.
    pub(super) fn retention(&self, name: &str, wrong: &mut Wrong) -> Retention {
        let Some(fields) = self.object(name, wrong) else {
            return Retention::default();
        };
        Retention {
            success_ms: fields.duration("success_retention", wrong),
            error_ms: fields.duration("error_retention", wrong),
        }
    }

    fn duration(&self, name: &str, wrong: &mut Wrong) -> Option<u64> {
        let ms = duration::parse(self.get(name)?).ok();
        if ms.is_none() {
            wrong.push(format!("{}: {DURATION}", self.path(name)));
        }
        ms
    }
}
