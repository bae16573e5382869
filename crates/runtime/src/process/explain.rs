//! Turns what workerd wrote while it failed to start into a [`StartError`].

use super::error::StartError;

const THROWN: &str = ": Uncaught ";

/// The error for the messages of a process that ended before it was ready; `how` says how it ended.
pub(super) fn explain<'a>(
    worker: &str,
    messages: impl IntoIterator<Item = &'a str>,
    how: &dyn std::fmt::Display,
) -> StartError {
    let messages: Vec<&str> = messages.into_iter().collect();
    // What follows the first message about a service (sockets without it) is a consequence of it.
    let cause = messages
        .iter()
        .find(|message| message.starts_with("service "))
        .or_else(|| messages.first());
    let Some(cause) = cause else {
        return StartError::Died {
            worker: worker.to_owned(),
            reason: how.to_string(),
        };
    };
    // `service user: Uncaught Error: boom`, then stack lines.
    match cause
        .strip_prefix("service ")
        .and_then(|message| message.split_once(THROWN))
    {
        Some((_, thrown)) => {
            let (message, stack) = split_stack(thrown);
            StartError::UserCode {
                worker: worker.to_owned(),
                message,
                stack,
            }
        }
        None => StartError::Refused {
            worker: worker.to_owned(),
            message: cause.strip_prefix("service user: ").unwrap_or(cause).to_owned(),
        },
    }
}

fn split_stack(text: &str) -> (String, Option<String>) {
    let stack_at = ["\n  at ", "\n  imported from "]
        .iter()
        .filter_map(|start| text.find(start))
        .min();
    match stack_at {
        Some(at) => (text[..at].to_owned(), Some(text[at + 1..].to_owned())),
        None => (text.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throw_is_the_users() {
        let error = explain(
            "w",
            [
                "service user: Uncaught Error: boom: Uncaught \nline two\n  at index.js:1:21 in f\n  at index.js:2:1",
                "Socket \"run\" refers to service \"user\" with a named entrypoint",
            ],
            &"",
        );
        let StartError::UserCode { message, stack, .. } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(message, "Error: boom: Uncaught \nline two");
        assert_eq!(
            stack.as_deref(),
            Some("  at index.js:1:21 in f\n  at index.js:2:1")
        );
        assert_eq!(error.fault(), super::super::error::Fault::User);
    }

    #[test]
    fn other_messages_are_shown_as_they_are() {
        let error = explain("w", ["service user: Unknown compatibility flag: nope"], &"");
        assert_eq!(
            error.to_string(),
            "workerd refuses the configuration of the Worker \"w\": Unknown compatibility flag: nope"
        );
        let error = explain("w", [], &"signal 9");
        assert_eq!(
            error.to_string(),
            "workerd ended while starting the Worker \"w\": signal 9"
        );
    }
}
