//! Nodes, and the rows in which their promises begin and are awaited.

use super::{NESTING_MAX, NODES_MAX, Walker};
use crate::graph::{Kind, Node};
use crate::value::Value;

/// What is known of a node's promise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    /// The row in which it was made.
    made: u32,
    starts: Option<u32>,
    resolves: Option<u32>,
    settled: bool,
}

impl<'a> Walker<'a> {
    /// The nodes that something emits, in a list of their own.
    pub(super) fn collect(&mut self, read: impl FnOnce(&mut Self)) -> Vec<Node> {
        self.lists.push(Vec::new());
        read(self);
        self.lists.pop().unwrap_or_default()
    }

    pub(super) fn emit(&mut self, kind: Kind) {
        self.push(Node::plain(kind));
    }

    /// Emits a node with a promise, and gives that.
    pub(super) fn emit_promise(&mut self, kind: Kind, value: Value<'a>) -> Value<'a> {
        let mark = self.marks.len();
        self.marks.push(Mark {
            made: self.frame.clock.row,
            starts: None,
            resolves: None,
            settled: false,
        });
        self.frame.clock.fresh.push(mark);
        self.push(Node::marked(kind, mark));
        Value::promise(vec![mark], value)
    }

    pub(super) fn push(&mut self, node: Node) {
        self.nodes += 1;
        if self.nodes <= NODES_MAX
            && self.lists.len() <= NESTING_MAX
            && let Some(list) = self.lists.last_mut()
        {
            list.push(node);
        }
    }

    /// These promises are awaited together.
    pub(super) fn settle(&mut self, marks: &[usize]) {
        let pending: Vec<usize> = marks
            .iter()
            .copied()
            .filter(|mark| !self.marks[*mark].settled)
            .collect();
        if pending.is_empty() {
            return;
        }
        let clock = &mut self.frame.clock;
        clock.fresh.retain(|mark| !pending.contains(mark));
        clock.open.retain(|mark| !pending.contains(mark));
        let begin_here = pending.iter().all(|mark| self.marks[*mark].starts.is_none());
        if !(begin_here && clock.open.is_empty()) {
            let mut row = clock.row;
            for mark in &pending {
                let mark = &mut self.marks[*mark];
                row = row.max(*mark.starts.get_or_insert(mark.made) + 1);
            }
            clock.row = row;
            for mark in &pending {
                self.marks[*mark].resolves = Some(row);
            }
        }
        for mark in pending {
            self.marks[mark].settled = true;
        }
    }

    /// This value is awaited. Gives what comes out.
    pub(super) fn settle_value(&mut self, value: &Value<'a>) -> Value<'a> {
        match value {
            Value::Promise(promise) => {
                self.settle(&promise.marks);
                self.settle_value(&promise.value)
            }
            other => other.clone(),
        }
    }

    /// A statement ends: the promises that it began and did not wait for go on.
    pub(super) fn flush(&mut self) {
        for mark in std::mem::take(&mut self.frame.clock.fresh) {
            let known = &mut self.marks[mark];
            if !known.settled {
                known.starts.get_or_insert(known.made);
                self.frame.clock.open.push(mark);
            }
        }
    }

    /// Writes into the nodes what is known at the end only: the rows, and the payloads of events.
    pub(super) fn number(&self, nodes: &mut [Node]) {
        for node in nodes {
            if let Some(mark) = node.mark.and_then(|mark| self.marks.get(mark)) {
                node.starts = mark.starts;
                node.resolves = mark.resolves;
            }
            if let Kind::StepWaitForEvent { payload, .. } = &mut node.kind {
                let at = payload.as_u64().map_or(0, |at| at as usize);
                *payload = self.shapes.json(self.events[at]);
            }
            for inner in node.lists_mut() {
                self.number(inner);
            }
        }
    }
}
