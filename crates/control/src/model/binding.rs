//! Bindings as they were uploaded.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// A binding: the object of the upload's metadata, with `inherit` resolved and the text of a secret sealed (under
/// `sealed` instead of `text`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Binding(pub Map<String, Json>);

impl Binding {
    /// Its name on `env`.
    pub fn name(&self) -> &str {
        self.text("name").unwrap_or_default()
    }

    /// Its type, such as `kv_namespace`.
    pub fn kind(&self) -> &str {
        self.text("type").unwrap_or_default()
    }

    /// A field that is a text.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.0.get(field).and_then(Json::as_str)
    }

    /// Whether it is a secret.
    pub fn is_secret(&self) -> bool {
        matches!(self.kind(), "secret_text" | "secret_key")
    }

    /// What the API shows of it: everything but a secret's text.
    pub fn shown(&self) -> Json {
        let mut shown = self.0.clone();
        shown.shift_remove("sealed");
        Json::Object(shown)
    }
}
