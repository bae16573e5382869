//! Stacks of a version: places in its bundle, and what they are in the user's own files.

use crate::surrogates;
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;
use std::sync::Arc;

/// The source maps of a version.
pub trait SourceMaps: fmt::Debug + Send + Sync + 'static {
    /// `text` with the places in the bundle replaced by those in the user's files; `None` if it names none.
    fn mapped(&self, text: &str) -> Option<String>;
}

/// The source maps of a version, if it came with any.
#[derive(Debug, Clone, Default)]
pub struct Stacks(Option<Arc<dyn SourceMaps>>);

impl Stacks {
    /// With these.
    pub fn of(maps: Arc<dyn SourceMaps>) -> Self {
        Self(Some(maps))
    }

    /// A text with the places that are known.
    pub fn mapped(&self, text: &str) -> Option<String> {
        self.0.as_ref()?.mapped(text)
    }

    /// Maps a text in place.
    pub fn map(&self, text: &mut String) {
        if let Some(mapped) = self.mapped(text) {
            *text = mapped;
        }
    }

    /// Maps all texts in a value in place.
    pub fn map_value(&self, value: &mut Value) {
        if self.0.is_none() {
            return;
        }
        match value {
            Value::String(text) => self.map(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.map_value(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.map_value(field)),
            _ => {}
        }
    }

    /// The same of a value that is not taken apart yet; it is not if it names no place.
    pub fn map_raw(&self, value: Box<RawValue>) -> Box<RawValue> {
        let mapped = || {
            self.mapped(value.get())?;
            let mut parsed: Value = surrogates::parse(value.get())?;
            self.map_value(&mut parsed);
            RawValue::from_string(parsed.to_string()).ok()
        };
        mapped().unwrap_or(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Debug)]
    struct Fake;

    impl SourceMaps for Fake {
        fn mapped(&self, text: &str) -> Option<String> {
            text.contains("index.js:1:2")
                .then(|| text.replace("index.js:1:2", "src/\"a\".ts:7:8"))
        }
    }

    #[test]
    fn texts_at_any_depth_are_mapped_and_stay_json() {
        let stacks = Stacks::of(Arc::new(Fake));
        let mut value = json!(["at index.js:1:2", { "deep": ["index.js:1:2", 5] }, null]);
        let raw = RawValue::from_string(value.to_string()).unwrap();
        stacks.map_value(&mut value);
        let expected = json!(["at src/\"a\".ts:7:8", { "deep": ["src/\"a\".ts:7:8", 5] }, null]);
        assert_eq!(value, expected);
        assert_eq!(
            serde_json::from_str::<Value>(stacks.map_raw(raw).get()).unwrap(),
            expected
        );
        let other = RawValue::from_string("[ 1 ]".into()).unwrap();
        assert_eq!(stacks.map_raw(other).get(), "[ 1 ]", "it is left as it is");
        assert_eq!(Stacks::default().mapped("index.js:1:2"), None);
    }
}
