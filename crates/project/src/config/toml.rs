//! Reads TOML.

use serde_json::Number;
use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeTable, DeValue};

use super::node::{Kind, Member, Node};

/// The file as a tree, or the offset and the text of the first error.
pub(super) fn parse(text: &str) -> Result<Node, (usize, String)> {
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        (at, error.message().to_owned())
    })?;
    let at = table.span().start;
    Ok(Node {
        kind: self::table(table.into_inner()),
        at,
    })
}

fn node(value: Spanned<DeValue<'_>>) -> Node {
    let at = value.span().start;
    let kind = match value.into_inner() {
        DeValue::String(text) => Kind::Text(text.into_owned()),
        DeValue::Integer(integer) => self::integer(&integer),
        DeValue::Float(float) => {
            let number = float
                .as_str()
                .replace('_', "")
                .parse::<f64>()
                .ok()
                .and_then(Number::from_f64);
            number.map_or(Kind::Null, Kind::Number)
        }
        DeValue::Boolean(value) => Kind::Bool(value),
        DeValue::Datetime(date) => Kind::Date(date.to_string()),
        DeValue::Array(list) => self::list(list),
        DeValue::Table(table) => self::table(table),
    };
    Node { kind, at }
}

fn integer(integer: &DeInteger<'_>) -> Kind {
    let digits = integer.as_str();
    match i128::from_str_radix(digits, integer.radix()) {
        Ok(value) => Number::from_i128(value).map_or(Kind::Null, Kind::Number),
        Err(_) => Kind::Null,
    }
}

fn list(list: DeArray<'_>) -> Kind {
    Kind::List(list.into_iter().map(node).collect())
}

fn table(table: DeTable<'_>) -> Kind {
    let mut members: Vec<Member> = table
        .into_iter()
        .map(|(key, value)| {
            let at = key.span().start;
            Member {
                name: key.into_inner().into_owned(),
                at,
                value: node(value),
            }
        })
        .collect();
    // The map is in the order of the names; messages should follow the file.
    members.sort_by_key(|member| member.at);
    Kind::Table(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_places_and_order() {
        let text = "name = \"x\"\nn = 1_000\n\n[[workflows]]\nbinding = \"B\"\nlimits = { steps = 0x10 }\n\n[[workflows]]\nbinding = \"A\"\n";
        let parsed = parse(text).unwrap();
        assert_eq!(
            parsed.stringify(),
            r#"{"name":"x","n":1000,"workflows":[{"binding":"B","limits":{"steps":16}},{"binding":"A"}]}"#
        );
        let second = &parsed.get("workflows").unwrap().elements()[1];
        assert_eq!(
            second.member("binding").unwrap().at,
            text.rfind("binding").unwrap()
        );
        assert_eq!(second.at, text.rfind("[[workflows").unwrap());
    }

    #[test]
    fn says_where_it_is_broken() {
        let (at, text) = parse("name = \"x\"\nmain = \n").unwrap_err();
        assert!(at >= 18, "{at} {text}");
        assert!(parse(&format!("a = {}", "[".repeat(100_000))).is_err());
    }
}
