//! Watches real directories.
#![allow(clippy::unwrap_used)] // The helpers of a test are tests too.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use stepwell_project::watch::{Change, Kind, Watched, Watcher};
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
    let (mut watcher, receiver) = Watcher::new(&watched(&root)).unwrap();
    watcher.follow(
        &watched(&root),
        &[root.join("src/index.ts"), root.join("src/lib/a.ts")],
    );
    (watcher, receiver)
}

fn watched(root: &Path) -> Watched {
    let files = [
        "wrangler.jsonc",
        ".dev.vars",
        ".env",
        ".wrangler/deploy/config.json",
    ];
    Watched {
        configuration: files.map(|name| root.join(name)).to_vec(),
        entries: vec![root.join("src/index.ts")],
        ..Watched::default()
    }
}

/// Waits until `name` is among the changes, and returns all that were reported until then. One save can be
/// several changes on a machine that is busy enough.
async fn changed(receiver: &mut Receiver<Change>, project: &Project, name: &str) -> Vec<String> {
    let root = project.path();
    let mut all = Vec::new();
    while !all.iter().any(|found| found == name) {
        let change = tokio::time::timeout(SOON, receiver.recv())
            .await
            .expect("a change")
            .expect("a watcher");
        all.extend(
            change
                .paths
                .iter()
                .map(|path| path.strip_prefix(&root).unwrap().display().to_string()),
        );
    }
    all
}

/// Waits until nothing happens any more, and returns how many changes were reported until then.
async fn settle(receiver: &mut Receiver<Change>) -> usize {
    let mut count = 0;
    while tokio::time::timeout(NEVER, receiver.recv()).await.is_ok() {
        count += 1;
    }
    count
}

async fn quiet(receiver: &mut Receiver<Change>) {
    let change = tokio::time::timeout(NEVER, receiver.recv()).await;
    assert!(change.is_err(), "{change:?}");
}

#[tokio::test]
async fn reports_changes_of_what_matters() {
    let project = project();
    let (_watcher, mut receiver) = start(&project);
    let names = [
        "src/index.ts",
        "src/lib/a.ts",
        "wrangler.jsonc",
        ".dev.vars",
        "src/lib/new.ts",
        "tsconfig.json",
    ];
    for name in names {
        project.write(name, "2");
        let all = changed(&mut receiver, &project, name).await;
        assert!(all.iter().all(|found| names.contains(&found.as_str())), "{all:?}");
    }
    settle(&mut receiver).await;
    for name in ["README.md", ".stepwell/data.sql", "src/notes.md"] {
        project.write(name, "2");
    }
    // Reading is no change.
    let _ = fs::read(project.path().join("src/index.ts")).unwrap();
    // New files of other kinds are none either, so nothing may come.
    quiet(&mut receiver).await;
}

#[tokio::test]
async fn many_events_are_few_changes() {
    let project = project();
    let (_watcher, mut receiver) = start(&project);
    for round in 0..50 {
        project.write("src/index.ts", format!("{round}"));
        project.write("src/lib/a.ts", format!("{round}"));
    }
    let count = settle(&mut receiver).await;
    assert!((1..=5).contains(&count), "{count}");
}

#[tokio::test]
async fn survives_editors_that_rename() {
    let project = project();
    let (_watcher, mut receiver) = start(&project);
    let root = project.path();
    for round in 0..3 {
        fs::write(root.join("src/.index.ts.swp"), format!("{round}")).unwrap();
        fs::rename(root.join("src/.index.ts.swp"), root.join("src/index.ts")).unwrap();
        changed(&mut receiver, &project, "src/index.ts").await;
        settle(&mut receiver).await;
    }
    fs::remove_file(root.join("src/lib/a.ts")).unwrap();
    changed(&mut receiver, &project, "src/lib/a.ts").await;
    settle(&mut receiver).await;
    project.write("src/lib/a.ts", "again");
    changed(&mut receiver, &project, "src/lib/a.ts").await;
}

/// The kinds of all changes until `name` is among them.
async fn kinds(receiver: &mut Receiver<Change>, project: &Project, name: &str) -> BTreeSet<Kind> {
    let path = project.path().join(name);
    let mut kinds = BTreeSet::new();
    loop {
        let change = tokio::time::timeout(SOON, receiver.recv())
            .await
            .expect("a change")
            .unwrap();
        assert_eq!(change.is_assets_only(), change.kinds == [Kind::Asset]);
        kinds.extend(change.kinds);
        if change.paths.contains(&path) {
            return kinds;
        }
    }
}

