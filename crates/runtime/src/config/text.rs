//! Literals of the text form of Cap'n Proto.

use std::fmt::Write as _;

/// `value` as a text literal with its quotes. Every string survives (control characters too).
pub(crate) fn literal(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('"');
    for character in value.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            control if control.is_ascii_control() => {
                let _ = write!(quoted, "\\x{:02x}", control as u32);
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// `values` as a list of text literals.
pub(crate) fn list<S: AsRef<str>>(values: impl IntoIterator<Item = S>) -> String {
    let literals: Vec<String> = values.into_iter().map(|value| literal(value.as_ref())).collect();
    format!("[{}]", literals.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_control_characters_are_escaped() {
        assert_eq!(literal("a\"b\\c\n\0\u{7f}é"), "\"a\\\"b\\\\c\\n\\x00\\x7fé\"");
        assert_eq!(list(["a", "b\""]), "[\"a\", \"b\\\"\"]");
    }
}
