//! What people do with instances (spec 2.8).

use super::absorb::stored;
use super::create::refused;
use super::{Answer, Mode, Operation, Shard};
use crate::committer::After;
use crate::engine::unreadable;
use crate::operations::{OperationError, Status};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use stepwell_core::ids::{InstanceNumber, WorkflowId};
use stepwell_core::instance::Lifecycle;
use stepwell_core::step::StepKey;
use tokio::sync::oneshot;

impl Shard {
    pub(super) async fn on_operate(
        &mut self,
        workflow: WorkflowId,
        id: &Arc<str>,
        operation: Operation,
        answer: oneshot::Sender<Result<Answer, OperationError>>,
    ) {
        let full = self.shared.full.load(Ordering::Acquire);
        if full && !operation.is_read() {
            let _ = answer.send(Err(OperationError::Full));
            return;
        }
        let result = self.operate(workflow, id, operation).await;
        if full {
            // The committer holds what runs have done until there is room; a read does not wait for that.
            let _ = answer.send(result.map(|answer| self.only_durable(answer)));
        } else {
            // Even a mere status waits for what it shows to be durable.
            self.after.push(After::Answer(Box::new(move |outcome| {
                let _ = answer.send(outcome.map_err(refused).and(result));
            })));
        }
        // Also after a refusal: it may have been loaded for that.
        if let Some(number) = self.by_id.get(&(workflow, id.clone())).copied() {
            self.unload_if_idle(number);
        }
    }

    /// An end that is not in the store yet is not told.
    fn only_durable(&self, answer: Answer) -> Answer {
        let held = self
            .residents
            .get(&answer.number)
            .is_some_and(|resident| resident.commits_pending > 0);
        if !held || !matches!(answer.status, Status::Complete | Status::Errored) {
            return answer;
        }
        Answer {
            status: Status::Running,
            output_seq: None,
            error: None,
            ..answer
        }
    }

    async fn operate(
        &mut self,
        workflow: WorkflowId,
        id: &Arc<str>,
        operation: Operation,
    ) -> Result<Answer, OperationError> {
        let missing = if matches!(operation, Operation::Get | Operation::Describe) {
            OperationError::NotFound
        } else {
            OperationError::Gone
        };
        let Some(number) = self
            .number_of(workflow, id)
            .await
            .map_err(|error| unreadable(&error))?
        else {
            return Err(missing);
        };
        if !self
            .ensure_loaded(number)
            .await
            .map_err(|error| unreadable(&error))?
        {
            return Err(missing);
        }
        if let Mode::Closed(why) = self.mode
            && !operation.is_read()
        {
            return Err(refused(why));
        }
        match operation {
            Operation::Get | Operation::Status => {}
            Operation::Describe => {
                self.apply(number, |instance, _, effects| instance.record_starts(effects));
            }
            Operation::Pause => {
                self.apply(number, |instance, now_ms, effects| {
                    instance.pause(now_ms, effects);
                });
            }
            Operation::Resume => self.resume(number).await?,
            Operation::Terminate => self.terminate(number)?,
            Operation::Restart { from, version } => self.restart(number, from, version)?,
            Operation::Event { event_type, value } => {
                self.refuse_if_ended(number)?;
                self.apply(number, |instance, now_ms, effects| {
                    instance.event(&event_type, value, now_ms, effects);
                });
            }
        }
        self.answer(number)
    }

    fn answer(&self, number: InstanceNumber) -> Result<Answer, OperationError> {
        let resident = self.residents.get(&number).ok_or(OperationError::Gone)?;
        let (output_seq, error) = match resident.instance.lifecycle() {
            Lifecycle::Complete { seq } => (Some(*seq), None),
            Lifecycle::Errored(failure) => (None, Some(failure.clone())),
            _ => (None, None),
        };
        Ok(Answer {
            number,
            status: resident.status(),
            phase: stored(resident.instance.phase()),
            live_since_ms: resident.instance.live_since_ms(),
            output_seq,
            error,
        })
    }

    /// Resume works on a paused instance, has no effect on one that goes on by itself, and is refused for one that has
    /// ended (spec 2.8; workerd's text).
    async fn resume(&mut self, number: InstanceNumber) -> Result<(), OperationError> {
        let status = self.answer(number)?.status;
        if matches!(status, Status::Complete | Status::Errored | Status::Terminated) {
            return Err(OperationError::CannotResume { status });
        }
        let missing = self
            .residents
            .get(&number)
            .map(|resident| resident.instance.missing_event_values())
            .unwrap_or_default();
        self.supply_events(number, missing).await;
        self.apply(number, |instance, now_ms, effects| {
            instance.resume(now_ms, effects)
        });
        Ok(())
    }

    fn terminate(&mut self, number: InstanceNumber) -> Result<(), OperationError> {
        if self.has_ended(number) {
            return Err(OperationError::CannotTerminate);
        }
        self.apply(number, |instance, now_ms, effects| {
            instance.terminate(now_ms, effects);
        });
        Ok(())
    }

    /// What starts from nothing starts on the version that a new instance would; what keeps steps, on its own.
    fn restart(
        &mut self,
        number: InstanceNumber,
        from: Option<StepKey>,
        version: u32,
    ) -> Result<(), OperationError> {
        let anew = from.is_none();
        let done = self.apply(number, |instance, now_ms, effects| match &from {
            None => {
                instance.restart(now_ms, effects);
                Ok(())
            }
            Some(step) => instance.restart_from(step, now_ms, effects),
        });
        if let (Some(Err(_)), Some(step)) = (done, from) {
            return Err(OperationError::CannotRestart { step: step.name });
        }
        let mut own = None;
        if let Some(resident) = self.residents.get_mut(&number) {
            resident.suspect = None;
            resident.woken = false;
            own = self
                .shared
                .registry
                .version_for(resident.workflow, resident.version);
        }
        if anew || own.is_none() {
            self.set_version(number, version);
        }
        Ok(())
    }

    fn has_ended(&self, number: InstanceNumber) -> bool {
        self.residents
            .get(&number)
            .is_some_and(|resident| resident.instance.phase().is_final())
    }

    fn refuse_if_ended(&self, number: InstanceNumber) -> Result<(), OperationError> {
        if self.has_ended(number) {
            return Err(OperationError::Ended);
        }
        Ok(())
    }
}
