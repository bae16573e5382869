//! Reads `.dev.vars`: lines of `NAME=value` in the format of dotenv.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use super::error::Error;
use crate::diagnostic::{Diagnostic, Severity};
use crate::place::Text;

/// The name of the file, which lies beside the configuration.
pub const DEV_VARS: &str = ".dev.vars";

/// The values in `dir/.dev.vars`, which go before `vars` of the same name; none if there is no such file.
///
/// # Errors
///
/// [`Error::Read`], or [`Error::Invalid`] with the line and column of each line that is no `NAME=value`.
pub fn dev_vars(dir: &Path) -> Result<BTreeMap<String, String>, Error> {
    let path = dir.join(DEV_VARS);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(source) => return Err(Error::Read { path, source }),
    };
    let text = Text::new(
        &path,
        String::from_utf8_lossy(&bytes)
            .replace("\r\n", "\n")
            .replace('\r', "\n"),
    );
    parse(&text).map_err(Error::Invalid)
}

fn parse(text: &Text) -> Result<BTreeMap<String, String>, Vec<Diagnostic>> {
    let mut values = BTreeMap::new();
    let mut errors = Vec::new();
    let all = text.as_str();
    let mut at = 0;
    while at < all.len() {
        let line = all[at..].split('\n').next().unwrap_or_default();
        match assignment(all, at, line) {
            Ok(Some((name, value, end))) => {
                values.insert(name, value);
                at = end;
            }
            Ok(None) => {}
            Err((column, problem, remedy)) => {
                let found = Diagnostic::at(Severity::Error, text, column, problem.to_owned());
                errors.push(found.with_note(remedy));
            }
        }
        at = all[at..].find('\n').map_or(all.len(), |end| at + end + 1);
    }
    if errors.is_empty() {
        Ok(values)
    } else {
        Err(errors)
    }
}

/// Where, what, and what to do.
type Problem = (usize, &'static str, &'static str);

const FORM: &str = "write NAME=value, or start the line with # to make it a comment";

/// The name and value of a line, and the offset behind the value, which may be some lines on.
fn assignment(all: &str, start: usize, line: &str) -> Result<Option<(String, String, usize)>, Problem> {
    let content = line.trim_start();
    let mut at = start + (line.len() - content.len());
    if content.is_empty() || content.starts_with('#') {
        return Ok(None);
    }
    let mut content = content;
    if let Some(rest) = content
        .strip_prefix("export")
        .filter(|rest| rest.starts_with(char::is_whitespace))
    {
        content = rest.trim_start();
        at = start + (line.len() - content.len());
    }

    let Some(sign) = content.find(['=', ':']) else {
        return Err((at, "this line of .dev.vars has no \"=\"", FORM));
    };
    let name = content[..sign].trim_end();
    if name.is_empty()
        || !name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'))
    {
        return Err((
            at,
            "the name before \"=\" may have letters, digits, _, - and . only",
            FORM,
        ));
    }
    let raw = &content[sign + 1..];
    let value = raw.trim_start();
    let value_at = at + sign + 1 + (raw.len() - value.len());
    let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')) else {
        let plain = value.split('#').next().unwrap_or_default().trim_end();
        return Ok(Some((name.to_owned(), plain.to_owned(), at)));
    };
    let body = &all[value_at + 1..];
    let Some(length) = closing(body, quote) else {
        let problem = "the quote that begins here is not closed";
        return Err((
            value_at,
            problem,
            "close it, or put the value into another kind of quotes",
        ));
    };
    let end = value_at + 1 + length + 1;
    let behind = all[end..].split('\n').next().unwrap_or_default().trim();
    if !(behind.is_empty() || behind.starts_with('#')) {
        // Not a quoted value, only one that begins with a quote; dotenv takes it as it stands.
        let plain = value.split('#').next().unwrap_or_default().trim_end();
        return Ok(Some((name.to_owned(), plain.to_owned(), at)));
    }
    let quoted = &body[..length];
    let value = if quote == '"' {
        quoted.replace("\\n", "\n").replace("\\r", "\r")
    } else {
        quoted.to_owned()
    };
    Ok(Some((name.to_owned(), value, end)))
}

/// The length of the text up to the closing `quote`; a backslash before a quote keeps it open.
fn closing(body: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in body.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String)> {
        parse(&Text::new(Path::new(".dev.vars"), text.to_owned()))
            .unwrap()
            .into_iter()
            .collect()
    }

    #[test]
    fn reads_the_format_of_dotenv() {
        let found = values(
            "# comment\n\nA=1\nexport B = two words # note\nC=\"x\\ny # no\" # note\nD='a\\nb'\nE=\nF=\"line 1\nline 2\"\nG: colon\nH=`it's`\nA=2\nI=\"a\"b\n",
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
        ];
        let expected: Vec<_> = expected
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec();
        assert_eq!(found, expected);
    }

    #[test]
    fn points_at_each_bad_line() {
        let text = Text::new(
            Path::new(".dev.vars"),
            "A=1\nnonsense\n  b c=2\nD=\"open\n".to_owned(),
        );
        let errors = parse(&text).unwrap_err();
        let places: Vec<String> = errors.iter().map(Diagnostic::one_line).collect();
        assert_eq!(places.len(), 3, "{places:?}");
        assert!(places[0].starts_with(".dev.vars:2:1: this line"), "{places:?}");
        assert!(places[1].starts_with(".dev.vars:3:3: the name"), "{places:?}");
        assert!(places[2].starts_with(".dev.vars:4:3: the quote"), "{places:?}");
    }
}
