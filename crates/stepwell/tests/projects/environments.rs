//! `examples/environments`: one Worker in three environments.

use crate::{kill_and_start, made, until};
use serde_json::{Value, json};
use stepwell_e2e::{Server, example};

/// What the Worker says that it is made of; the modules are the same everywhere.
fn made_of(server: &Server) -> Value {
    let mut description = server.get("/").ok();
    let modules = description.as_object_mut().unwrap().remove("modules").unwrap();
    assert_eq!(modules["stampedBy"], "scripts/stamp.mjs", "the custom build");
    assert_eq!(modules["sum"], 42, "a module of WebAssembly");
    assert!(
        !modules["seal"].as_array().unwrap().is_empty(),
        "a module of bytes"
    );
    description
}

/// A letter that was sent before the engine was killed is there after it.
fn letter_across_a_kill(server: &mut Server) -> String {
    let id = made(server, "/letters?to=Ada", &Value::Null);
    let before = until(server, &format!("/letters/{id}"), "complete");
    kill_and_start(server);
    let after = server.get(&format!("/letters/{id}")).ok();
    assert_eq!(before["output"], after["output"]);
    after["output"].as_str().unwrap().to_owned()
}

#[test]
fn development_has_the_keys_of_the_top() {
    let mut server = example!("environments").start();
    let expected = json!({
        "stage": "development",
        "service": { "url": "http://localhost:9000", "retries": 1 },
        "release": "2026.11",
        "secrets": ["ment", "0001"],
    });
    assert_eq!(made_of(&server), expected);
    let letter = letter_across_a_kill(&mut server);
    assert!(
        letter.starts_with("development: ") && letter.contains("Ada"),
        "{letter}"
    );
    assert_eq!(made_of(&server), expected);
}

#[test]
fn staging_has_its_own_keys_secrets_and_limit_of_steps() {
    let mut server = example!("environments").arguments(&["--env", "staging"]).start();
    let expected = json!({
        "stage": "staging",
        "service": { "url": "https://staging.example.com", "retries": 2 },
        "release": "2026.12-rc1",
        "secrets": ["0002", null],
    });
    assert_eq!(made_of(&server), expected);
    let id = made(&server, "/letters?to=Ada", &Value::Null);
    let before = until(&server, &format!("/letters/{id}"), "errored");
    let error = before["error"]["message"].as_str().unwrap();
    assert!(error.contains('3'), "the limit of steps: {error}");
    kill_and_start(&mut server);
    assert_eq!(
        server.get(&format!("/letters/{id}")).ok()["error"],
        before["error"]
    );
}

#[test]
fn production_is_chosen_by_the_environment_variable_of_wrangler() {
    let mut server = example!("environments")
        .environment("CLOUDFLARE_ENV", "production")
        .start();
    let expected = json!({
        "stage": "production",
        "service": { "url": "https://example.com", "retries": 5 },
        "release": "2026.11",
        "secrets": ["tion", "0001"],
    });
    assert_eq!(made_of(&server), expected);
    let letter = letter_across_a_kill(&mut server);
    assert!(letter.starts_with("production: "), "{letter}");
}
