//! What health and metrics tell about the server.

use crate::printer::Printer;
use std::sync::Arc;
use stepwell_api::admin::Facts;
use stepwell_engine::Engine;

/// The server's facts.
pub(super) struct ServerFacts {
    pub(super) engine: Engine,
    pub(super) printer: Arc<Printer>,
}

impl Facts for ServerFacts {
    fn ready(&self) -> Result<(), String> {
        // The ports open when all Workers are as they were deployed.
        Ok(())
    }

    fn metrics(&self) -> Vec<(&'static str, &'static str, u64)> {
        let mut metrics = crate::commands::running::facts::of_engine(&self.engine);
        metrics.push((
            "stepwell_console_lines_dropped_total",
            "Lines of Workers that were not logged since the start, because they were too many.",
            self.printer.dropped_lines(),
        ));
        metrics
    }
}
