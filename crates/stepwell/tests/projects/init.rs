//! `stepwell init`: the project that it writes.

use crate::{BINARY, kill_and_start, made, until, waits_for_event};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use stepwell_e2e::{Project, npm};

fn init(directory: &Path) -> Output {
    let mut command = Command::new(BINARY);
    command.arg("init").current_dir(directory).output().unwrap()
}

/// A directory `tea-shop`, with what `stepwell init` writes into it.
fn initialized() -> (tempfile::TempDir, std::path::PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("tea-shop");
    fs::create_dir(&directory).unwrap();
    let output = init(&directory);
    assert!(output.status.success(), "{output:?}");
    (parent, directory)
}

#[test]
fn a_new_project_passes_its_own_test() {
    let (_parent, directory) = initialized();
    let output = Command::new("npm")
        .args(["test", "--silent"])
        .current_dir(&directory)
        .env("STEPWELL", BINARY)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(said.contains("pass 1"), "{said}");
}

#[test]
fn a_new_project_runs_without_an_installation_and_outlives_a_kill() {
    let (_parent, directory) = initialized();
    let mut server = Project::copy_of_directory(BINARY, "tea-shop", &directory).start();
    let id = made(&server, "/signups", &json!({ "email": "ada@example.com" }));
    waits_for_event(&server, &id);
    kill_and_start(&mut server);
    let path = format!("/signups/{id}");
    server.post(&format!("{path}/confirm"), &Value::Null).ok();
    let done = until(&server, &path, "complete");
    assert_eq!(done["output"]["confirmedBy"], "link");
}

#[test]
fn the_types_of_a_new_project_are_right() {
    let (_parent, directory) = initialized();
    // The same packages as the example's, in the versions of its lock file.
    let installed = npm::install(
        "environments",
        include_str!("../../../../examples/environments/package.json"),
        include_str!("../../../../examples/environments/package-lock.json"),
    )
    .unwrap_or_else(|error| panic!("{error}"));
    let project = Project::copy_of_directory(BINARY, "tea-shop", &directory);
    std::os::unix::fs::symlink(installed.join("node_modules"), project.path("node_modules")).unwrap();
    project.npm_run("check");
}

#[test]
fn a_second_init_refuses_and_changes_nothing() {
    let (_parent, directory) = initialized();
    let config = directory.join("wrangler.jsonc");
    fs::write(&config, "{}").unwrap();
    let output = init(&directory);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("wrangler.jsonc") && said.contains("nothing was written"),
        "{said}"
    );
    assert_eq!(fs::read_to_string(config).unwrap(), "{}");
}

#[test]
fn a_readme_and_a_package_that_are_there_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let mine = ["README.md", "package.json"];
    for file in mine {
        fs::write(directory.path().join(file), "{}\n").unwrap();
    }
    let output = init(directory.path());
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    for file in mine {
        let text = fs::read_to_string(directory.path().join(file)).unwrap();
        assert_eq!(text, "{}\n");
        assert!(said.contains(&format!("Kept {file} as it is")), "{said}");
    }
    assert!(directory.path().join("src/index.ts").exists());
}
