//! Instances and how many there are.

use super::step::{self, Style};
use super::{failure, maybe_time, maybe_value, time, value};
use serde_json::{Map, Value as Json, json};
use stepwell_engine::inspect::{InstanceDetail, WorkflowSummary};
use stepwell_engine::operations::Status;

/// Every status there can be, in the order in which the APIs name them.
pub(crate) const STATUSES: [Status; 8] = [
    Status::Queued,
    Status::Running,
    Status::Paused,
    Status::Errored,
    Status::Terminated,
    Status::Complete,
    Status::WaitingForPause,
    Status::Waiting,
];

/// The status with this name.
pub(crate) fn status(name: &str) -> Option<Status> {
    STATUSES.into_iter().find(|status| status.as_str() == name)
}

/// How many instances have each status, also those that none has, in alphabetical order.
pub(crate) fn all_counts(of: &[(Status, u64)]) -> Json {
    let mut names = STATUSES.map(Status::as_str);
    names.sort_unstable();
    let mut counts: Map<String, Json> = names.iter().map(|name| ((*name).to_owned(), json!(0))).collect();
    for (status, count) in of {
        counts.insert(status.as_str().to_owned(), json!(count));
    }
    Json::Object(counts)
}

/// How many instances of a Workflow have each status that some have.
pub(crate) fn counts(workflow: &WorkflowSummary) -> Json {
    let some = workflow.counts.iter().filter(|(_, count)| *count > 0);
    Json::Object(
        some.map(|(status, count)| (status.as_str().to_owned(), json!(count)))
            .collect(),
    )
}

/// Everything about one instance (spec 4.6), as far as both APIs have it.
pub(crate) fn detail(instance: &InstanceDetail, style: Style) -> Json {
    let steps = instance.steps.iter();
    let steps: Vec<Json> = steps.filter_map(|step| step::json(step, style)).collect();
    json!({
        "status": instance.summary.status.as_str(),
        "params": value(&instance.params),
        "queued": time(instance.summary.created_ms),
        "start": maybe_time(instance.summary.started_ms),
        "end": maybe_time(instance.summary.ended_ms),
        "output": maybe_value(instance.output.as_ref()),
        "error": failure(instance.error.as_ref()),
        "steps": steps,
        "step_count": instance.step_count,
    })
}
