//! The calls of a stack trace, with the lines of the person's files around them.

use super::{Mapper, number, token};

/// How many lines are shown before and after the one of a call.
const AROUND: u32 = 5;

/// One call of a stack trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The function, unless it has no name.
    pub function: Option<String>,
    /// The file, relative to the project where the map knows it.
    pub file: String,
    /// Counted from one.
    pub line: u32,
    /// Counted from one.
    pub column: u32,
    /// Whether it is the person's own code rather than a package's or the runtime's.
    pub is_own: bool,
    /// The number of the first line shown and the lines, if the map has the file's text.
    pub excerpt: Option<(u32, Vec<String>)>,
}

impl Mapper {
    /// The calls of `stack`, a stack trace as the runtime gives it, innermost first. Those without a place are left out.
    pub fn calls(&self, stack: &str) -> Vec<Call> {
        stack.lines().filter_map(|line| self.call(line)).collect()
    }

    fn call(&self, line: &str) -> Option<Call> {
        let call = line.trim().strip_prefix("at ")?;
        // `at f (place)`, `at place`, `at async place`
        let (function, place) = match call.strip_suffix(')').and_then(|call| call.rsplit_once(" (")) {
            Some((function, place)) => (Some(function.to_owned()), place),
            None => (None, call.strip_prefix("async ").unwrap_or(call)),
        };
        let (file, line, column) = place_of(place)?;
        let is_module =
            |name: &str| file == name || file.starts_with("file://") && file.ends_with(&format!("/{name}"));
        let module = self.modules.iter().find(|(name, _)| is_module(name));
        if let Some((_, map)) = module
            && let Some(token) = token(map, line, column)
        {
            let (line, column) = (token.get_src_line() + 1, token.get_src_col() + 1);
            let text = map.get_source_contents(token.get_src_id());
            let file = self.shown(token.get_source()?);
            return Some(Call {
                is_own: is_own(&file),
                excerpt: text.and_then(|text| excerpt(text, line)),
                function,
                file,
                line,
                column,
            });
        }
        Some(Call {
            is_own: is_own(file),
            function,
            file: file.to_owned(),
            line,
            column,
            excerpt: None,
        })
    }
}

/// `path:line:column`, taken apart.
fn place_of(place: &str) -> Option<(&str, u32, u32)> {
    let (place, column) = place.rsplit_once(':')?;
    let (file, line) = place.rsplit_once(':')?;
    match (number(line)?, number(column)?) {
        ((line, ""), (column, "")) if !file.is_empty() => Some((file, line, column)),
        _ => None,
    }
}

/// Whether `file` is neither a package's nor one of the runtime's, which have a scheme (`node:`, `cloudflare-internal:`).
fn is_own(file: &str) -> bool {
    let has_scheme = file.split_once(':').is_some_and(|(scheme, _)| {
        scheme != "file" && scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    });
    !has_scheme && !file.split('/').any(|part| part == "node_modules")
}

/// The lines around `line`, and the number of the first of them.
fn excerpt(text: &str, line: u32) -> Option<(u32, Vec<String>)> {
    let first = line.saturating_sub(AROUND).max(1);
    let lines: Vec<String> = text
        .lines()
        .skip(first as usize - 1)
        .take((line + AROUND + 1 - first) as usize)
        .map(str::to_owned)
        .collect();
    // A text that ends before the line is not the one that the map was made from.
    ((line - first) < lines.len() as u32).then_some((first, lines))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Line 1 column 1 is src/index.ts:3:5; line 2 column 11 is node_modules/a/lib.ts:1:1, whose text is unknown.
    const MAP: &str = r#"{"version":3,"sources":["src/index.ts","node_modules/a/lib.ts"],"sourcesContent":["one\ntwo\n    throw 3;\nfour\n"],"names":[],"mappings":"AAEI;UCFJ"}"#;

    #[test]
    fn calls_have_places_and_lines() {
        let mapper = Mapper::new(MAP, Path::new("/home/ada")).unwrap();
        let stack = "Error: at x\n    at async Object.run (file:///bundle/index.js:1:1)\n    at index.js:2:15\n    at new Promise (<anonymous>)\n    at async node:internal:3:4\n    at z (other.js:9:1)";
        let calls = mapper.calls(stack);
        let told: Vec<String> = calls
            .iter()
            .map(|call| {
                let function = call.function.as_deref().unwrap_or("-");
                format!(
                    "{function} {}:{}:{} {}",
                    call.file, call.line, call.column, call.is_own
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "async Object.run src/index.ts:3:5 true",
                "- node_modules/a/lib.ts:1:1 false",
                "- node:internal:3:4 false",
                "z other.js:9:1 true",
            ]
        );
        let lines = ["one", "two", "    throw 3;", "four"].map(str::to_owned).to_vec();
        assert_eq!(calls[0].excerpt, Some((1, lines)));
        assert_eq!(calls[1].excerpt, None);
    }

    #[test]
    fn an_excerpt_is_around_its_line() {
        let text: Vec<String> = (1..=20).map(|n| n.to_string()).collect();
        let text = text.join("\n");
        let (first, lines) = excerpt(&text, 10).unwrap();
        assert_eq!((first, lines.len(), lines[5].as_str()), (5, 11, "10"));
        let (first, lines) = excerpt(&text, 20).unwrap();
        assert_eq!((first, lines.len()), (15, 6));
        assert_eq!(excerpt(&text, 21), None);
        assert_eq!(excerpt("", 1), None);
    }
}
