//! Text of others in the log for people: it must not look like lines of ours.

use std::fmt::Write as _;

/// The text without what moves a cursor, rings or hides: control characters, and those that turn the direction of text,
/// are shown as escapes. Line ends, tabs and colours stay, and colours end with the text.
pub(super) fn text(text: &str) -> String {
    if !text.contains(is_unsafe) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut coloured = false;
    while let Some(at) = rest.find(is_unsafe) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(colour) = colour(rest) {
            out.push_str(colour);
            rest = &rest[colour.len()..];
            coloured = true;
            continue;
        }
        let Some(character) = rest.chars().next() else {
            break;
        };
        let _ = write!(out, "{}", character.escape_unicode());
        rest = &rest[character.len_utf8()..];
    }
    out.push_str(rest);
    if coloured {
        out.push_str("\u{1b}[0m");
    }
    out
}

fn is_unsafe(character: char) -> bool {
    let turns =
        matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks = matches!(character, '\u{2028}' | '\u{2029}');
    turns || breaks || (character.is_control() && !matches!(character, '\n' | '\t'))
}

/// The escape sequence for a colour that the text begins with.
fn colour(text: &str) -> Option<&str> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let end = parameters.find(|character: char| !(character.is_ascii_digit() || character == ';'))?;
    parameters[end..].starts_with('m').then(|| &text[..end + 3])
}

/// The lines after the first one indented, as no line of ours begins.
pub(super) fn indented(text: &str) -> String {
    let mut lines = text.split('\n');
    let mut out = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        let indent = if line.starts_with("  ") { "" } else { "    " };
        let _ = write!(out, "\n{indent}{line}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_say_cannot_look_like_a_line_of_ours() {
        for (given, shown) in [
            ("plain é\ttext", "plain é\ttext"),
            ("a\rb\u{7}", "a\\u{d}b\\u{7}"),
            ("up\u{1b}[1A\u{1b}[2K", "up\\u{1b}[1A\\u{1b}[2K"),
            ("\u{1b}[31mred", "\u{1b}[31mred\u{1b}[0m"),
            ("\u{9b}2K\u{202e}", "\\u{9b}2K\\u{202e}"),
            ("ends\u{1b}[", "ends\\u{1b}["),
        ] {
            assert_eq!(text(given), shown);
        }
        assert_eq!(
            indented("one\nerror two\n    at x\n\n"),
            "one\n    error two\n    at x\n    \n    "
        );
    }
}
