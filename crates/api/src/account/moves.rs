//! How instances come to another version of their Workflow: the port to what can replay them, and what is said of it.

use async_trait::async_trait;
use std::sync::Arc;
use stepwell_control::WorkerState;
use stepwell_control::model::WorkflowVersion;
use stepwell_engine::check::{CheckReport, Divergence, Verdict};
use stepwell_engine::operations::OperationError;

/// Replays journals on versions, and moves instances to them.
#[async_trait]
pub trait Moves: Send + Sync + 'static {
    /// Replays the journals of all live instances of a Workflow on one of its versions, whose code `worker` has. No callback
    /// starts, and nothing is written.
    async fn check(
        &self,
        worker: Arc<WorkerState>,
        version: &WorkflowVersion,
    ) -> Result<CheckReport, OperationError>;

    /// From now on the instance runs on this version. `false` if it did already.
    async fn migrate(&self, version: &WorkflowVersion, instance: &str) -> Result<bool, OperationError>;
}

/// Why an instance would not go on as it began, and the step where it would not; `None` if it would.
pub(super) fn objection(verdict: &Verdict) -> Option<(Option<String>, String)> {
    match verdict {
        Verdict::Replays => None,
        Verdict::Unknown { reason } => Some((None, format!("it could not be found out: {reason}"))),
        Verdict::Diverges(Divergence::NotAsked { steps }) => {
            let names: Vec<String> = steps.iter().map(ToString::to_string).collect();
            let first = names.first().cloned();
            Some((
                first,
                format!("the code does not ask for what is recorded: {}", names.join(", ")),
            ))
        }
        Verdict::Diverges(Divergence::OtherKind { recorded, asked }) => Some((
            Some(recorded.to_string()),
            format!("{recorded} is recorded, and the code asks for {asked:?} of that name"),
        )),
        Verdict::Diverges(Divergence::Threw(failure)) => Some((None, format!("run() throws {failure}"))),
    }
}
