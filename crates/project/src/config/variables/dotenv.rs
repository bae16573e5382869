//! Reads the format of dotenv: lines of `NAME=value`.

use crate::config::report::Warning;
use crate::place::Text;

/// The values of a file in its order, the last of each name, and what in it is no `NAME=value`.
pub(super) fn parse(text: &Text) -> (Vec<(String, String)>, Vec<Warning>) {
    let mut values: Vec<(String, String)> = Vec::new();
    let mut warnings = Vec::new();
    let all = text.as_str();
    let mut at = 0;
    while at < all.len() {
        let line = all[at..].split('\n').next().unwrap_or_default();
        match assignment(all, at, line) {
            Ok(Some((name, value, end))) => {
                match values.iter_mut().find(|(known, _)| *known == name) {
                    Some(known) => known.1 = value,
                    None => values.push((name, value)),
                }
                at = end;
            }
            Ok(None) => {}
            Err((at, problem)) => warnings.push(Warning {
                place: text.place(at),
                text: format!("{problem}; it is ignored"),
            }),
        }
        at = all[at..].find('\n').map_or(all.len(), |end| at + end + 1);
    }
    (values, warnings)
}

/// Where and what.
type Problem = (usize, &'static str);

/// The name and value of a line, and the offset behind the value, which may be some lines on.
fn assignment(all: &str, start: usize, line: &str) -> Result<Option<(String, String, usize)>, Problem> {
    let mut content = line.trim_start();
    if content.is_empty() || content.starts_with('#') {
        return Ok(None);
    }
    if let Some(rest) = content
        .strip_prefix("export")
        .filter(|rest| rest.starts_with(char::is_whitespace))
    {
        content = rest.trim_start();
    }
    let at = start + (line.len() - content.len());
    let length = content.bytes().take_while(|byte| is_of_name(*byte)).count();
    let (name, rest) = content.split_at(length);
    let raw = match rest.trim_start().strip_prefix('=') {
        Some(raw) => Some(raw),
        // `NAME: value` is another way to write it, and then the space is needed.
        None => rest
            .strip_prefix(':')
            .filter(|raw| raw.starts_with(char::is_whitespace)),
    };
    let Some(raw) = raw else {
        return Err(if rest.contains('=') {
            (
                at,
                "the name before \"=\" may have letters, digits, _, - and . only",
            )
        } else {
            (
                at,
                "this line has no \"=\" (write NAME=value, or # before a comment)",
            )
        });
    };
    if name.is_empty() {
        return Err((at, "there is no name before \"=\""));
    }
    let value = raw.trim_start();
    let value_at = start + (line.len() - value.len());
    let plain = || value.split('#').next().unwrap_or_default().trim_end();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    let (value, end) = match quote.and_then(|quote| closing(all, value_at, quote)) {
        Some(end) => (&all[value_at + 1..end], end + 1),
        // Not a quoted value, at most one that begins with a quote; dotenv takes it as it stands.
        None => (plain(), at),
    };
    let value = if quote == Some('"') {
        value.replace("\\n", "\n").replace("\\r", "\r")
    } else {
        value.to_owned()
    };
    Ok(Some((name.to_owned(), value, end)))
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

/// The offset of the quote that closes the one at `open`. A backslash before a quote keeps it open, unless no
/// other quote could close it; behind it, only a comment may follow.
fn closing(all: &str, open: usize, quote: char) -> Option<usize> {
    let body = all.get(open + 1..)?;
    let mut candidates = Vec::new();
    for (at, _) in body.match_indices(quote) {
        candidates.push(open + 1 + at);
        if !body[..at].ends_with('\\') {
            break;
        }
    }
    candidates.into_iter().rev().find(|end| {
        let behind = all[end + 1..].split('\n').next().unwrap_or_default().trim();
        behind.is_empty() || behind.starts_with('#')
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn read(text: &str) -> (Vec<(String, String)>, Vec<Warning>) {
        parse(&Text::new(Path::new(".dev.vars"), text.to_owned()))
    }

    #[test]
    fn reads_the_format_of_dotenv() {
        let (found, warnings) = read(
            "# comment\n\nA=1\nexport B = two words # note\nC=\"x\\ny # no\" # note\nD='a\\nb'\nE=\nF=\"line 1\nline 2\"\nG: colon\nH=`it's`\nA=2\nI=\"a\"b\nJ='C:\\dir\\'\nK='it\\'s'\nL=\"open\\n\nM=a=b\n",
        );
        let expected = [
            ("A", "2"),
            ("B", "two words"),
            ("C", "x\ny # no"),
            ("D", "a\\nb"),
            ("E", ""),
            ("F", "line 1\nline 2"),
            ("G", "colon"),
            ("H", "it's"),
            ("I", "\"a\"b"),
            ("J", "C:\\dir\\"),
            ("K", "it\\'s"),
            ("L", "\"open\n"),
            ("M", "a=b"),
        ];
        let expected: Vec<_> = expected
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec();
        assert_eq!(found, expected);
        assert_eq!(warnings, []);
    }

    #[test]
    fn points_at_each_line_that_is_none() {
        let (values, warnings) = read("A=1\nnonsense\n  b c=2\nD:no\n=x\nE=5\n");
        assert_eq!(values.len(), 2, "{values:?}");
        let found: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        let expected = [
            ".dev.vars:2:1: this line has no \"=\" (write NAME=value, or # before a comment); it is ignored",
            ".dev.vars:3:3: the name before \"=\" may have letters, digits, _, - and . only; it is ignored",
            ".dev.vars:4:1: this line has no \"=\" (write NAME=value, or # before a comment); it is ignored",
            ".dev.vars:5:1: there is no name before \"=\"; it is ignored",
        ];
        assert_eq!(found, expected);
    }
}
