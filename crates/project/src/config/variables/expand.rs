//! Puts the values of variables into `${NAME}`, `$NAME`, `${NAME:-default}` and `${NAME:+alternative}`.

use std::collections::{BTreeMap, HashSet};

/// A value that refers to itself in a circle of variables is given up after so many replacements.
const MOST: usize = 100;
/// What a value may become by it, in bytes.
const LONGEST: usize = 1024 * 1024;

/// The `parsed` variables with their values expanded, and everything in `outer`, which goes first.
pub(super) fn expand(
    parsed: Vec<(String, String)>,
    outer: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut done: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in parsed {
        let value = if let Some(outer) = outer.get(&name).filter(|outer| !outer.is_empty()) {
            outer.clone()
        } else {
            let lookup = |name: &str| outer.get(name).or_else(|| done.get(name)).map(String::as_str);
            expand_value(&value, lookup)
        };
        done.insert(name, value.replace("\\$", "$"));
    }
    let mut all = outer.clone();
    all.extend(done);
    all
}

fn expand_value<'a>(value: &str, lookup: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut result = value.to_owned();
    let mut seen = HashSet::new();
    for _ in 0..MOST {
        let Some(reference) = find(&result) else { break };
        seen.insert(result.clone());
        let known = lookup(reference.name).filter(|known| !known.is_empty());
        let replacement = match (reference.operator, known) {
            ("+" | ":+", Some(_)) => reference.rest,
            ("+" | ":+", None) => "",
            (_, Some(known)) if !seen.contains(known) => known,
            _ => reference.rest,
        };
        if result.len() + replacement.len() > LONGEST {
            break; // values of values of values: a bomb
        }
        let (start, end) = reference.range;
        result = format!("{}{replacement}{}", &result[..start], &result[end..]);
    }
    result
}

/// A place where a variable's value goes.
struct Reference<'a> {
    range: (usize, usize),
    name: &'a str,
    operator: &'a str,
    rest: &'a str,
}

/// The first reference in `text` that has no backslash before it.
fn find(text: &str) -> Option<Reference<'_>> {
    for (start, _) in text.match_indices('$') {
        if text[..start].ends_with('\\') {
            continue;
        }
        let behind = &text[start + 1..];
        if let Some(braced) = behind.strip_prefix('{') {
            let length = braced.find(['{', '}']).unwrap_or(braced.len());
            if length == 0 || !braced[length..].starts_with('}') {
                continue;
            }
            let (name, operator, rest) = operands(&braced[..length]);
            let range = (start, start + 1 + 1 + length + 1);
            return Some(Reference {
                range,
                name,
                operator,
                rest,
            });
        }
        let length = behind
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            .count();
        if length > 0 && !behind.starts_with(|first: char| first.is_ascii_digit()) {
            let range = (start, start + 1 + length);
            return Some(Reference {
                range,
                name: &behind[..length],
                operator: "",
                rest: "",
            });
        }
    }
    None
}

/// The name, the first operator and what is behind it.
fn operands(expression: &str) -> (&str, &str, &str) {
    let Some(at) = expression
        .char_indices()
        .find(|(at, character)| match character {
            '+' | '-' => true,
            ':' => expression[at + 1..].starts_with(['+', '-']),
            _ => false,
        })
        .map(|(at, _)| at)
    else {
        return (expression, "", "");
    };
    let length = if expression[at..].starts_with(':') { 2 } else { 1 };
    let (operator, rest) = expression[at..].split_at(length);
    (&expression[..at], operator, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(file: &[(&str, &str)], outer: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        expand(file.iter().map(own).collect(), &outer.iter().map(own).collect())
            .into_iter()
            .collect()
    }

    #[test]
    fn values_refer_to_values() {
        let found = expanded(
            &[
                ("A", "1"),
                ("B", "${A}2$A"),
                ("C", "\\$A $NONE."),
                ("D", "${NONE:-x${A}}"),
                ("E", "${NONE-y}"),
                ("F", "${A:+set} ${NONE:+set}"),
                ("G", "$5 ${} ${"),
                ("H", "$H"),
            ],
            &[],
        );
        let values: Vec<&str> = found.iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(values, ["1", "121", "$A .", "x1", "y", "set ", "$5 ${} ${", ""]);
    }

    #[test]
    fn a_value_does_not_grow_without_bound() {
        let mut bomb = vec![("V0".to_owned(), "x".repeat(1000))];
        for level in 1..12 {
            let value = format!("${{V{}}}", level - 1).repeat(10);
            bomb.push((format!("V{level}"), value));
        }
        let found = expand(bomb, &BTreeMap::new());
        assert!(found.values().all(|value| value.len() <= LONGEST));
    }

    #[test]
    fn what_is_outside_goes_first_and_circles_end() {
        let found = expanded(
            &[("A", "1"), ("B", "$P")],
            &[("A", "outer"), ("P", "x$Q"), ("Q", "y$P")],
        );
        assert_eq!(found[0], ("A".to_owned(), "outer".to_owned()));
        assert!(found[1].1.starts_with("xy"), "{found:?}");
    }
}
