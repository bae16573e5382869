//! Why an instance is not moving, in words, and the command that would help (`stepwell why`). Stepwell's own: Cloudflare's
//! APIs have nothing like it.

use super::{maybe_time, time};
use serde_json::{Value as Json, json};
use stepwell_engine::inspect::{Limit, Reason, Running, Wait, Why};

/// What is said of a reason.
#[derive(Debug)]
struct Said {
    /// For programs.
    code: &'static str,
    /// For people.
    text: String,
    until_ms: Option<i64>,
    /// What would resolve it.
    command: Option<String>,
}

/// The answer about the instance `id` of the Workflow `workflow`.
pub(crate) fn json(why: &Why, workflow: &str, id: &str) -> Json {
    let said = said(why, workflow, id);
    json!({
        "status": why.status.as_str(),
        "reason": said.code,
        "text": said.text,
        "since": time(since_ms(why)),
        "until": maybe_time(said.until_ms),
        "command": said.command,
    })
}

fn since_ms(why: &Why) -> i64 {
    match &why.reason {
        Reason::Running { since_ms, .. } => *since_ms,
        Reason::Waiting { waits } => match waits.first() {
            Some(Wait::Event { since_ms, .. }) => *since_ms,
            _ => why.since_ms,
        },
        _ => why.since_ms,
    }
}

fn said(why: &Why, workflow: &str, id: &str) -> Said {
    let instances = |rest: &str| Some(format!("stepwell workflows instances {rest}"));
    let plain = |code, text: &str| Said {
        code,
        text: text.to_owned(),
        until_ms: None,
        command: None,
    };
    match &why.reason {
        Reason::Ended => Said {
            command: instances(&format!("restart {workflow} {id}")),
            ..plain("ended", &format!("it has ended: {}", why.status.as_str()))
        },
        Reason::Running { attempts, alone, .. } => running(attempts, *alone, why.version),
        Reason::Waiting { waits } => waiting(waits, workflow, id),
        Reason::Pausing { attempts } => plain(
            "pausing",
            &format!("it will pause when what runs has ended: {}", named(attempts)),
        ),
        Reason::Paused => Said {
            command: instances(&format!("resume {workflow} {id}")),
            ..plain("paused", "somebody paused it")
        },
        Reason::Queued { limit, ahead } => queued(*limit, *ahead),
        Reason::Starting => plain("starting", "it is about to run"),
        Reason::NotPublished => Said {
            command: instances(&format!("migrate {workflow} {id}")),
            ..plain(
                "version-not-there",
                &format!(
                    "version {} of the Workflow, which it started on, is not there any more: deploy the Worker that has it, or move the instance to the newest version",
                    why.version
                ),
            )
        },
        Reason::NoProcess => plain(
            "no-process",
            "no process could be started for its version; the server tries again every second, and its log says why",
        ),
        Reason::Full => plain(
            "disk-full",
            "the disk of the server is full; it goes on by itself when there is room",
        ),
        Reason::Stopping => plain("stopping", "the server is stopping; it goes on at the next start"),
    }
}

fn running(attempts: &[Running], alone: bool, version: u32) -> Said {
    let what = match attempts {
        [] => "code outside of steps runs".to_owned(),
        some => format!("it runs {}", named(some)),
    };
    let place = if alone {
        ", in a process of its own because it may have killed one"
    } else {
        ""
    };
    Said {
        code: "running",
        text: format!("{what} (version {version} of the Workflow){place}"),
        until_ms: None,
        command: None,
    }
}

fn named(attempts: &[Running]) -> String {
    let name = |running: &Running| match running.attempt {
        1 => running.step.clone(),
        attempt => format!("{} (attempt {attempt})", running.step),
    };
    attempts.iter().map(name).collect::<Vec<_>>().join(", ")
}

fn waiting(waits: &[Wait], workflow: &str, id: &str) -> Said {
    let Some(first) = waits.first() else {
        return Said {
            code: "waiting",
            text: "it waits".to_owned(),
            until_ms: None,
            command: None,
        };
    };
    let (code, mut text) = match first {
        Wait::Sleep { step, .. } => ("sleep", format!("{step} sleeps")),
        Wait::Event { step, event_type, .. } => (
            "event",
            format!("{step} waits for an event of the type \"{event_type}\""),
        ),
        Wait::Retry {
            step, attempt, error, ..
        } => {
            let failed = error
                .as_ref()
                .map(|error| format!(" after {error}"))
                .unwrap_or_default();
            (
                "retry",
                format!("{step} will be tried again (attempt {attempt}){failed}"),
            )
        }
    };
    if waits.len() > 1 {
        text = format!("{text}, and {} more", waits.len() - 1);
    }
    // An event helps whatever else is waited for.
    let event = waits.iter().find_map(|wait| match wait {
        Wait::Event { event_type, .. } => Some(event_type),
        _ => None,
    });
    Said {
        code,
        text,
        until_ms: Some(first.until_ms()),
        command: event.map(|event_type| {
            format!(
                "stepwell workflows instances send-event {workflow} {id} --type {event_type} --payload '{{}}'"
            )
        }),
    }
}

fn queued(limit: Limit, ahead: u64) -> Said {
    let limit = match limit {
        Limit::Running(most) => format!("{most} instances run, as many as may at once (--max-running)"),
        Limit::Workflow(most) => {
            format!("{most} instances of the Workflow run, as many as may at once (concurrency.limit)")
        }
        Limit::Quarantine(most) => {
            format!(
                "{most} instances run alone, as many as may at once, because one of them may have killed a process"
            )
        }
    };
    Said {
        code: "queued",
        text: format!("{limit}; {ahead} others go before it"),
        until_ms: None,
        command: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stepwell_engine::operations::Status;

    fn about(status: Status, reason: Reason) -> Json {
        let why = Why {
            status,
            version: 3,
            since_ms: 1000,
            reason,
        };
        json(&why, "flow", "i1")
    }

    #[test]
    fn a_wait_for_an_event_says_which_command_sends_it() {
        let waits = vec![
            Wait::Sleep {
                step: "nap-1".to_owned(),
                until_ms: 5000,
            },
            Wait::Event {
                step: "gate-1".to_owned(),
                event_type: "open".into(),
                since_ms: 2000,
                until_ms: 9000,
            },
        ];
        let said = about(Status::Waiting, Reason::Waiting { waits });
        assert_eq!(said["reason"], "sleep");
        assert_eq!(said["text"], "nap-1 sleeps, and 1 more");
        assert_eq!(said["until"], "1970-01-01T00:00:05.000Z");
        assert_eq!(
            said["command"],
            "stepwell workflows instances send-event flow i1 --type open --payload '{}'"
        );
    }

    #[test]
    fn a_pause_says_how_it_ends() {
        let said = about(Status::Paused, Reason::Paused);
        assert_eq!(said["command"], "stepwell workflows instances resume flow i1");
        assert_eq!(said["since"], "1970-01-01T00:00:01.000Z");
        assert_eq!(said["until"], Json::Null);
    }

    #[test]
    fn a_queue_says_which_limit_and_how_many_are_before() {
        let reason = Reason::Queued {
            limit: Limit::Workflow(2),
            ahead: 7,
        };
        let text = about(Status::Queued, reason)["text"].as_str().unwrap().to_owned();
        assert_eq!(
            text,
            "2 instances of the Workflow run, as many as may at once (concurrency.limit); 7 others go before it"
        );
    }
}
