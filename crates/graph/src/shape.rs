//! Which fields of a payload the code reads.

use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// A payload, or a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ShapeId(usize);

/// All payloads of a Workflow: its own, and those of the events it waits for.
#[derive(Debug, Default)]
pub(crate) struct Shapes {
    /// For each part, its fields in the order in which the code gets to them.
    parts: Vec<(Vec<String>, HashMap<String, ShapeId>)>,
}

/// More fields than anybody looks at.
const PARTS_MAX: usize = 2000;
/// JSON has to be readable with the recursion limits of clients.
const DEPTH_MAX: usize = 8;

impl Shapes {
    pub(crate) fn add(&mut self) -> ShapeId {
        self.parts.push(Default::default());
        ShapeId(self.parts.len() - 1)
    }

    /// The field of a part, noted as read.
    pub(crate) fn field(&mut self, ShapeId(at): ShapeId, name: &str) -> ShapeId {
        if let Some(known) = self.parts[at].1.get(name) {
            return *known;
        }
        if self.parts.len() >= PARTS_MAX {
            return ShapeId(at);
        }
        let new = self.add();
        let (names, fields) = &mut self.parts[at];
        names.push(name.to_owned());
        fields.insert(name.to_owned(), new);
        new
    }

    /// `{"type": "object", "fields": {…}}`, or `{"type": "unknown"}` if no field is read.
    pub(crate) fn json(&self, shape: ShapeId) -> Value {
        self.nested(shape, DEPTH_MAX)
    }

    fn nested(&self, ShapeId(at): ShapeId, depth: usize) -> Value {
        let (names, fields) = &self.parts[at];
        if names.is_empty() || depth == 0 {
            return json!({"type": "unknown"});
        }
        let fields: Map<String, Value> = names
            .iter()
            .map(|name| (name.clone(), self.nested(fields[name], depth - 1)))
            .collect();
        json!({"type": "object", "fields": fields})
    }
}
