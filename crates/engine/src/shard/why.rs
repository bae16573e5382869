//! Why an instance is where it is.

use super::create::refused;
use super::resident::Resident;
use super::{Mode, Shard};
use crate::committer::{After, Refused};
use crate::engine::unreadable;
use crate::inspect::{Known, Reason, Running, Wait};
use crate::operations::OperationError;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use stepwell_core::ids::WorkflowId;
use stepwell_core::instance::{Instance, Lifecycle, Phase, Rest, StepState};
use tokio::sync::oneshot;

impl Shard {
    pub(super) async fn on_why(
        &mut self,
        workflow: WorkflowId,
        id: &Arc<str>,
        answer: oneshot::Sender<Result<Known, OperationError>>,
    ) {
        let known = self.known(workflow, id).await;
        if let Some(number) = self.by_id.get(&(workflow, id.clone())).copied() {
            self.unload_if_idle(number);
        }
        if self.shared.full.load(Ordering::Acquire) {
            let _ = answer.send(known); // reads do not wait for room
            return;
        }
        self.after.push(After::Answer(Box::new(move |outcome| {
            let _ = answer.send(outcome.map_err(refused).and(known));
        })));
    }

    async fn known(&mut self, workflow: WorkflowId, id: &Arc<str>) -> Result<Known, OperationError> {
        let number = self.number_of(workflow, id).await;
        let number = number.map_err(|error| unreadable(&error))?;
        let number = number.ok_or(OperationError::NotFound)?;
        let loaded = self.ensure_loaded(number).await;
        loaded.map_err(|error| unreadable(&error))?;
        let resident = self.residents.get(&number).ok_or(OperationError::NotFound)?;
        Ok(Known {
            number,
            status: resident.status(),
            version: resident.version,
            reason: self.reason(resident),
        })
    }

    fn reason(&self, resident: &Resident) -> Reason {
        let instance = &resident.instance;
        match instance.lifecycle() {
            Lifecycle::Complete { .. } | Lifecycle::Errored(_) | Lifecycle::Terminated => Reason::Ended,
            Lifecycle::Paused { .. } => Reason::Paused,
            Lifecycle::Pausing => Reason::Pausing {
                attempts: attempts(instance),
            },
            Lifecycle::Active => match (instance.live_since_ms(), instance.rest()) {
                (Some(_), Rest::Waits { .. }) => Reason::Waiting {
                    waits: waits(instance),
                },
                (Some(since_ms), _) => Reason::Running {
                    since_ms,
                    attempts: attempts(instance),
                    alone: resident.suspect.is_some(),
                },
                (None, _) if instance.phase() == Phase::Waiting => Reason::Waiting {
                    waits: waits(instance),
                },
                (None, _) => self.reason_to_stand(resident),
            },
        }
    }

    /// Why one that should run does not.
    fn reason_to_stand(&self, resident: &Resident) -> Reason {
        let (workflow, version) = (resident.workflow, resident.version);
        if self.shared.registry.version_for(workflow, version).is_none() {
            return Reason::NotPublished;
        }
        if self.draining {
            return Reason::Stopping;
        }
        if self.shared.full.load(Ordering::Acquire) || self.mode == Mode::Closed(Refused::Full) {
            return Reason::Full;
        }
        if resident.backing_off {
            return Reason::NoProcess;
        }
        match self.shared.admission.place(resident.number, workflow) {
            Some((limit, ahead)) => Reason::Queued { limit, ahead },
            None => Reason::Starting,
        }
    }
}

fn attempts(instance: &Instance) -> Vec<Running> {
    let running = instance.open().filter_map(|(key, step)| match step.state {
        StepState::Attempting {
            attempt, started_ms, ..
        } => Some(Running {
            step: key.to_string(),
            attempt,
            since_ms: started_ms,
        }),
        _ => None,
    });
    running.collect()
}

fn waits(instance: &Instance) -> Vec<Wait> {
    let waiting = instance.open().filter_map(|(key, step)| {
        let step_name = key.to_string();
        Some(match &step.state {
            StepState::Sleeping { due_ms, .. } => Wait::Sleep {
                step: step_name,
                until_ms: *due_ms,
            },
            StepState::Waiting {
                event_type,
                started_ms,
                due_ms,
                ..
            } => Wait::Event {
                step: step_name,
                event_type: event_type.clone(),
                since_ms: *started_ms,
                until_ms: *due_ms,
            },
            StepState::RetryWait { attempt, due_ms, .. } => Wait::Retry {
                step: step_name,
                attempt: *attempt,
                at_ms: *due_ms,
                error: None,
            },
            _ => return None,
        })
    });
    let mut waits: Vec<Wait> = waiting.collect();
    waits.sort_by_key(Wait::until_ms);
    waits
}
