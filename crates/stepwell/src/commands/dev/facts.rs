//! What the API port tells about a session.

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
        let store = self.engine.store_info();
        vec![
            (
                "stepwell_store_commits_total",
                "Durable commits (one fsync each) since the start.",
                store.commits,
            ),
            (
                "stepwell_store_entries_total",
                "Journal entries written since the start.",
                store.entries,
            ),
            (
                "stepwell_residents",
                "Instances that are in memory.",
                self.engine.resident_count() as u64,
            ),
        ]
    }
}
