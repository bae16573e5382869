//! The Workflows of a Worker as the engine needs them.

use super::Inner;
use super::on_demand::OnDemand;
use std::sync::Arc;
use stepwell_control::model::{Workflow, WorkflowVersion};
use stepwell_control::{WorkerState, WorkflowState};
use stepwell_core::limits;
use stepwell_engine::{Published, Share, Version};

/// All of them.
pub(super) fn of(machine: &Arc<Inner>, worker: &WorkerState) -> Vec<Published> {
    let workflows = worker.workflows.iter();
    workflows
        .map(|workflow| published(machine, worker, workflow))
        .collect()
}

/// A Workflow that nothing can run, because its Worker is gone.
pub(super) fn inactive(workflow: &Workflow) -> Published {
    Published {
        key: workflow.engine_key().into(),
        name: workflow.name.as_str().into(),
        versions: Vec::new(),
        shares: Vec::new(),
        follows_latest: workflow.follow_latest,
    }
}

fn published(machine: &Arc<Inner>, worker: &WorkerState, state: &WorkflowState) -> Published {
    // The code of some went with a Worker of this name that was deleted.
    let is_there = |one: &&Arc<WorkflowVersion>| {
        one.settings.script != worker.name || worker.version(&one.script_version).is_some()
    };
    let versions = state.versions.iter().filter(is_there);
    Published {
        versions: versions.map(|one| version(machine, one)).collect(),
        shares: state
            .shares
            .iter()
            .map(|&(version, percentage)| Share { version, percentage })
            .collect(),
        ..inactive(&state.workflow)
    }
}

/// A version of a Workflow, ready to run.
pub(super) fn version(machine: &Arc<Inner>, version: &WorkflowVersion) -> Version {
    let settings = &version.settings;
    let runtime = OnDemand::new(
        machine,
        &version.account,
        &settings.script,
        &version.script_version,
    );
    Version {
        number: version.number,
        class_name: settings.class_name.as_str().into(),
        step_limit: settings.step_limit.unwrap_or(limits::STEPS_DEFAULT) as u32,
        concurrency_limit: settings.concurrency_limit.map(|limit| limit as usize),
        runtime: Arc::new(runtime),
    }
}
