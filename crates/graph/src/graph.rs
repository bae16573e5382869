//! The graph as the account API gives it (spec 4.11).

use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A Workflow's graph, with the number of its format.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Graph {
    /// The format: always 1.
    pub version: u32,
    /// What was found in the code.
    pub workflow: Workflow,
}

/// A Workflow class: what its `run()` does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Workflow {
    /// The class's name, as the module exports it.
    pub class_name: String,
    /// The functions with steps in them that `run()` gets to, by their names.
    pub functions: BTreeMap<String, Function>,
    /// What `run()` does, in the order of the code.
    pub nodes: Vec<Node>,
    /// Which fields of the payload the code reads.
    pub payload: Value,
}

/// A function with steps in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename = "function_def")]
pub struct Function {
    /// What `function_call` nodes call it.
    pub name: String,
    /// What it does.
    pub nodes: Vec<Node>,
}

/// Something that happens, and when its promise begins and is awaited.
///
/// A step that is awaited at once, while nothing else goes on, has no numbers. Where promises go on beside each other
/// they count rows: each waiting opens a new one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Node {
    /// What happens.
    #[serde(flatten)]
    pub kind: Kind,
    /// The row in which the promise begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts: Option<u32>,
    /// The row by which it is awaited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolves: Option<u32>,
    /// Where the two numbers are kept while the code is read.
    #[serde(skip)]
    pub(crate) mark: Option<usize>,
}

/// What can happen.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Kind {
    /// `step.do()`.
    StepDo {
        /// Its name, with `${...}` for what is not known.
        name: String,
        /// Retries and timeout, with the defaults where the code says nothing.
        config: Config,
        /// Steps inside its callback.
        nodes: Vec<Node>,
    },
    /// `step.sleep()`.
    StepSleep {
        /// Its name.
        name: String,
        /// Milliseconds or text, `"unknown"` if the code computes it.
        duration: Value,
    },
    /// `step.sleepUntil()`.
    StepSleepUntil {
        /// Its name.
        name: String,
        /// As written, `"unknown"` if the code computes it.
        timestamp: String,
    },
    /// `step.waitForEvent()`.
    StepWaitForEvent {
        /// Its name.
        name: String,
        /// `None` if the code computes them.
        options: Option<EventOptions>,
        /// Which fields of the event's payload the code reads.
        payload: Value,
    },
    /// A loop of any kind, `map()` and `forEach()` too.
    Loop {
        /// Its body.
        nodes: Vec<Node>,
    },
    /// `Promise.all()` and its like.
    Parallel {
        /// Which of them.
        kind: ParallelKind,
        /// What goes on beside each other.
        nodes: Vec<Node>,
    },
    /// `try`.
    Try {
        /// What is tried.
        try_block: Option<Block>,
        /// What happens to an error.
        catch_block: Option<Block>,
        /// What happens in any case.
        finally_block: Option<Block>,
    },
    /// Nodes that belong together.
    Block {
        /// They.
        nodes: Vec<Node>,
    },
    /// `if`, `?:`, `&&`, `||` and `??`.
    If {
        /// In the order of the tests; the one without a condition is `else`.
        branches: Vec<Branch>,
    },
    /// `switch`.
    Switch {
        /// The text of what is looked at.
        discriminant: String,
        /// The cases; the one without a condition is `default`.
        branches: Vec<Branch>,
    },
    /// A call of one of the functions.
    FunctionCall {
        /// Its name in `functions`.
        name: String,
    },
    /// The end of a loop or of the function before its last line.
    Break {
        /// Which of the two.
        kind: BreakKind,
    },
}

/// The block of a `try`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename = "block")]
pub struct Block {
    /// What is in it.
    pub nodes: Vec<Node>,
}

/// A way that the code may take.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Branch {
    /// The text of the condition, `None` for `else` and `default`.
    pub condition: Option<String>,
    /// What happens there.
    pub nodes: Vec<Node>,
}

/// What `step.do()` is told.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Config {
    /// How often it is tried again.
    pub retries: Retries,
    /// Milliseconds or text of one attempt.
    pub timeout: Value,
}

/// How often, after which delay.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Retries {
    /// Further attempts.
    pub limit: Value,
    /// Milliseconds or text; `"[dynamic]"` if a function says.
    pub delay: Value,
    /// How the delay grows.
    pub backoff: String,
}

/// What `step.waitForEvent()` is told.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventOptions {
    /// The type of the event.
    pub event_type: String,
    /// Milliseconds or text.
    pub timeout: Value,
}

/// Of `Promise`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ParallelKind {
    /// `Promise.all`
    All,
    /// `Promise.any`
    Any,
    /// `Promise.allSettled`
    AllSettled,
    /// `Promise.race`
    Race,
}

/// What ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakKind {
    /// A loop.
    Break,
    /// The function.
    Return,
}

impl Node {
    pub(crate) fn plain(kind: Kind) -> Self {
        Self {
            kind,
            starts: None,
            resolves: None,
            mark: None,
        }
    }

    pub(crate) fn marked(kind: Kind, mark: usize) -> Self {
        Self {
            mark: Some(mark),
            ..Self::plain(kind)
        }
    }

    /// The lists of nodes inside this one, callbacks of steps among them.
    pub(crate) fn lists_mut(&mut self) -> Vec<&mut Vec<Node>> {
        match &mut self.kind {
            Kind::StepDo { nodes, .. }
            | Kind::Loop { nodes }
            | Kind::Parallel { nodes, .. }
            | Kind::Block { nodes } => vec![nodes],
            Kind::Try {
                try_block,
                catch_block,
                finally_block,
            } => [try_block, catch_block, finally_block]
                .into_iter()
                .flatten()
                .map(|block| &mut block.nodes)
                .collect(),
            Kind::If { branches } | Kind::Switch { branches, .. } => {
                branches.iter_mut().map(|branch| &mut branch.nodes).collect()
            }
            Kind::StepSleep { .. }
            | Kind::StepSleepUntil { .. }
            | Kind::StepWaitForEvent { .. }
            | Kind::FunctionCall { .. }
            | Kind::Break { .. } => Vec::new(),
        }
    }

    /// The lists of nodes inside this one.
    pub(crate) fn lists(&self) -> Vec<&Vec<Node>> {
        match &self.kind {
            Kind::StepDo { nodes, .. }
            | Kind::Loop { nodes }
            | Kind::Parallel { nodes, .. }
            | Kind::Block { nodes } => vec![nodes],
            Kind::Try {
                try_block,
                catch_block,
                finally_block,
            } => [try_block, catch_block, finally_block]
                .into_iter()
                .flatten()
                .map(|block| &block.nodes)
                .collect(),
            Kind::If { branches } | Kind::Switch { branches, .. } => {
                branches.iter().map(|branch| &branch.nodes).collect()
            }
            Kind::StepSleep { .. }
            | Kind::StepSleepUntil { .. }
            | Kind::StepWaitForEvent { .. }
            | Kind::FunctionCall { .. }
            | Kind::Break { .. } => Vec::new(),
        }
    }
}
