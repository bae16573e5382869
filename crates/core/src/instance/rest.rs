//! Whether the run in memory has nothing to do.

use super::{Effects, Instance, Lifecycle, StepState};
use crate::failure::Failure;
use crate::run::ToRun;

/// What the live run is doing, as far as the engine can see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// There is no run, or an attempt runs.
    Busy,
    /// Every call waits, the next of them until `due_ms` (`None`: for an event without end).
    Waits {
        /// Unix milliseconds.
        due_ms: Option<i64>,
    },
    /// No call is open and the run has not ended: user code runs, or hangs.
    Silent,
}

impl Instance {
    /// What the live run is doing.
    pub fn rest(&self) -> Rest {
        if self.live.is_none() || self.lifecycle != Lifecycle::Active {
            return Rest::Busy;
        }
        if self.calls.is_empty() {
            return Rest::Silent;
        }
        let mut due_ms = None::<i64>;
        for (_, step) in self.open().filter(|(_, step)| step.call.is_some()) {
            match step.state {
                StepState::Attempting { .. } | StepState::Ready { .. } => return Rest::Busy,
                StepState::RetryWait { due_ms: at, .. }
                | StepState::Sleeping { due_ms: at, .. }
                | StepState::Waiting { due_ms: at, .. } => {
                    due_ms = Some(due_ms.map_or(at, |due| due.min(at)));
                }
                StepState::Ended { .. } => {}
            }
        }
        Rest::Waits { due_ms }
    }

    /// How often something was said to the run or the run made a call: if it has not changed, nothing has happened.
    pub fn activity(&self) -> u64 {
        self.live.as_ref().map_or(0, |live| live.said)
    }

    /// Asks the run what is pending outside of steps.
    pub fn ask_idle(&mut self, effects: &mut Effects) {
        if let Some(live) = &mut self.live {
            live.asked_at = Some(live.said);
            effects.push(super::Effect::Send(ToRun::AskIdle));
        }
    }

    /// Whether an answer about idleness is about the state as it is now: nothing was said and no call came since.
    pub fn idle_answer_counts(&self) -> bool {
        self.live
            .as_ref()
            .is_some_and(|live| live.asked_at == Some(live.said))
    }

    /// The error of a `run()` that can never settle, with the runtime's text.
    pub fn hung() -> Failure {
        Failure::new(
            "Error",
            "The Workers runtime canceled this request because it detected that your Worker's code had hung and would \
             never generate a response. Refer to: https://developers.cloudflare.com/workers/observability/errors/",
        )
    }
}
