//! What health and metrics tell about the server.

use crate::commands::running::facts::Common;
use crate::printer::Printer;
use async_trait::async_trait;
use std::sync::Arc;
use stepwell_api::admin::Facts;
use stepwell_api::ingress::IngressMeters;
use stepwell_control::Control;
use stepwell_logs::tail::TailHub;
use stepwell_meters::Page;

/// The server's facts.
pub(super) struct ServerFacts {
    pub(super) common: Common,
    pub(super) control: Control,
    pub(super) tails: Arc<TailHub>,
    pub(super) ingress: Arc<IngressMeters>,
    pub(super) printer: Arc<Printer>,
}

#[async_trait]
impl Facts for ServerFacts {
    fn ready(&self) -> Result<(), String> {
        // The ports open when all Workers are as they were deployed.
        Ok(())
    }

    async fn metrics(&self, page: &mut Page) {
        self.common.measure(page).await;
        self.ingress.measure(page);
        page.counter(
            "stepwell_catalogue_writes_total",
            "Durable changes of Workers, deployments, tokens and the like.",
            "",
            self.control.write_count(),
        );
        page.gauge(
            "stepwell_tails_open",
            "Sessions of those who watch logs (wrangler tail).",
            "",
            self.tails.open_count(),
        );
        page.counter(
            "stepwell_console_lines_dropped_total",
            "Lines of Workers that were not logged since the start, because they were too many.",
            "",
            self.printer.dropped_lines(),
        );
    }
}
