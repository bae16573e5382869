//! What was thrown, as the runtime tells of it in an invocation.

use serde_json::Value;

/// Begins the stack of an exception that the runtime's entry has told of already; the error's name follows, then its
/// frames (`runtime/shim/uncaught.js`).
const TOLD: &str = "stepwell-told:";

/// An exception of an invocation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Thrown<'a> {
    pub(crate) name: &'a str,
    pub(crate) message: &'a str,
    /// The lines of the stack that are places.
    pub(crate) frames: &'a str,
    /// Somebody else has told of it.
    pub(crate) told: bool,
}

impl<'a> Thrown<'a> {
    /// Reads one. At old compatibility dates the runtime knows only the names of the language's own errors, but the stack
    /// has the error's name and message before its places.
    pub(crate) fn read(exception: &'a Value) -> Self {
        let text = |field: &str| exception.get(field).and_then(Value::as_str).unwrap_or_default();
        let (name, message, stack) = (text("name"), text("message"), text("stack"));
        if let Some(told) = stack.strip_prefix(TOLD) {
            let (name, frames) = told.split_once('\n').unwrap_or((told, ""));
            return Self {
                name,
                message,
                frames,
                told: true,
            };
        }
        let frames = frames(stack);
        let head = stack[..stack.len() - frames.len()].trim_end();
        let named = head
            .strip_suffix(message)
            .and_then(|head| head.strip_suffix(": "));
        Self {
            name: named.filter(|name| !name.is_empty()).unwrap_or(name),
            message,
            frames,
            told: false,
        }
    }
}

/// The lines of a stack that are places.
pub(crate) fn frames(stack: &str) -> &str {
    stack.find("    at ").map_or("", |at| &stack[at..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_where_they_can_be_found() {
        for (stack, name, frames, told) in [
            ("    at a (b.js:1:2)", "Error", "    at a (b.js:1:2)", false),
            (
                "Odd: later\n    at b.js:1:2\n    at c",
                "Odd",
                "    at b.js:1:2\n    at c",
                false,
            ),
            (
                "stepwell-told:Odd\n    at b.js:1:2",
                "Odd",
                "    at b.js:1:2",
                true,
            ),
            ("stepwell-told:Odd", "Odd", "", true),
            ("later", "Error", "", false),
            (": later", "Error", "", false),
            ("", "Error", "", false),
        ] {
            let exception = json!({"name": "Error", "message": "later", "stack": stack});
            let message = "later";
            let expected = Thrown {
                name,
                message,
                frames,
                told,
            };
            assert_eq!(Thrown::read(&exception), expected, "{stack}");
        }
    }
}
