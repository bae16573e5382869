//! A configuration file as a tree whose every key and value knows its place, the same for JSON and TOML.

use std::fmt::Write as _;

use serde_json::{Number, Value};

/// A value and the offset at which it begins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) at: usize,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    /// A date or time, which only TOML has; as it was written.
    Date(String),
    List(Vec<Node>),
    Table(Vec<Member>),
}

/// A key of a table with its value, and the offset of the key.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) at: usize,
    pub(super) value: Node,
}

impl Node {
    /// The member `name`. Of two with one name the last counts, as in `JSON.parse`.
    pub(super) fn member(&self, name: &str) -> Option<&Member> {
        self.members().iter().rev().find(|member| member.name == name)
    }

    /// The value of the member `name`.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.member(name).map(|member| &member.value)
    }

    /// The members of a table; of everything else, none.
    pub(super) fn members(&self) -> &[Member] {
        match &self.kind {
            Kind::Table(members) => members,
            _ => &[],
        }
    }

    /// The elements of a list; of everything else, none.
    pub(super) fn elements(&self) -> &[Self] {
        match &self.kind {
            Kind::List(elements) => elements,
            _ => &[],
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value if it is a whole number of at least 1 that JavaScript can hold exactly.
    pub(super) fn positive(&self) -> Option<u64> {
        const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;
        let Kind::Number(number) = &self.kind else {
            return None;
        };
        let whole = number.as_u64().or_else(|| {
            // JSON does not tell 5.0 and 5e3 from whole numbers.
            let float = number.as_f64()?;
            (float.fract() == 0.0 && float >= 1.0 && float <= MAX_SAFE_INTEGER as f64).then_some(float as u64)
        })?;
        (1..=MAX_SAFE_INTEGER).contains(&whole).then_some(whole)
    }

    pub(super) fn is_table(&self) -> bool {
        matches!(self.kind, Kind::Table(_))
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self.kind, Kind::List(_))
    }

    /// Whether nothing is in it: null, `[]` or `{}`.
    pub(super) fn is_empty(&self) -> bool {
        match &self.kind {
            Kind::Null => true,
            Kind::List(elements) => elements.is_empty(),
            Kind::Table(members) => members.is_empty(),
            _ => false,
        }
    }

    /// The value without its places; a date becomes its text.
    pub(super) fn to_json(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(*value),
            Kind::Number(number) => Value::Number(number.clone()),
            Kind::Text(text) | Kind::Date(text) => Value::String(text.clone()),
            Kind::List(elements) => elements.iter().map(Self::to_json).collect(),
            Kind::Table(members) => members
                .iter()
                .map(|member| (member.name.clone(), member.value.to_json()))
                .collect(),
        }
    }

    /// The value as `JSON.stringify` writes it: on one line, keys in the order of the file.
    pub(super) fn stringify(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match &self.kind {
            Kind::List(elements) => {
                out.push('[');
                for (index, element) in elements.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    element.write(out);
                }
                out.push(']');
            }
            Kind::Table(members) => {
                out.push('{');
                for (index, member) in members.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    let _ = write!(out, "{}:", Value::String(member.name.clone()));
                    member.value.write(out);
                }
                out.push('}');
            }
            _ => {
                let _ = write!(out, "{}", self.to_json());
            }
        }
    }
}
