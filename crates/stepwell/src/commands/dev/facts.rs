//! What the API port tells about a session.

use crate::commands::running;
use stepwell_api::admin::Facts;
use stepwell_engine::Engine;
use stepwell_runtime::HostState;
use tokio::sync::watch;

/// The session's facts.
pub(super) struct SessionFacts {
    pub(super) engine: Engine,
    pub(super) host: watch::Receiver<HostState>,
}

impl Facts for SessionFacts {
    fn ready(&self) -> Result<(), String> {
        match &*self.host.borrow() {
            // Without a `fetch` handler there is nothing to wait for.
            HostState::Serving(_) | HostState::NoFetchHandler => Ok(()),
            HostState::Absent { why } => Err(why.to_string()),
        }
    }

    fn metrics(&self) -> Vec<(&'static str, &'static str, u64)> {
        running::facts::of_engine(&self.engine)
    }
}
