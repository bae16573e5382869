//! Source maps of the Workers that run, and which of them a text is about.

use parking_lot::RwLock;
use std::sync::Arc;
use stepwell_project::sourcemap::Mapper;

/// The source maps of a session's Workers. A server has none here: what it logs is mapped by version, before.
#[derive(Default)]
pub(super) struct Stacks {
    known: RwLock<Vec<Known>>,
}

struct Known {
    worker: String,
    mapper: Arc<Mapper>,
}

impl Stacks {
    /// From now on stacks of `worker` are mapped with this.
    pub(super) fn set(&self, worker: &str, mapper: Mapper) {
        let mut known = self.known.write();
        let new = Known {
            worker: worker.to_owned(),
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
}
