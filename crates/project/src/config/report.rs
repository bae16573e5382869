//! Collects what is wrong with a configuration, so that one run names all of it.

use std::collections::BTreeSet;
use std::fmt;

use super::node::{Kind, Node};
use crate::diagnostic::{Diagnostic, Severity};
use crate::place::{Place, Text};

/// Something in a configuration that does not stop the project from running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Where.
    pub place: Place,
    /// What, on one line.
    pub text: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.text)
    }
}

/// Which part of the file is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// The top of the file, which is what runs.
    Whole,
    /// The top of the file, while an environment runs: it is checked, and what it lacks here is not told.
    Behind,
    /// The environment that runs: its name, and the keys that it has itself.
    Environment(String, BTreeSet<String>),
}

/// The errors and warnings so far.
pub(super) struct Report<'a> {
    text: &'a Text,
    part: Part,
    pub(super) errors: Vec<Diagnostic>,
    pub(super) warnings: Vec<Warning>,
}

impl<'a> Report<'a> {
    pub(super) fn new(text: &'a Text) -> Self {
        Self {
            text,
            part: Part::Whole,
            errors: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// From now on `part` is read.
    pub(super) fn enter(&mut self, part: Part) {
        self.part = part;
    }

    /// How messages call the top-level `key`: in an environment that has it, `env.NAME.key`.
    pub(super) fn path(&self, key: &str) -> String {
        match &self.part {
            Part::Environment(name, keys) if keys.contains(key) => format!("env.{name}.{key}"),
            _ => key.to_owned(),
        }
    }

    pub(super) fn error(&mut self, at: usize, message: impl Into<String>) {
        self.push(Diagnostic::at(Severity::Error, self.text, at, message.into()));
    }

    /// An error with its remedy.
    pub(super) fn error_with(&mut self, at: usize, message: impl Into<String>, note: impl Into<String>) {
        self.push(Diagnostic::at(Severity::Error, self.text, at, message.into()).with_note(note));
    }

    /// An error with several lines about the remedy.
    pub(super) fn error_with_all(
        &mut self,
        at: usize,
        message: impl Into<String>,
        notes: impl IntoIterator<Item = String>,
    ) {
        let mut found = Diagnostic::at(Severity::Error, self.text, at, message.into());
        found.notes.extend(notes);
        self.push(found);
    }

    /// What is inherited is read twice, and told once.
    pub(super) fn push(&mut self, error: Diagnostic) {
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }

    pub(super) fn warn(&mut self, at: usize, message: impl Into<String>) {
        self.warn_at(self.place(at), message);
    }

    /// A warning about a place that was found before.
    pub(super) fn warn_at(&mut self, place: Place, message: impl Into<String>) {
        let text = message.into();
        let warning = Warning { place, text };
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// A warning about what runs, which the top of the file does not while an environment does.
    pub(super) fn warn_running(&mut self, at: usize, message: impl Into<String>) {
        if self.part != Part::Behind {
            self.warn(at, message);
        }
    }

    pub(super) fn place(&self, at: usize) -> Place {
        self.text.place(at)
    }

    /// The entries of the list under `key`, if there is one, each with its name for messages.
    pub(super) fn entries<'n>(&mut self, root: &'n Node, key: &str) -> Vec<(String, &'n Node)> {
        let Some(node) = root.get(key) else {
            return Vec::new();
        };
        let field = self.path(key);
        if !node.is_list() {
            let found = node.stringify();
            self.error(
                node.at,
                format!("The field \"{field}\" should be an array but got {found}."),
            );
        }
        let entries = node.elements().iter().enumerate();
        entries
            .map(|(index, entry)| (format!("{field}[{index}]"), entry))
            .collect()
    }

    /// Warns about the members of `table` that are not in `known`, with wrangler's text.
    pub(super) fn unexpected(&mut self, field: &str, table: &Node, known: &[&str]) {
        for member in table
            .members()
            .iter()
            .filter(|member| !known.contains(&member.name.as_str()))
        {
            self.warn(
                member.at,
                format!("Unexpected fields found in {field} field: {:?}", member.name),
            );
        }
    }

    /// An error that says what type `field` must have.
    fn expected(&mut self, field: &str, kind: &str, node: &Node) {
        let found = node.stringify();
        self.error(
            node.at,
            format!("Expected \"{field}\" to be of type {kind} but got {found}."),
        );
    }

    /// The text of the member `key` of `table`, if it is there; `field` is its name in messages.
    pub(super) fn optional_text<'n>(
        &mut self,
        table: &'n Node,
        key: &str,
        field: &str,
    ) -> Option<(usize, &'n str)> {
        let node = table.get(key)?;
        if node.text().is_none() {
            self.expected(field, "string", node);
        }
        Some((node.at, node.text()?))
    }

    /// The member `key` if it is `true` or `false`.
    pub(super) fn optional_bool(&mut self, table: &Node, key: &str, field: &str) -> Option<bool> {
        let node = table.get(key)?;
        let Kind::Bool(value) = node.kind else {
            self.expected(field, "boolean", node);
            return None;
        };
        Some(value)
    }

    /// Checks that the member `key` is a number, if it is there.
    pub(super) fn optional_number(&mut self, table: &Node, key: &str, field: &str) -> Option<f64> {
        let node = table.get(key)?;
        let Kind::Number(number) = &node.kind else {
            self.expected(field, "number", node);
            return None;
        };
        number.as_f64()
    }

    /// The member `key` if it is a table.
    pub(super) fn optional_table<'n>(&mut self, table: &'n Node, key: &str, field: &str) -> Option<&'n Node> {
        let node = table.get(key)?;
        // JavaScript calls a list and null objects too, and reads nothing from them.
        if !matches!(node.kind, Kind::Table(_) | Kind::List(_) | Kind::Null) {
            self.expected(field, "object", node);
        }
        Some(node).filter(|node| node.is_table())
    }

    /// The text of the member `key` if it is one of `choices`.
    pub(super) fn optional_choice<'n>(
        &mut self,
        table: &'n Node,
        key: &str,
        field: &str,
        choices: &[&str],
    ) -> Option<&'n str> {
        let (at, text) = self.optional_text(table, key, field)?;
        if choices.contains(&text) {
            return Some(text);
        }
        let choices = serde_json::to_string(choices).unwrap_or_default();
        let found = serde_json::Value::from(text);
        self.error(
            at,
            format!("Expected \"{field}\" field to be one of {choices} but got {found}."),
        );
        None
    }

    /// The elements of `node` if it is a list of texts, else an error and nothing.
    pub(super) fn texts(&mut self, field: &str, node: &Node) -> Vec<(usize, String)> {
        let texts: Vec<_> = texts_of(node).collect();
        if !node.is_list() || texts.len() != node.elements().len() {
            self.expected(field, "string array", node);
            return Vec::new();
        }
        texts
    }

    /// As [`Self::texts`], for the keys whose elements wrangler checks one by one.
    pub(super) fn typed_texts(&mut self, field: &str, node: &Node) -> Vec<(usize, String)> {
        if !node.is_list() {
            let found = node.stringify();
            self.error(
                node.at,
                format!("Expected \"{field}\" to be an array of strings but got {found}"),
            );
        }
        for (index, element) in node.elements().iter().enumerate() {
            if element.text().is_none() {
                self.expected(&format!("{field}.[{index}]"), "string", element);
            }
        }
        texts_of(node).collect()
    }
}

fn texts_of(node: &Node) -> impl Iterator<Item = (usize, String)> + '_ {
    node.elements()
        .iter()
        .filter_map(|node| Some((node.at, node.text()?.to_owned())))
}
