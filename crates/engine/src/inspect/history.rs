//! A journal as people read it: what each step did and when.

use super::{AttemptDetail, StepDetail, StepKind};
use std::collections::HashMap;
use stepwell_core::failure::Failure;
use stepwell_core::journal::Entry;
use stepwell_core::step::{StepKey, StepKind as Kind};
use stepwell_core::step_config::StepConfig;
use stepwell_store::JournalRow;

/// One step, and where its value is.
pub(super) struct Recorded {
    key: StepKey,
    pub(super) detail: StepDetail,
    /// The journal entry that has its result or its event's payload.
    pub(super) value: Option<u32>,
    ended: bool,
}

/// What a journal tells.
#[derive(Default)]
pub(super) struct History {
    /// In the order in which they began.
    pub(super) steps: Vec<Recorded>,
    places: HashMap<StepKey, usize>,
    /// When the run began, of an instance that ended without steps.
    pub(super) started_ms: Option<i64>,
    /// The journal entry that has the output.
    pub(super) output: Option<u32>,
    pub(super) error: Option<Failure>,
    pub(super) terminated_ms: Option<i64>,
}

impl History {
    pub(super) fn of(journal: Vec<JournalRow>) -> Self {
        let mut history = Self::default();
        for row in journal {
            history.read(row.seq, row.entry);
        }
        history
    }

    fn read(&mut self, seq: u32, entry: Entry) {
        match entry {
            Entry::AttemptStarted {
                step,
                attempt,
                at_ms,
                config,
            } => {
                self.attempt(step, attempt, at_ms, config);
            }
            Entry::StepSucceeded {
                step,
                attempt,
                started_ms,
                at_ms,
                config,
            } => {
                let step = self.attempt(step, attempt, started_ms, config);
                step.end_attempt(at_ms, None, Some(true));
                step.value = Some(seq);
            }
            Entry::AttemptFailed {
                step,
                attempt,
                started_ms,
                at_ms,
                config,
                failure,
                retry_at_ms,
            } => {
                let success = retry_at_ms.is_none().then_some(false);
                let step = self.attempt(step, attempt, started_ms, config);
                step.end_attempt(at_ms, Some(failure), success);
            }
            Entry::SleepStarted {
                step,
                at_ms,
                until_ms,
            } => {
                self.step(step, at_ms, sleep).detail.ended_ms = Some(until_ms);
            }
            Entry::WaitStarted {
                step,
                event_type,
                at_ms,
                until_ms,
            } => {
                let step = self.step(step, at_ms, || wait(event_type));
                step.detail.ended_ms = Some(until_ms);
            }
            Entry::SleepEnded { step, at_ms } => self.step(step, at_ms, sleep).end(at_ms, None),
            // Without an earlier entry it is a sleep until a time of the past.
            Entry::StepFailed { step, at_ms, failure } => {
                self.step(step, at_ms, sleep).end(at_ms, Some(failure));
            }
            Entry::WaitEnded {
                step,
                at_ms,
                event_ms: accepted_ms,
            } => {
                let step = self.step(step, at_ms, || wait(String::new()));
                step.end(at_ms, None);
                step.value = Some(seq);
                if let StepKind::WaitForEvent { event_ms, .. } = &mut step.detail.kind {
                    *event_ms = Some(accepted_ms);
                }
            }
            Entry::Resumed { shift_ms, .. } => self.shift_deadlines(shift_ms),
            Entry::Restarted { from: Some(from), .. } => self.forget_from(&from),
            Entry::Restarted { from: None, .. }
            | Entry::PauseRequested { .. }
            | Entry::Paused { .. }
            | Entry::Crashed { .. } => {}
            Entry::Completed { started_ms, .. } => {
                (self.started_ms, self.output) = (started_ms, Some(seq));
            }
            Entry::Errored {
                started_ms, failure, ..
            } => {
                (self.started_ms, self.error) = (started_ms, Some(failure));
            }
            Entry::Terminated { at_ms, started_ms } => {
                (self.started_ms, self.terminated_ms) = (started_ms, Some(at_ms));
            }
        }
    }

    /// The step, new if it has not begun yet.
    fn step(&mut self, key: StepKey, at_ms: i64, kind: impl FnOnce() -> StepKind) -> &mut Recorded {
        let end = self.steps.len();
        let place = *self.places.entry(key.clone()).or_insert(end);
        if place == end {
            let detail = StepDetail {
                name: key.to_string(),
                started_ms: at_ms,
                ended_ms: None,
                kind: kind(),
            };
            self.steps.push(Recorded {
                key,
                detail,
                value: None,
                ended: false,
            });
        }
        &mut self.steps[place]
    }

