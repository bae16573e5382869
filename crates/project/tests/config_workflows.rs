//! The entries of `workflows`: each rule has its exact text (spec, workflows.md 3.1).
#![allow(clippy::unwrap_used)] // The helpers of a test are tests too.

mod support;

use support::Project;

fn jsonc(body: &str) -> Project {
    Project::new(&[("wrangler.jsonc", body), ("src/index.ts", "export default {}")])
}

/// A project with one Workflow, whose keys beyond the required ones are `extra`.
fn workflow(extra: &str) -> Project {
    jsonc(&format!(
        "{{\n\"name\": \"app\", \"main\": \"src/index.ts\", \"compatibility_date\": \"2026-09-01\",\n\"workflows\": [{{ \"binding\": \"FLOW\", \"name\": \"flow\", \"class_name\": \"Flow\",\n{extra} }}]\n}}"
    ))
}

#[test]
fn workflows_have_wranglers_texts() {
    let entry = r#"{"binding":"FLOW","name":"flow","class_name":"Flow","#;
    for (extra, expected) in [
        ("\"limits\": { \"steps\": 0 }", "wrangler.jsonc:4:22: \"workflows[0]\" bindings \"limits.steps\" field must be a positive integer but got 0.".to_owned()),
        ("\"limits\": { \"steps\": 1.5 }", "wrangler.jsonc:4:22: \"workflows[0]\" bindings \"limits.steps\" field must be a positive integer but got 1.5.".to_owned()),
        ("\"limits\": 5", format!("wrangler.jsonc:4:11: \"workflows[0]\" bindings should, optionally, have an object \"limits\" field but got {entry}\"limits\":5}}.")),
        ("\"concurrency\": { \"limit\": \"x\" }", "wrangler.jsonc:4:27: \"workflows[0]\" bindings \"concurrency.limit\" field must be a positive integer but got \"x\".".to_owned()),
        ("\"schedules\": \"\"", "wrangler.jsonc:4:14: \"workflows[0]\" bindings \"schedules\" field must not be an empty string.".to_owned()),
        ("\"schedules\": []", "wrangler.jsonc:4:14: \"workflows[0]\" bindings \"schedules\" field must not be an empty array.".to_owned()),
        ("\"schedules\": [\"\"]", "wrangler.jsonc:4:14: \"workflows[0]\" bindings \"schedules\" field must not contain empty strings.".to_owned()),
        ("\"schedules\": [1]", format!("wrangler.jsonc:4:14: \"workflows[0]\" bindings should, optionally, have a string or array of strings \"schedules\" field but got {entry}\"schedules\":[1]}}.")),
        ("\"schedules\": [\"* * * * *\", \"60 * * * *\"]", "wrangler.jsonc:4:28: \"workflows[0]\" bindings \"schedules\" field: \"60 * * * *\" is not a valid cron expression: the minute field \"60\" has the value \"60\", which must be a number from 0 to 59.".to_owned()),
        ("\"default_retention\": { \"success_retention\": \"3 fortnights\" }", "wrangler.jsonc:4:45: \"workflows[0]\" bindings \"default_retention.success_retention\" field must be a positive integer of milliseconds or a duration string such as \"3 days\", but got \"3 fortnights\".".to_owned()),
        ("\"default_retention\": { \"error_retention\": -1 }", "wrangler.jsonc:4:43: \"workflows[0]\" bindings \"default_retention.error_retention\" field must be a positive integer of milliseconds or a duration string such as \"3 days\", but got -1.".to_owned()),
        ("\"jurisdiction\": \"mars\"", "wrangler.jsonc:4:17: \"workflows[0]\" bindings \"jurisdiction\" field must be one of \"eu\", \"fedramp\", or \"us\", but got \"mars\".".to_owned()),
        ("\"script_name\": \"other\", \"schedules\": \"* * * * *\"", "wrangler.jsonc:4:25: Workflow \"flow\" has \"schedules\" configured but references external script \"other\". Configure schedules on the worker that defines the workflow.".to_owned()),
        ("\"script_name\": 1", format!("wrangler.jsonc:4:16: \"workflows[0]\" bindings should, optionally, have a string \"script_name\" field but got {entry}\"script_name\":1}}.")),
    ] {
        assert_eq!(workflow(extra).errors(), [expected]);
    }
    let steps = workflow("\"limits\": { \"steps\": 30000 }").warnings();
    assert_eq!(
        steps,
        [
            "wrangler.jsonc:4:22: \"workflows[0]\" has a step limit of 30000, which exceeds the production maximum of 25,000. This configuration may not work when deployed."
        ]
    );
    let unknown = workflow("\"limits\": { \"stops\": 1 }, \"remote\": true").warnings();
    assert_eq!(
        unknown,
        [
            "wrangler.jsonc:4:13: Unexpected fields found in workflows[0].limits field: \"stops\"",
            "wrangler.jsonc:4:27: Unexpected fields found in workflows[0] field: \"remote\"",
        ]
    );
}

#[test]
fn workflows_need_their_names() {
    for (body, expected) in [
        (
            "[{}]",
            vec![
                "should have a string \"binding\" field but got {}",
                "\"name\" field but got {}",
                "\"class_name\" field but got {}",
            ],
        ),
        ("[3]", vec!["\"workflows\" bindings should be objects, but got 3"]),
        (
            "{}",
            vec!["The field \"workflows\" should be an array but got {}"],
        ),
        (
            "[{\"binding\": \"a-b\", \"name\": \"n\", \"class_name\": \"C\"}]",
            vec!["must be a JavaScript identifier but got \"a-b\""],
        ),
        (
            "[{\"binding\": \"A\", \"name\": \"no spaces\", \"class_name\": \"C\"}]",
            vec![
                "\"workflows[0]\" binding \"name\" field is invalid. Workflow names must be 1-64 characters long, start with a letter, number, or underscore, and may only contain letters, numbers, underscores, or hyphens.",
            ],
        ),
    ] {
        let project = jsonc(&format!(
            "{{ \"main\": \"src/index.ts\", \"workflows\": {body} }}"
        ));
        let errors = project.errors();
        assert_eq!(errors.len(), expected.len(), "{errors:?}");
        for (error, part) in errors.iter().zip(expected) {
            assert!(error.contains(part), "{part} in {error}");
        }
    }
}

#[test]
fn keys_that_nothing_acts_on_yet_are_named() {
    let warnings = workflow(
        "\"schedules\": \"0 3 * * *\", \"default_retention\": { \"success_retention\": \"3 days\" }, \"jurisdiction\": \"eu\"",
    )
    .warnings();
    for (key, consequence) in [
        ("schedules", "no instance is started by it"),
        ("default_retention", "finished instances are kept"),
        ("jurisdiction", "instances run on this machine"),
    ] {
        let expected = format!("`workflows[0].{key}` is not supported by Stepwell yet; {consequence}");
        assert!(
            warnings.iter().any(|warning| warning.contains(&expected)),
            "{warnings:?}"
        );
    }
}