#[tokio::test]
async fn tells_kinds_of_changes_apart() {
    let project = project();
    let root = project.path();
    project.write("public/css/a.css", "1");
    project.write("schema/a.sql", "1");
    fs::create_dir_all(root.join("public/node_modules")).unwrap();
    let watched = Watched {
        assets: vec![root.join("public")],
        build: vec![root.join("schema")],
        built: vec![root.join("schema/worker.js")],
        ..watched(&root)
    };
    let (_watcher, mut receiver) = Watcher::new(&watched).unwrap();
    for (name, kind) in [
        ("public/css/a.css", Kind::Asset),
        ("public/.assetsignore", Kind::Asset),
        ("public/tsconfig.json", Kind::Asset),
        ("schema/b.graphql", Kind::Build),
        (".env", Kind::Configuration),
        ("src/index.ts", Kind::Source),
    ] {
        project.write(name, "2");
        assert_eq!(
            kinds(&mut receiver, &project, name).await,
            BTreeSet::from([kind]),
            "{name}"
        );
        settle(&mut receiver).await;
    }
    // What is below new directories counts too, however deep.
    fs::create_dir_all(root.join("public/img/icons")).unwrap();
    settle(&mut receiver).await;
    project.write("public/img/icons/a.svg", "1");
    kinds(&mut receiver, &project, "public/img/icons/a.svg").await;
    fs::remove_file(root.join("public/css/a.css")).unwrap();
    assert_eq!(
        kinds(&mut receiver, &project, "public/css/a.css").await,
        BTreeSet::from([Kind::Asset])
    );
    settle(&mut receiver).await;
    project.write("public/node_modules/a.js", "1");
    project.write("public/.wrangler/a.js", "1");
    settle(&mut receiver).await;
    project.write("public/.wrangler/a.js", "2");
    project.write("schema/worker.js", "1");
    quiet(&mut receiver).await;
}

#[tokio::test]
async fn sees_a_redirection_come() {
    let project = project();
    let (_watcher, mut receiver) = start(&project);
    project.write(".wrangler/deploy/config.json", "{}");
    let all = kinds(&mut receiver, &project, ".wrangler/deploy/config.json").await;
    assert!(all.contains(&Kind::Configuration), "{all:?}");
    settle(&mut receiver).await;
    project.write(".wrangler/state/x.sqlite", "1");
    quiet(&mut receiver).await;
    fs::remove_dir_all(project.path().join(".wrangler")).unwrap();
    kinds(&mut receiver, &project, ".wrangler/deploy/config.json").await;
}

/// What changes while an earlier change waits is told afterwards.
#[tokio::test]
async fn no_change_is_lost_behind_another() {
    let project = project();
    let (_watcher, mut receiver) = start(&project);
    for (name, pause) in [
        ("src/index.ts", true),
        ("src/lib/a.ts", true),
        ("wrangler.jsonc", false),
    ] {
        project.write(name, "2");
        while pause && receiver.is_empty() {
            tokio::task::yield_now().await;
        }
    }
    let mut seen = BTreeSet::new();
    while seen.len() < 2 {
        seen.extend(
            tokio::time::timeout(SOON, receiver.recv())
                .await
                .unwrap()
                .unwrap()
                .kinds,
        );
    }
    assert_eq!(seen, BTreeSet::from([Kind::Configuration, Kind::Source]));
}

#[tokio::test]
async fn follows_new_directories_and_inputs() {
    let project = project();
    let (mut watcher, mut receiver) = start(&project);
    let root = project.path();
    fs::create_dir(root.join("src/later")).unwrap();
    changed(&mut receiver, &project, "src/later").await;
    project.write("src/later/b.ts", "1");
    changed(&mut receiver, &project, "src/later/b.ts").await;

    project.write("far/c.md", "1");
    settle(&mut receiver).await;
    watcher.follow(
        &watched(&root),
        &[root.join("src/index.ts"), root.join("far/c.md")],
    );
    project.write("far/c.md", "2");
    changed(&mut receiver, &project, "far/c.md").await;
    settle(&mut receiver).await;
    drop(watcher);
    assert!(
        tokio::time::timeout(SOON, receiver.recv())
            .await
            .unwrap()
            .is_none()
    );
}
