//! Effects as lines that a test can show.

use crate::instance::Effect;
use crate::journal::Entry;
use crate::run::ToRun;

/// One line per effect: journal entries with their number, messages to the run after `>`.
pub(super) fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Append {
            seq,
            entry: of,
            value,
        } => {
            let value = value
                .as_ref()
                .map(|value| format!(" = {}", String::from_utf8_lossy(value.bytes())))
                .unwrap_or_default();
            format!("{seq}: {}{value}", entry(of))
        }
        Effect::Clear => "clear".into(),
        Effect::SetPhase(phase) => format!("phase {phase:?}"),
        Effect::PutTimer { due_ms, key } => format!("timer {key} at {due_ms}"),
        Effect::DeleteTimer { due_ms, key } => format!("no timer {key} at {due_ms}"),
        Effect::BufferEvent { id, event_type, .. } => format!("keep event {id} {event_type}"),
        Effect::TakeEvent { id } => format!("take event {id}"),
        Effect::Send(message) => to_run(message),
        Effect::SendRecorded { call, seq } => format!("> recorded entry {seq} for call {}", call.0),
        Effect::Release => "release".into(),
        Effect::Ended(phase) => format!("ended {phase:?}"),
    }
}

fn to_run(message: &ToRun) -> String {
    match message {
        ToRun::Recorded { call } => format!("> recorded {}", call.0),
        ToRun::Done { call } => format!("> done {}", call.0),
        ToRun::Event {
            call,
            value,
            event_ms,
            ..
        } => {
            let value = String::from_utf8_lossy(value.bytes());
            format!("> event {} {value} of {event_ms}", call.0)
        }
        ToRun::Rejected { call, failure } => format!("> rejected {} {failure}", call.0),
        ToRun::Attempt { call, attempt } => format!("> attempt {} of call {}", attempt, call.0),
        ToRun::Hold => "> hold".into(),
        ToRun::AskIdle => "> idle?".into(),
    }
}

fn entry(entry: &Entry) -> String {
    match entry {
        Entry::AttemptStarted {
            step,
            attempt,
            at_ms,
            config,
        } => {
            let config = if config.is_some() { " with config" } else { "" };
            format!("{step} attempt {attempt} started at {at_ms}{config}")
        }
        Entry::StepSucceeded { step, attempt, .. } => format!("{step} attempt {attempt} succeeded"),
        Entry::AttemptFailed {
            step,
            attempt,
            failure,
            retry_at_ms,
            ..
        } => match retry_at_ms {
            Some(at) => format!("{step} attempt {attempt} failed ({failure}), again at {at}"),
            None => format!("{step} attempt {attempt} failed ({failure}), for good"),
        },
        Entry::SleepStarted { step, until_ms, .. } => format!("{step} sleeps until {until_ms}"),
        Entry::SleepEnded { step, .. } => format!("{step} slept"),
        Entry::WaitStarted {
            step,
            event_type,
            until_ms,
            ..
        } => {
            format!("{step} waits for {event_type} until {until_ms}")
        }
        Entry::WaitEnded { step, event_ms, .. } => format!("{step} got the event of {event_ms}"),
        Entry::StepFailed { step, failure, .. } => format!("{step} failed ({failure})"),
        Entry::PauseRequested { .. } => "pause requested".into(),
        Entry::Paused { at_ms } => format!("paused at {at_ms}"),
        Entry::Resumed { shift_ms, .. } => format!("resumed, shift {shift_ms}"),
        Entry::Restarted { from: None, .. } => "restarted".into(),
        Entry::Restarted { from: Some(from), .. } => format!("restarted from {from}"),
        Entry::Crashed { .. } => "crashed".into(),
        Entry::Completed { .. } => "completed".into(),
        Entry::Errored { failure, .. } => format!("errored ({failure})"),
        Entry::Terminated { .. } => "terminated".into(),
    }
}
