//! Whether a Worker has a host process.

use super::{Sockets, Target};
use std::path::Path;
use std::sync::Arc;

/// Whether a Worker has a host process, and whether it takes anything new.
#[derive(Debug, Clone, Default)]
pub(super) enum Presence {
    /// There is none.
    #[default]
    Absent,
    /// It listens.
    Serving(Arc<Sockets>),
    /// It finishes what it has.
    Leaving(Arc<Sockets>),
}

impl Presence {
    /// The socket for something new.
    pub(super) fn socket(&self, target: &Target) -> Option<(&Path, &Arc<Sockets>)> {
        match self {
            Self::Serving(sockets) => Some((sockets.get(target)?, sockets)),
            Self::Absent | Self::Leaving(_) => None,
        }
    }

    /// Whether the process that listens on these very sockets is still there.
    pub(super) fn has(&self, process: &Arc<Sockets>) -> bool {
        match self {
            Self::Absent => false,
            Self::Serving(sockets) | Self::Leaving(sockets) => Arc::ptr_eq(sockets, process),
        }
    }

    /// From now on nothing new.
    pub(super) fn leave(&mut self) {
        if let Self::Serving(sockets) = self {
            *self = Self::Leaving(sockets.clone());
        }
    }
}
