//! Reads JSON with comments and trailing commas, which wrangler accepts in `wrangler.json` too.

use jsonc_parser::ast::{ObjectPropName, Value as Ast};
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde_json::Number;

use super::node::{Kind, Member, Node};

/// The file as a tree, or the offset and the text of the first error.
pub(super) fn parse(text: &str) -> Result<Node, (usize, String)> {
    // Only what JSONC has; the parser could do more (single quotes, bare keys) than wrangler accepts.
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options)
        .map_err(|error| (error.range().start, error.kind().to_string()))?;
    match parsed.value {
        Some(value) => Ok(node(value)),
        None => Err((text.len(), "the file is empty".to_owned())),
    }
}

fn node(value: Ast<'_>) -> Node {
    let at = value.range().start;
    let kind = match value {
        Ast::NullKeyword(_) => Kind::Null,
        Ast::BooleanLit(literal) => Kind::Bool(literal.value),
        Ast::StringLit(literal) => Kind::Text(literal.value.into_owned()),
        Ast::NumberLit(literal) => number(literal.value),
        Ast::Array(list) => Kind::List(list.elements.into_iter().map(node).collect()),
        Ast::Object(object) => Kind::Table(
            object
                .properties
                .into_iter()
                .map(|property| {
                    let at = property.range.start;
                    let name = match property.name {
                        ObjectPropName::String(name) => name.value.into_owned(),
                        ObjectPropName::Word(name) => name.value.to_owned(),
                    };
                    Member {
                        name,
                        at,
                        value: node(property.value),
                    }
                })
                .collect(),
        ),
    };
    Node { kind, at }
}

fn number(text: &str) -> Kind {
    match text.parse::<Number>() {
        Ok(number) => Kind::Number(number),
        // Out of the range of a double: JavaScript reads infinity, which stringifies as null.
        Err(_) => Kind::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_places_and_order() {
        let parsed = parse("{ // c\n \"b\": [1, 2.5,],\n \"a\": null }").unwrap();
        assert_eq!(parsed.stringify(), r#"{"b":[1,2.5],"a":null}"#);
        let member = parsed.member("a").unwrap();
        assert_eq!((member.at, member.value.at), (25, 30));
    }

    #[test]
    fn refuses_what_json_does_not_have() {
        for bad in [
            "",
            "{",
            "{a: 1}",
            "{'a': 1}",
            "{\"a\" 1}",
            "[1 2]",
            "{\"a\": 0x1}",
            "{\"a\": +1}",
            "{} x",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        // Deep nesting must not exhaust the stack.
        assert!(parse(&"[".repeat(200_000)).is_err());
        assert!(parse(&"{\"a\":".repeat(200_000)).is_err());
    }
}
