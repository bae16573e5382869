//! Changing the project while it runs.

use super::waits;
use serde_json::json;
use stepwell_e2e::{Ledger, Server};

const OLD: &str = "return \"after\";";
const NEW: &str = "return \"after the reload\";";

fn reloaded(server: &Server) {
    server.log().wait_for("the reload", |entry| {
        entry["message"]
            .as_str()
            .is_some_and(|text| text.starts_with("Reloaded"))
    });
}

#[test]
fn running_instances_go_on_with_the_new_code() {
    let ledger = Ledger::start();
    let server = waits().start();
    let id = server.create("wait", &ledger);
    server.wait_until(&id, "waiting");
    server.project.replace("src/index.ts", OLD, NEW);
    reloaded(&server);
    server.send(&id, "it", &json!(1)).ok();
    assert_eq!(server.finish(&id).complete(), "after the reload");
    assert_eq!(ledger.count("before"), 1);
}

#[test]
fn a_file_outside_of_the_project_directory_is_watched_too() {
    let server = waits().start();
    server.project.replace(
        "../common/driver.ts",
        "default:",
        "case \"hello\":\n      return \"hello\";\n    default:",
    );
    reloaded(&server);
    assert_eq!(server.get("/hello").ok(), "hello");
}

#[test]
fn a_build_error_is_shown_with_its_place_and_the_last_version_goes_on() {
    let ledger = Ledger::start();
    let server = waits().start();
    let id = server.create("wait", &ledger);
    server.wait_until(&id, "waiting");
    server.project.replace("src/index.ts", OLD, "return \"after;");
    server.log().wait_for("the build error", |entry| {
        let text = entry["message"].as_str().unwrap_or_default();
        entry["level"] == "error"
            && text.contains("src/index.ts:")
            && text.contains("Unterminated string literal")
    });
    server.send(&id, "it", &json!(1)).ok();
    assert_eq!(server.finish(&id).complete(), "after");
    server.project.replace("src/index.ts", "return \"after;", NEW);
    reloaded(&server);
    let id = server.create("wait", &ledger);
    server.send(&id, "it", &json!(1)).ok();
    assert_eq!(server.finish(&id).complete(), "after the reload");
}

#[test]
fn a_version_that_throws_at_start_is_not_taken() {
    let ledger = Ledger::start();
    let server = waits().start();
    let id = server.create("wait", &ledger);
    server.wait_until(&id, "waiting");
    server.project.replace(
        "src/index.ts",
        "const HOUR",
        "throw new Error(\"at the start\");\nconst HOUR",
    );
    server.log().wait_for("the error", |entry| {
        let text = entry["message"].as_str().unwrap_or_default();
        entry["target"] == "stepwell" && entry["level"] == "error" && text.contains("at the start")
    });
    server.send(&id, "it", &json!(1)).ok();
    assert_eq!(server.finish(&id).complete(), "after");
}
