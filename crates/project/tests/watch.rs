//! Watches real directories.
#![allow(clippy::unwrap_used)] // The helpers of a test are tests too.

mod support;

use std::fs;
use std::time::Duration;

use stepwell_project::watch::{Change, Watcher};
use support::Project;
use tokio::sync::mpsc::Receiver;

/// Long enough for a change to arrive on a busy machine.
const SOON: Duration = Duration::from_secs(5);
/// Long enough to be sure that none comes.
const NEVER: Duration = Duration::from_millis(400);

fn project() -> Project {
    Project::new(&[
        ("wrangler.jsonc", "{}"),
        ("src/index.ts", "1"),
        ("src/lib/a.ts", "1"),
        ("README.md", "1"),
        (".stepwell/data.sql", "1"),
    ])
}

fn start(project: &Project) -> (Watcher, Receiver<Change>) {
    let root = project.path();
    let (mut watcher, receiver) =
        Watcher::new(&root.join("wrangler.jsonc"), &root.join("src/index.ts")).unwrap();
    watcher.set_inputs(&[root.join("src/index.ts"), root.join("src/lib/a.ts")]);
    (watcher, receiver)
}

async fn changed(receiver: &mut Receiver<Change>, project: &Project) -> Vec<String> {
    let change = tokio::time::timeout(SOON, receiver.recv())
        .await
        .expect("a change")
        .expect("a watcher");
    let root = project.path();
    change
        .paths
        .iter()
        .map(|path| path.strip_prefix(&root).unwrap().display().to_string())
        .collect()
}

async fn quiet(receiver: &mut Receiver<Change>) {
    let change = tokio::time::timeout(NEVER, receiver.recv()).await;
    assert!(change.is_err(), "{change:?}");
}

#[tokio::test]
async fn reports_changes_of_what_matters() {
    let project = project();
    let (_watcher, mut receiver) = start(&project);
    for name in [
        "src/index.ts",
        "src/lib/a.ts",
        "wrangler.jsonc",
        ".dev.vars",
        "src/lib/new.ts",
        "tsconfig.json",
    ] {
        project.write(name, "2");
        assert_eq!(changed(&mut receiver, &project).await, [name]);
    }
    for name in ["README.md", ".stepwell/data.sql", "src/notes.md"] {
        project.write(name, "2");
    }
    // Reading is no change.
    let _ = fs::read(project.path().join("src/index.ts")).unwrap();
    quiet(&mut receiver).await;
}

#[tokio::test]
async fn many_events_are_one_change() {
    let project = project();
    let (_watcher, mut receiver) = start(&project);
    for round in 0..10 {
        project.write("src/index.ts", format!("{round}"));
        project.write("src/lib/a.ts", format!("{round}"));
    }
    assert_eq!(
        changed(&mut receiver, &project).await,
        ["src/index.ts", "src/lib/a.ts"]
    );
    quiet(&mut receiver).await;
}

#[tokio::test]
async fn survives_editors_that_rename() {
    let project = project();
    let (_watcher, mut receiver) = start(&project);
    let root = project.path();
    for round in 0..3 {
        fs::write(root.join("src/.index.ts.swp"), format!("{round}")).unwrap();
        fs::rename(root.join("src/.index.ts.swp"), root.join("src/index.ts")).unwrap();
        assert!(
            changed(&mut receiver, &project)
                .await
                .contains(&"src/index.ts".to_owned())
        );
    }
    fs::remove_file(root.join("src/lib/a.ts")).unwrap();
    assert_eq!(changed(&mut receiver, &project).await, ["src/lib/a.ts"]);
    project.write("src/lib/a.ts", "again");
    assert_eq!(changed(&mut receiver, &project).await, ["src/lib/a.ts"]);
}

#[tokio::test]
async fn follows_new_directories_and_inputs() {
    let project = project();
    let (mut watcher, mut receiver) = start(&project);
    let root = project.path();
    fs::create_dir(root.join("src/later")).unwrap();
    assert_eq!(changed(&mut receiver, &project).await, ["src/later"]);
    project.write("src/later/b.ts", "1");
    assert_eq!(changed(&mut receiver, &project).await, ["src/later/b.ts"]);

    project.write("far/c.md", "1");
    let _ = changed(&mut receiver, &project).await;
    watcher.set_inputs(&[root.join("src/index.ts"), root.join("far/c.md")]);
    project.write("far/c.md", "2");
    assert_eq!(changed(&mut receiver, &project).await, ["far/c.md"]);
    drop(watcher);
    assert!(
        tokio::time::timeout(SOON, receiver.recv())
            .await
            .unwrap()
            .is_none()
    );
}
