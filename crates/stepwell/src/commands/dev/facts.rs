//! What the API port tells about a session.

use crate::commands::running::facts::Common;
use async_trait::async_trait;
use stepwell_api::admin::Facts;
use stepwell_meters::Page;
use stepwell_runtime::HostState;
use tokio::sync::watch;

/// The session's facts.
pub(super) struct SessionFacts {
    pub(super) common: Common,
    pub(super) host: watch::Receiver<HostState>,
}

#[async_trait]
impl Facts for SessionFacts {
    fn ready(&self) -> Result<(), String> {
        match &*self.host.borrow() {
            // Without a `fetch` handler there is nothing to wait for.
            HostState::Serving(_) | HostState::NoFetchHandler => Ok(()),
            HostState::Absent { why } => Err(why.to_string()),
        }
    }

    async fn metrics(&self, page: &mut Page) {
        self.common.measure(page).await;
    }
}
