//! What the Worker's code threw and did not catch.

use super::explain::{ErrorExplainer, Explained};
use serde::Deserialize;

/// How deep causes are followed: one may be its own cause.
const MOST_CAUSES: usize = 8;

/// A thrown value, as the runtime's entry describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Thrown {
    /// The error's name.
    pub name: String,
    /// Its message.
    pub message: String,
    /// Its stack, which begins with name and message as a rule. What is not an error has none.
    pub stack: Option<String>,
    /// Its cause.
    pub cause: Option<Box<Thrown>>,
}

impl Thrown {
    /// `name: message`, or whichever of them there is.
    pub(super) fn title(&self) -> String {
        match (self.name.as_str(), self.message.as_str()) {
            ("", "") => "Error".to_owned(),
            (only, "") | ("", only) => only.to_owned(),
            (name, message) => format!("{name}: {message}"),
        }
    }

    /// The error and its causes, outermost first.
    pub(super) fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |thrown| thrown.cause.as_deref()).take(MOST_CAUSES)
    }

    /// The stack as the runtime gave it, or the title if there is none.
    fn raw_stack(&self) -> String {
        match self.stack.as_deref() {
            Some(stack) if !stack.trim().is_empty() => stack.to_owned(),
            _ => self.title(),
        }
    }

    /// The stacks of the error and its causes, unmapped.
    pub(super) fn raw_text(&self) -> String {
        let stacks: Vec<String> = self.chain().map(Self::raw_stack).collect();
        stacks.join("\nCaused by: ")
    }

    /// Each error of the chain with its explanation.
    pub(super) fn explained(&self, explainer: Option<&dyn ErrorExplainer>) -> Vec<(&Self, Explained)> {
        self.chain()
            .map(|thrown| {
                let stack = thrown.raw_stack();
                let meaning = match explainer {
                    Some(known) => known.explain(&stack),
                    None => Explained {
                        stack,
                        frames: Vec::new(),
                    },
                };
                (thrown, meaning)
            })
            .collect()
    }
}
