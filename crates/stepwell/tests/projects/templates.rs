//! `create-cloudflare`: its templates, made into projects as it makes them.

use crate::{BINARY, kill_and_start, waits_for_event};
use serde_json::Value;
use std::path::Path;
use stepwell_e2e::wait::eventually;
use stepwell_e2e::{Project, Server, npm};

/// Makes a project of a template: a copy of its files, with the placeholders filled in.
fn created(template: &str, language: &str) -> Project {
    let installed = npm::install(
        "create-cloudflare",
        include_str!("../../../../tests/published/create-cloudflare/package.json"),
        include_str!("../../../../tests/published/create-cloudflare/package-lock.json"),
    )
    .unwrap_or_else(|error| panic!("{error}"));
    let files = installed
        .join("node_modules/create-cloudflare/templates")
        .join(template)
        .join(language);
    let project = Project::copy_of_directory(BINARY, "mine", &files);
    fill_in(&project.path(""));
    project
}

fn fill_in(directory: &Path) {
    for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            fill_in(&entry.path());
            continue;
        }
        let text = std::fs::read_to_string(entry.path()).unwrap();
        let filled = text
            .replace("<WORKER_NAME>", "mine")
            .replace("<PACKAGE_NAME>", "mine")
            .replace("<COMPATIBILITY_DATE>", "2026-09-01");
        std::fs::remove_file(entry.path()).unwrap();
        std::fs::write(directory.join(name.replace("__dot__", ".")), filled).unwrap();
    }
}

/// The status of an instance that waits for its event, which it does soon after a start, too.
fn waiting(server: &Server, path: &str) -> Value {
    eventually("the instance waits", || {
        let answer = server.get(path).ok();
        (answer["status"]["status"] == "waiting").then_some(answer)
    })
}

fn hello_workflows(language: &str) {
    let mut server = created("hello-world-workflows", language).start();
    assert_eq!(server.get("/favicon.ico").status, 404);
    let created = server.get("/").ok();
    assert!(created["details"]["status"].is_string(), "{created}");
    let id = created["id"].as_str().unwrap().to_owned();
    waits_for_event(&server, &id);
    let path = format!("/?instanceId={id}");
    let before = waiting(&server, &path);
    kill_and_start(&mut server);
    assert_eq!(waiting(&server, &path), before);
    let unknown = server.get_with("/?instanceId=nope", &[("MF-Disable-Pretty-Error", "1")]);
    assert_eq!(unknown.status, 500);
    assert_eq!(unknown.json()["message"], "instance.not_found");
}

#[test]
fn the_template_for_workflows_runs_in_typescript() {
    hello_workflows("ts");
}

#[test]
fn the_template_for_workflows_runs_in_javascript() {
    hello_workflows("js");
}

#[test]
fn the_template_with_a_durable_object_and_assets_runs_in_both() {
    for language in ["ts", "js"] {
        let mut server = created("hello-world-durable-object-with-assets", language).start();
        for _ in 0..2 {
            let page = server.get("/");
            assert!(page.status == 200 && page.text.contains("<html"), "{page:?}");
            assert_eq!(server.get("/hello").text, "Hello, world!");
            kill_and_start(&mut server);
        }
    }
}

#[test]
fn templates_without_workflows_run_too() {
    let hello = created("hello-world", "ts").start();
    assert_eq!(hello.get("/").text, "Hello World!");
    let both = created("hello-world-with-assets", "js").start();
    assert!(both.get("/").text.contains("<html"));
    assert_eq!(both.get("/message").text, "Hello, World!");
    assert_eq!(both.get("/nope").status, 404);
    let page_alone = created("hello-world-assets-only", "templates").start();
    assert!(page_alone.get("/").text.contains("<html"));
    assert_eq!(page_alone.get("/nope").status, 404);
}
