//! What is known of instances in memory, for lists and counts.

use super::absorb::stored;
use super::create::refused;
use super::resident::Resident;
use super::{LiveStatus, Of, Shard};
use crate::committer::After;
use crate::operations::{OperationError, Status};
use std::sync::atomic::Ordering;
use stepwell_core::ids::InstanceNumber;
use tokio::sync::oneshot;

impl Shard {
    /// Answers when what it says is durable. Those whose phase says everything are left out: there may be many.
    pub(super) fn on_overlay(
        &mut self,
        of: &Of,
        answer: oneshot::Sender<Result<Vec<LiveStatus>, OperationError>>,
    ) {
        let residents = self.live.iter().filter_map(|number| self.residents.get(number));
        let live: Vec<LiveStatus> = match of {
            Of::All => residents
                .filter_map(|resident| self.live_status(resident))
                .collect(),
            Of::Workflow(workflow) => residents
                .filter(|resident| resident.workflow == *workflow)
                .filter_map(|resident| self.live_status(resident))
                .collect(),
            Of::These(numbers) => numbers
                .iter()
                .filter_map(|number| self.live_status(self.residents.get(number)?))
                .collect(),
        };
        if self.shared.full.load(Ordering::Acquire) {
            let _ = answer.send(Ok(live)); // reads do not wait for room
            return;
        }
        self.after.push(After::Answer(Box::new(move |outcome| {
            let _ = answer.send(outcome.map_err(refused).map(|()| live));
        })));
    }

    /// Notes whether the instance may have a status that its phase does not tell. Called after everything that can change it.
    pub(super) fn note_live(&mut self, number: InstanceNumber) {
        let Some(resident) = self.residents.get_mut(&number) else {
            return;
        };
        let live = resident.may_be_live();
        if std::mem::replace(&mut resident.is_live, live) == live {
            return;
        }
        if live {
            self.live.insert(number);
        } else {
            self.live.remove(&number);
        }
    }

    fn live_status(&self, resident: &Resident) -> Option<LiveStatus> {
        let (phase, status) = (stored(resident.instance.phase()), resident.status());
        (status != Status::of(phase)).then_some(LiveStatus {
            number: resident.number,
            shard: self.id,
            workflow: resident.workflow,
            live_since_ms: resident.instance.live_since_ms(),
            phase,
            status,
        })
    }
}
