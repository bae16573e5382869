//! An instance in memory.

use crate::admission::Lane;
use crate::operations::Status;
use crate::runtime::RunHandle;
use std::sync::Arc;
use stepwell_core::ids::{InstanceNumber, WorkflowId};
use stepwell_core::instance::{Instance, Lifecycle, Phase, Rest};
use stepwell_core::step::StepKey;
use stepwell_core::value::Value;
use stepwell_store::{InstanceHead, NewInstance};
use tokio::time::Instant;

use super::feeder::Credit;

/// Whether an instance has a slot to run in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    None,
    Queued,
    Held(Lane),
}

/// An instance in memory, with what the engine keeps beside its state.
pub(super) struct Resident {
    pub(super) number: InstanceNumber,
    pub(super) workflow: WorkflowId,
    pub(super) id: Arc<str>,
    /// The version of its Workflow that it is of.
    pub(super) version: u32,
    pub(super) created_ms: i64,
    pub(super) instance: Instance,
    /// Kept from creation until the first run.
    pub(super) params: Option<Value>,
    pub(super) slot: Slot,
    pub(super) run: Option<Arc<RunHandle>>,
    pub(super) credit: Option<Arc<Credit>>,
    /// It has run before.
    pub(super) woken: bool,
    /// Suspected of having killed a process: the attempts that were open then.
    pub(super) suspect: Option<Vec<StepKey>>,
    /// A look at whether the run rests is scheduled.
    pub(super) check_scheduled: bool,
    /// Activity at the last look, and since when it is the same.
    pub(super) quiet: Option<(u64, Instant)>,
    /// Groups that hold effects of it and are not durable yet.
    pub(super) commits_pending: u32,
    /// Already in the list of those whose starts wait for a commit.
    pub(super) starts_listed: bool,
    /// A failure to start a run was reported; the next try comes later.
    pub(super) backing_off: bool,
    /// Already among those whose phase may not tell their status.
    pub(super) is_live: bool,
}

impl Resident {
    fn new(
        number: InstanceNumber,
        workflow: WorkflowId,
        id: Arc<str>,
        version: u32,
        created_ms: i64,
        instance: Instance,
    ) -> Self {
        Self {
            number,
            workflow,
            id,
            version,
            created_ms,
            instance,
            params: None,
            slot: Slot::None,
            run: None,
            credit: None,
            woken: false,
            suspect: None,
            check_scheduled: false,
            quiet: None,
            commits_pending: 0,
            starts_listed: false,
            backing_off: false,
            is_live: false,
        }
    }

    pub(super) fn created(new: &NewInstance) -> Self {
        let mut resident = Self::new(
            new.number,
            new.workflow,
            new.id.clone(),
            new.version,
            new.created_ms,
            Instance::new(),
        );
        resident.params = Some(new.params.clone());
        resident
    }

    pub(super) fn loaded(head: &InstanceHead, instance: Instance) -> Self {
        let woken = instance.ended().next().is_some() || instance.open().next().is_some();
        let mut resident = Self::new(
            head.number,
            head.workflow,
            head.id.clone(),
            head.version,
            head.created_ms,
            instance,
        );
        resident.woken = woken;
        resident
    }

    /// The status that people see (spec 1.4, 2.8).
    pub(super) fn status(&self) -> Status {
        match self.instance.lifecycle() {
            Lifecycle::Pausing => Status::WaitingForPause,
            Lifecycle::Paused { .. } => Status::Paused,
            Lifecycle::Complete { .. } => Status::Complete,
            Lifecycle::Errored(_) => Status::Errored,
            Lifecycle::Terminated => Status::Terminated,
            Lifecycle::Active if self.run.is_none() => match self.instance.phase() {
                Phase::Waiting => Status::Waiting,
                _ => Status::Queued,
            },
            Lifecycle::Active => match self.instance.rest() {
                Rest::Waits { .. } => Status::Waiting,
                Rest::Busy | Rest::Silent => Status::Running,
            },
        }
    }

    /// Whether [`Resident::status`] may say something else than its phase does.
    pub(super) fn may_be_live(&self) -> bool {
        self.run.is_some() || *self.instance.lifecycle() == Lifecycle::Pausing
    }

    /// Whether it is a suspect that an answer after a while of silence clears: the attempts that made it one have ended, or
    /// it had none. A suspected step that it has yet to come to may still kill.
    pub(super) fn is_cleared_by_silence(&self) -> bool {
        let suspects = self.suspect.as_ref();
        suspects.is_some_and(|suspects| !self.instance.open().any(|(key, _)| suspects.contains(key)))
    }

    /// The queue to stand in.
    pub(super) fn lane(&self) -> Lane {
        if self.suspect.is_some() {
            Lane::Quarantine
        } else if self.woken {
            Lane::Woken
        } else {
            Lane::New
        }
    }
}
