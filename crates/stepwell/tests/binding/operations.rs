//! Each method of the binding, from `fetch`, from a step and from a Durable Object.

use super::each;
use serde_json::{Value, json};

/// Checks what an operation gives, wherever it is called. In `expected`, `ID` stands for the caller's own part of ids.
fn everywhere(name: &str, check: impl Fn(&str, Value)) {
    each(|server, ledger| {
        check("fetch", server.get(&format!("/operation/{name}/fetch")).ok());
        check("object", server.get(&format!("/operation/{name}/object")).ok());
        let id = server.create_with("operation", ledger, &json!(name));
        check(&format!("{id}-child"), server.finish(&id).complete());
    });
}

fn gives(name: &str, expected: &Value) {
    everywhere(name, |caller, given| {
        let expected: Value =
            serde_json::from_str(&expected.to_string().replace("ID", caller)).expect("it is JSON");
        assert_eq!(unfolded(&given), expected, "called from {caller}");
    });
}

/// At old compatibility dates the runtime puts an error's class into its message; that is not Stepwell's doing.
fn unfolded(given: &Value) -> Value {
    let text = given
        .to_string()
        .replace("\"Error: WorkflowError: ", "\"WorkflowError: ");
    serde_json::from_str(&text).expect("it is JSON")
}

#[test]
fn create_gives_a_handle_whose_status_has_the_output() {
    gives(
        "create",
        &json!({ "id": "ID", "status": "complete", "output": { "n": 1 }, "error": null }),
    );
}

#[test]
fn ids_are_generated_when_none_is_given() {
    everywhere("generatedIds", |caller, given| {
        assert_ne!(given[0], given[1], "{caller}");
        assert_eq!(given[0].as_str().map(str::len), Some(36), "{given}");
    });
}

#[test]
fn an_id_may_be_used_in_each_workflow() {
    gives("sameIdElsewhere", &json!("ID-same"));
}

#[test]
fn ids_that_break_the_rules_are_refused() {
    let invalid = "WorkflowError: Workflow instance has invalid id";
    each(|server, _| {
        let given = server.get("/operation/idRules/fetch").ok();
        assert_eq!(
            unfolded(&given),
            json!([invalid, invalid, invalid, "no error", "no error"])
        );
    });
}

#[test]
fn an_id_that_exists_is_refused() {
    gives(
        "duplicate",
        &json!(
            "WorkflowError: (instance.already_exists) Workflow instance with id \"ID-twice\" already exists"
        ),
    );
}

#[test]
fn getting_an_instance_that_does_not_exist_throws() {
    gives(
        "missing",
        &json!(["Error: instance.not_found", "Error: instance.not_found"]),
    );
}

#[test]
fn a_batch_leaves_out_ids_that_exist() {
    gives("createBatch", &json!(["ID-a", "ID-c"]));
}

#[test]
fn a_batch_has_1_to_100_instances() {
    gives(
        "batchRules",
        &json!([
            "WorkflowError: batchCreate should have at least 1 instance",
            "WorkflowError: batchCreate only supports 100 instances at a time",
        ]),
    );
}

#[test]
fn params_over_1_mib_are_refused_and_create_nothing() {
    everywhere("largeParams", |caller, given| {
        assert!(
            given[0]
                .as_str()
                .is_some_and(|text| text.contains("1 MiB") || text.contains("1MiB")),
            "{given}"
        );
        assert_eq!(given[1], "Error: instance.not_found", "called from {caller}");
    });
}

#[test]
fn retention_is_accepted() {
    gives("retention", &json!("no error"));
}

#[test]
fn events_reach_the_instance_and_bad_ones_are_refused() {
    everywhere("sendEvent", |caller, given| {
        assert_eq!(given["output"], json!({ "at": 1 }), "called from {caller}");
        for index in 0..2 {
            let text = given["wrong"][index].as_str().unwrap_or_default();
            assert!(text.contains("workflow.invalid_event_type"), "{text}");
        }
        let finished = given["wrong"][2].as_str().unwrap_or_default();
        assert!(
            finished.contains(
                "(instance.in_finite_state) Instance reached a finite state, cannot send events to it"
            ),
            "{finished}"
        );
    });
}

#[test]
fn a_deleted_instance_is_gone_and_its_id_is_free() {
    let gone = "WorkflowError: (instance.not_found) Instance does not exist";
    let missing = "Error: instance.not_found";
    gives("delete", &json!([missing, gone, gone, { "n": 2 }, gone]));
}

#[test]
fn a_batch_of_deletions_says_what_became_of_each_id() {
    everywhere("deleteBatch", |caller, given| {
        let id = |name: &str| format!("{caller}-batch-{name}");
        let missing = "workflows.api.error.instance.not_found";
        let expected = json!([
            {
                "deleted": [{ "id": id("a") }, { "id": id("a") }, { "id": id("b") }],
                "errors": [{ "id": id("no"), "code": 10400, "message": missing }],
            },
            "Error: instance.not_found",
            "WorkflowError: (body) batchDeleteInstances should have at least 1 instance",
            "WorkflowError: (body) batchDeleteInstances only supports 100 instances at a time",
            "WorkflowError: (instance.invalid_id) Instance ID is invalid",
            "WorkflowError: (instance.invalid_id) Instance ID is invalid",
            "WorkflowError: (body) Provided argument is invalid",
        ]);
        assert_eq!(unfolded(&given), expected, "called from {caller}");
    });
}

#[test]
fn an_instance_goes_through_its_statuses() {
    everywhere("lifecycle", |caller, given| {
        let text = |index: usize| given[index].as_str().unwrap_or_default();
        assert_eq!(text(0), "no error", "resuming what is not paused has no effect");
        assert_eq!((text(1), text(2)), ("paused", "paused"), "called from {caller}");
        assert_eq!(text(3), "sent while paused");
        assert!(
            text(4).contains(
                "(instance.cannot_terminate) Cannot terminate instance since its on a finite state"
            ),
            "{given}"
        );
        assert_eq!(text(5), "terminated");
        assert!(
            text(6).contains("(instance.cannot_restart) Step \"never\" not found in execution history"),
            "{given}"
        );
    });
}