    /// A `do` step whose last attempt is this one.
    fn attempt(
        &mut self,
        key: StepKey,
        attempt: u32,
        at_ms: i64,
        config: Option<StepConfig>,
    ) -> &mut Recorded {
        let new = || StepKind::Do {
            config: config.unwrap_or_else(StepConfig::default_config),
            attempts: Vec::new(),
            success: None,
            output: None,
        };
        let step = self.step(key, at_ms, new);
        if let StepKind::Do { attempts, .. } = &mut step.detail.kind {
            // The attempt of a run that was let go of is made again, under its number.
            attempts.truncate(attempt.saturating_sub(1) as usize);
            attempts.push(AttemptDetail {
                started_ms: at_ms,
                ended_ms: None,
                success: None,
                error: None,
            });
        }
        step
    }

    fn shift_deadlines(&mut self, shift_ms: i64) {
        for step in self.steps.iter_mut().filter(|step| !step.ended) {
            if let Some(ended_ms) = &mut step.detail.ended_ms {
                *ended_ms = ended_ms.saturating_add(shift_ms);
            }
        }
    }

    /// As `Instance::restart_from`: what began with `from` or later is forgotten, and what has not ended.
    fn forget_from(&mut self, from: &StepKey) {
        if let Some(place) = self.places.get(from) {
            self.steps.truncate(*place);
            self.steps.retain(|step| step.ended);
        }
        *self = Self {
            places: (0..)
                .zip(&self.steps)
                .map(|(place, step)| (step.key.clone(), place))
                .collect(),
            steps: std::mem::take(&mut self.steps),
            ..Self::default()
        };
    }
}

/// When the step began that the entry is the first of, or the run of an instance without steps.
pub(super) fn started_ms(entry: &Entry) -> Option<i64> {
    match entry {
        Entry::AttemptStarted { at_ms, .. }
        | Entry::SleepStarted { at_ms, .. }
        | Entry::WaitStarted { at_ms, .. }
        | Entry::StepFailed { at_ms, .. } => Some(*at_ms),
        Entry::StepSucceeded { started_ms, .. } | Entry::AttemptFailed { started_ms, .. } => {
            Some(*started_ms)
        }
        Entry::Completed { started_ms, .. }
        | Entry::Errored { started_ms, .. }
        | Entry::Terminated { started_ms, .. } => *started_ms,
        Entry::SleepEnded { .. }
        | Entry::WaitEnded { .. }
        | Entry::Crashed { .. }
        | Entry::PauseRequested { .. }
        | Entry::Paused { .. }
        | Entry::Resumed { .. }
        | Entry::Restarted { .. } => None,
    }
}

impl Recorded {
    /// Whether it is the step that people call this.
    pub(super) fn is(&self, kind: Kind, name: &str) -> bool {
        self.key.kind == kind && self.detail.name == name
    }

    fn end_attempt(&mut self, at_ms: i64, failure: Option<Failure>, of_step: Option<bool>) {
        let StepKind::Do {
            attempts, success, ..
        } = &mut self.detail.kind
        else {
            return;
        };
        if let Some(attempt) = attempts.last_mut() {
            attempt.ended_ms = Some(at_ms);
            attempt.success = Some(failure.is_none());
            attempt.error = failure;
        }
        if of_step.is_some() {
            *success = of_step;
            self.detail.ended_ms = Some(at_ms);
            self.ended = true;
        }
    }

    /// A sleep or a wait is over.
    fn end(&mut self, at_ms: i64, failure: Option<Failure>) {
        self.ended = true;
        self.detail.ended_ms = Some(at_ms);
        if let StepKind::Sleep { finished, error } | StepKind::WaitForEvent { finished, error, .. } =
            &mut self.detail.kind
        {
            *finished = true;
            *error = failure;
        }
    }
}

fn sleep() -> StepKind {
    StepKind::Sleep {
        finished: false,
        error: None,
    }
}

fn wait(event_type: String) -> StepKind {
    StepKind::WaitForEvent {
        event_type,
        finished: false,
        error: None,
        event_ms: None,
        payload: None,
    }
}
