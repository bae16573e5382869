//! What logs show of a value.

use super::Value;

const DAMAGED: &str = "[damaged value]";
const TRUNCATED: &str = "[truncated output]";

/// The first `limit` characters of the JSON view.
pub(super) fn of(value: &Value, limit: usize) -> String {
    if value.is_text() {
        // A character has at most four bytes, so there is no need to look at more of them.
        let bytes = &value.bytes()[..value.bytes().len().min(limit.saturating_add(1).saturating_mul(4))];
        let valid = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
        };
        return cut(valid, limit);
    }
    match super::json::view(value.bytes()) {
        Ok(json) if json.is_null() && value == &Value::undefined() => "undefined".to_owned(),
        Ok(json) => cut(&json.to_string(), limit),
        Err(_) => DAMAGED.to_owned(),
    }
}

fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}{TRUNCATED}", &text[..end]),
        None => text.to_owned(),
    }
}
