//! Collects what is wrong with a configuration, so that one run names all of it.

use std::fmt;

use super::node::Node;
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

/// The errors and warnings so far.
pub(super) struct Report<'a> {
    text: &'a Text,
    pub(super) errors: Vec<Diagnostic>,
    pub(super) warnings: Vec<Warning>,
}

impl<'a> Report<'a> {
    pub(super) fn new(text: &'a Text) -> Self {
        Self {
            text,
            errors: Vec::new(),
            warnings: Vec::new(),
        }
    }

    pub(super) fn error(&mut self, at: usize, message: impl Into<String>) {
        self.errors
            .push(Diagnostic::at(Severity::Error, self.text, at, message.into()));
    }

    /// An error with its remedy.
    pub(super) fn error_with(&mut self, at: usize, message: impl Into<String>, note: impl Into<String>) {
        self.errors
            .push(Diagnostic::at(Severity::Error, self.text, at, message.into()).with_note(note));
    }

    pub(super) fn warn(&mut self, at: usize, message: impl Into<String>) {
        self.warnings.push(Warning {
            place: self.place(at),
            text: message.into(),
        });
    }

    pub(super) fn place(&self, at: usize) -> Place {
        self.text.place(at)
    }

    /// Warns about each member of `table` that is not in `known`, with wrangler's text.
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

    /// The elements of `node` if it is a list of texts (each not empty), else an error and nothing.
    pub(super) fn texts(&mut self, field: &str, node: &Node) -> Vec<(usize, String)> {
        let texts: Vec<_> = node
            .elements()
            .iter()
            .filter_map(|node| Some((node.at, node.text()?.to_owned())))
            .collect();
        if !node.is_list() || texts.len() != node.elements().len() {
            let found = node.stringify();
            self.error(
                node.at,
                format!("Expected \"{field}\" to be of type string array but got {found}."),
            );
            return Vec::new();
        }
        texts
    }
}
