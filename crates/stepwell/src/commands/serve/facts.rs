//! What health and metrics tell about the server.

use stepwell_api::admin::Facts;
use stepwell_engine::Engine;

/// The server's facts.
pub(super) struct ServerFacts {
    pub(super) engine: Engine,
}

impl Facts for ServerFacts {
    fn ready(&self) -> Result<(), String> {
        // The ports open when all Workers are as they were deployed.
        Ok(())
    }

    fn metrics(&self) -> Vec<(&'static str, &'static str, u64)> {
        crate::commands::running::facts::of_engine(&self.engine)
    }
}
