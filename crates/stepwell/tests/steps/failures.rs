//! Steps and runs that fail.

use super::{each, steps};
use serde_json::json;
use stepwell_e2e::{DATES, Ledger, Server};

const REPLACED: &str = "WorkflowFatalError: The execution of the Workflow instance was terminated, as a step threw an NonRetryableError and it was not handled";

/// What an instance's error is at the old date, where the flag replaces the message, and at the new one.
fn at_both(test: impl Fn(&Server, &Ledger, bool)) {
    for date in DATES {
        test(&steps().date(date).start(), &Ledger::start(), date == DATES[1]);
    }
}

#[test]
fn a_non_retryable_error_of_a_step_ends_the_instance_after_one_attempt() {
    at_both(|server, ledger, preserved| {
        let error = server.play("nonRetryableStep", ledger).errored();
        assert_eq!(
            error,
            if preserved {
                "NonRetryableError: no such customer"
            } else {
                REPLACED
            }
        );
        assert_eq!(ledger.count("refuse"), 1);
    });
}

#[test]
fn something_thrown_that_throws_when_it_is_looked_at_fails_its_attempt() {
    each(|server, ledger| {
        let output = server.play("hostile", ledger).complete();
        assert_eq!(output["after"], "went on");
        assert!(output["error"].to_string().contains("unknown"), "{output}");
    });
}

#[test]
fn a_non_retryable_error_of_run_ends_the_instance() {
    at_both(|server, ledger, preserved| {
        let error = server.play("nonRetryableRun", ledger).errored();
        assert_eq!(
            error,
            if preserved {
                "NonRetryableError: not like this"
            } else {
                REPLACED
            }
        );
    });
}

#[test]
fn the_flags_choose_the_message_whatever_the_date() {
    for (date, flag, preserved) in [
        (DATES[0], "workflows_preserve_non_retryable_error_message", true),
        (DATES[1], "workflows_replace_non_retryable_error_message", false),
    ] {
        let project = steps().date(date);
        let flags = format!("\"compatibility_flags\": [\"{flag}\"], \"main\"");
        project.replace("wrangler.jsonc", "\"main\"", &flags);
        let error = project
            .start()
            .play("nonRetryableStep", &Ledger::start())
            .errored();
        assert_eq!(
            error == "NonRetryableError: no such customer",
            preserved,
            "{flag}: {error}"
        );
        assert_eq!(error == REPLACED, !preserved, "{flag}: {error}");
    }
}

#[test]
fn a_caught_non_retryable_error_lets_run_go_on() {
    each(|server, ledger| {
        let output = server.play("nonRetryableCaught", ledger).complete();
        assert_eq!(
            output,
            json!({ "error": "NonRetryableError: no such customer", "after": "went on" })
        );
        assert_eq!(ledger.count("refuse"), 1);
    });
}

#[test]
fn an_error_with_the_name_of_a_non_retryable_one_is_not_retried() {
    each(|server, ledger| {
        server.play("nonRetryableByName", ledger).errored();
        assert_eq!(ledger.count("refuse"), 1);
    });
}

#[test]
fn the_error_of_the_last_attempt_is_the_instances() {
    each(|server, ledger| {
        assert_eq!(
            server.play("lastAttempt", ledger).errored(),
            "PaymentError: declined 3"
        );
        assert_eq!(ledger.count("always"), 3);
    });
}

#[test]
fn a_limit_of_no_retries_means_one_attempt() {
    each(|server, ledger| {
        assert_eq!(
            server.play("noRetries", ledger).errored(),
            "Error: once is enough"
        );
        assert_eq!(ledger.count("once"), 1);
    });
}

#[test]
fn a_caught_failure_lets_run_go_on() {
    each(|server, ledger| {
        let output = server.play("caught", ledger).complete();
        assert_eq!(
            output,
            json!({ "error": "PaymentError: declined", "after": "went on" })
        );
    });
}

#[test]
fn what_is_thrown_need_not_be_an_error() {
    each(|server, ledger| {
        assert_eq!(server.play("thrownText", ledger).complete(), "Error: just a text");
    });
}

#[test]
fn an_error_of_run_is_the_instances() {
    each(|server, ledger| {
        assert_eq!(
            server.play("runThrows", ledger).errored(),
            "PaymentError: from run"
        );
    });
}
