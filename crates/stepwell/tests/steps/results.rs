//! What steps may return.

use super::each;
use serde_json::json;

const UNSERIALISABLE: &str = "WorkflowFatalError: The execution of the Workflow instance was terminated, as the step \"callable\" returned a value which is not serialisable";

#[test]
fn a_function_as_a_result_ends_the_instance_after_one_execution() {
    each(|server, ledger| {
        assert_eq!(server.play("aFunction", ledger).errored(), UNSERIALISABLE);
        assert_eq!(ledger.count("callable"), 1);
    });
}

#[test]
fn a_class_instance_as_a_result_is_retried_and_can_be_caught() {
    each(|server, ledger| {
        assert_eq!(
            server.play("aClassInstance", ledger).complete(),
            "DataCloneError: Could not serialize object of type \"Customer\". This type does not support serialization."
        );
        assert_eq!(ledger.count("customer"), 2);
    });
}

#[test]
fn a_result_over_1_mib_is_retried_and_fails_with_its_text() {
    each(|server, ledger| {
        assert_eq!(
            server.play("tooLarge", ledger).complete(),
            "WorkflowInternalError: Step large-1 output is too large. Maximum allowed size is 1MiB."
        );
        assert_eq!(ledger.count("large"), 2);
    });
}

#[test]
fn a_result_of_almost_1_mib_is_kept() {
    each(|server, ledger| {
        assert_eq!(server.play("largest", ledger).complete(), 1024 * 1024 - 64);
    });
}

#[test]
fn a_function_as_the_result_of_run_ends_the_instance_errored() {
    each(|server, ledger| {
        assert_eq!(
            server.play("runReturnsAFunction", ledger).errored(),
            "WorkflowFatalError: The execution of the Workflow instance was terminated, as run() returned a value which is not serialisable"
        );
    });
}

#[test]
fn undefined_is_a_result_and_is_recorded() {
    each(|server, ledger| {
        let id = server.create("nothing", ledger);
        ledger.gate("nothing").reached(1);
        server.kill_9();
        server.restart();
        ledger.gate("nothing").open();
        assert_eq!(server.finish(&id).complete(), json!(true));
        assert_eq!(ledger.count("nothing"), 1);
    });
}
