//! Classes that the configuration names.

use crate::{FLOW, GOOD, config};
use stepwell_e2e::project_of;

#[test]
fn a_class_that_is_not_exported() {
    let config = config(&FLOW.replace("\"Flow\"", "\"Flaw\""));
    let project = project_of!("wrangler.jsonc" => &config, "src/index.ts" => GOOD);
    project
        .refused()
        .says(&["wrangler.jsonc:5:", "\"Flaw\"", "does not export", "Flow"]);
}

#[test]
fn a_class_that_does_not_extend_workflow_entrypoint() {
    let worker = GOOD.replace(" extends WorkflowEntrypoint", "");
    let project = project_of!("wrangler.jsonc" => &config(FLOW), "src/index.ts" => &worker);
    project
        .refused()
        .says(&["\"Flow\"", "must extend WorkflowEntrypoint", "wrangler.jsonc:"]);
}

#[test]
fn an_object_class_that_is_not_exported() {
    let objects = r#""durable_objects": { "bindings": [{ "name": "OBJECT", "class_name": "Missing" }] },
  "migrations": [{ "tag": "v1", "new_sqlite_classes": ["Missing"] }],
  "main""#;
    let config = config(FLOW).replace("\"main\"", objects);
    let project = project_of!("wrangler.jsonc" => &config, "src/index.ts" => GOOD);
    project.refused().says(&[
        "\"Missing\"",
        "Durable Object binding \"OBJECT\"",
        "wrangler.jsonc:3:",
        "does not export",
    ]);
}
