//! The configuration.

use crate::{FLOW, GOOD, config};
use stepwell_e2e::project_of;

/// What is said about a configuration.
fn refused(config: &str, parts: &[&str]) {
    let project = project_of!("wrangler.jsonc" => config, "src/index.ts" => GOOD);
    let refusal = project.refused();
    refusal.says(parts);
    assert_eq!(refusal.stdout, "", "nothing is on stdout");
    assert_eq!(
        refusal.stderr.matches("error:").count(),
        1,
        "one message:\n{}",
        refusal.stderr
    );
}

#[test]
fn a_directory_without_a_configuration() {
    let refusal = project_of!("src/index.ts" => GOOD).refused();
    refusal.says(&["no wrangler configuration in", "wrangler.jsonc", "-c"]);
}

#[test]
fn a_directory_that_does_not_exist() {
    let project = project_of!("src/index.ts" => GOOD);
    std::fs::remove_dir_all(project.path("")).expect("it can be removed");
    project.refused().says(&["does not exist"]);
}

#[test]
fn a_configuration_that_is_no_json() {
    refused(
        "{\n  \"name\": \"bad\",\n  \"main\" \"src/index.ts\"\n}\n",
        &["wrangler.jsonc:3:"],
    );
}

#[test]
fn a_toml_configuration_that_is_broken() {
    let project = project_of!("wrangler.toml" => "name = \"bad\"\nmain = \n", "src/index.ts" => GOOD);
    project.refused().says(&["wrangler.toml:2:"]);
}

#[test]
fn a_main_that_does_not_exist() {
    let project = project_of!("wrangler.jsonc" => &config(FLOW));
    project
        .refused()
        .says(&["wrangler.jsonc:3:", "src/index.ts", "was not found"]);
}

#[test]
fn two_workflows_of_one_name() {
    let two = format!("{FLOW},\n    {}", FLOW.replace("FLOW", "AGAIN"));
    refused(
        &config(&two),
        &[
            "wrangler.jsonc:6:",
            "\"flow\"",
            "must have unique",
            "give one of them another name",
        ],
    );
}

#[test]
fn a_name_that_breaks_the_rules() {
    refused(
        &config(&FLOW.replace("\"flow\"", "\"a flow\"")),
        &["wrangler.jsonc:5:", "1-64 characters"],
    );
}

#[test]
fn an_invalid_cron() {
    let cron = FLOW.replace(" }", ", \"schedules\": \"61 * * * *\" }");
    refused(
        &config(&cron),
        &[
            "wrangler.jsonc:5:",
            "\"61 * * * *\" is not a valid cron expression",
            "for example",
        ],
    );
}

#[test]
fn an_invalid_duration() {
    let retention = FLOW.replace(
        " }",
        ", \"default_retention\": { \"success_retention\": \"soon\" } }",
    );
    refused(
        &config(&retention),
        &[
            "wrangler.jsonc:5:",
            "default_retention.success_retention",
            "\"3 days\"",
            "soon",
        ],
    );
}

#[test]
fn a_step_limit_that_is_no_number() {
    let limit = FLOW.replace(" }", ", \"limits\": { \"steps\": 0 } }");
    refused(
        &config(&limit),
        &[
            "wrangler.jsonc:5:",
            "\"limits.steps\" field must be a positive integer but got 0",
        ],
    );
}

#[test]
fn a_key_that_nobody_knows() {
    let key = FLOW.replace("class_name", "className");
    refused(&config(&key), &["wrangler.jsonc:5:", "className"]);
}

#[test]
fn a_binding_of_an_unsupported_kind_warns_and_runs() {
    let config = config(FLOW).replace(
        "\"main\"",
        "\"kv_namespaces\": [{ \"binding\": \"KV\", \"id\": \"a\" }],\n  \"main\"",
    );
    let server = project_of!("wrangler.jsonc" => &config, "src/index.ts" => GOOD).start();
    server.log().wait_for("the warning", |entry| {
        entry["level"] == "warn"
            && entry["message"]
                .as_str()
                .is_some_and(|text| text.contains("kv_namespaces"))
    });
    assert_eq!(server.get("/").text, "hello");
}

#[test]
fn using_a_binding_of_an_unsupported_kind_fails_once_and_names_the_key() {
    let kv = "\"kv_namespaces\": [{ \"binding\": \"KV\", \"id\": \"a\" }],\n  \"main\"";
    let worker = GOOD
        .replace(
            "run() { return \"done\"; }",
            "run(event, step) { return await step.do(\"read\", () => this.env.KV.get(\"a\")); }",
        )
        .replace(
            "fetch() { return new Response(\"hello\"); }",
            "fetch(request, env) { return Response.json((await env.FLOW.create({ id: \"one\" })).id); }",
        );
    let config = config(FLOW).replace("\"main\"", kv);
    let server = project_of!("wrangler.jsonc" => &config, "src/index.ts" => &worker).start();
    assert_eq!(server.get("/").ok(), "one");
    let failed = server
        .log()
        .wait_for("the end of the instance", |entry| entry["message"] == "errored");
    let error = failed["error"].as_str().unwrap_or_default();
    assert!(
        error.starts_with("NonRetryableError") && error.contains("kv_namespaces"),
        "{error}"
    );
    let retried = server
        .log()
        .entries()
        .into_iter()
        .filter(|entry| entry["message"] == "retry");
    assert_eq!(retried.count(), 0);
}
