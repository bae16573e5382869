//! Source maps of the Workers that run, and which of them a text is about.

use super::event::Line;
use parking_lot::RwLock;
use std::sync::Arc;
use stepwell_project::sourcemap::Mapper;

/// The source maps of a session's Workers.
#[derive(Default)]
pub(super) struct Stacks {
    known: RwLock<Vec<Known>>,
}

struct Known {
    worker: String,
    workflows: Vec<String>,
    mapper: Arc<Mapper>,
}

impl Stacks {
    /// From now on stacks of `worker`, and of its Workflows, are mapped with this.
    pub(super) fn set(&self, worker: &str, workflows: Vec<String>, mapper: Mapper) {
        let mut known = self.known.write();
        let new = Known {
            worker: worker.to_owned(),
            workflows,
            mapper: Arc::new(mapper),
        };
        match known.iter_mut().find(|known| known.worker == worker) {
            Some(old) => *old = new,
            None => known.push(new),
        }
    }

    /// The map of a Worker; without a name that of the only one, or of the first.
    pub(super) fn of(&self, worker: Option<&str>) -> Option<Arc<Mapper>> {
        let known = self.known.read();
        let named = known.iter().find(|known| Some(known.worker.as_str()) == worker);
        named.or(known.first()).map(|known| known.mapper.clone())
    }

    /// Whether there are several Workers, so that a line has to say whose it is.
    pub(super) fn several(&self) -> bool {
        self.known.read().len() > 1
    }

    /// The Worker that a log line is about: the one that defines its Workflow, or the one whose process said it.
    pub(super) fn worker_of(&self, line: &Line) -> Option<String> {
        if let Some(worker) = line.text("worker") {
            return Some(worker.to_owned());
        }
        let known = self.known.read();
        let found = match (line.text("workflow"), line.text("process")) {
            (Some(workflow), _) => known
                .iter()
                .find(|known| known.workflows.iter().any(|name| name == workflow)),
            // `host of NAME v3`
            (None, Some(process)) => known.iter().find(|known| {
                process
                    .rsplit_once(" v")
                    .and_then(|(label, _)| label.strip_suffix(known.worker.as_str()))
                    .is_some_and(|before| before.ends_with(' '))
            }),
            (None, None) => None,
        };
        found.map(|known| known.worker.clone())
    }
}
