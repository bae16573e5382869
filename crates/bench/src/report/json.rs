//! The same for programs.

use super::Report;
use serde_json::{Map, Value, json};

impl Report {
    /// Everything, with each sample.
    pub(crate) fn json(&self) -> Value {
        let text = |pairs: &[(String, String)]| -> Map<String, Value> {
            pairs
                .iter()
                .map(|(name, value)| (name.clone(), json!(value)))
                .collect()
        };
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                json!({
                    "id": row.figure.id,
                    "title": row.figure.title,
                    "unit": row.figure.unit,
                    "ratio": row.ratio(),
                    "engines": row.cells.iter().map(|cell| json!({
                        "engine": cell.engine,
                        "median": cell.median(),
                        "samples": cell.samples,
                        "error": cell.error,
                    })).collect::<Vec<_>>(),
                })
            })
            .collect();
        json!({
            "machine": self.machine,
            "fdatasync": self.disk,
            "versions": text(&self.versions),
            "settings": text(&self.settings),
            "seconds": self.seconds,
            "unfinished": self.unfinished,
            "figures": rows,
        })
    }
}
