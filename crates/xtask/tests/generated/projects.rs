//! `docs/projects.md`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn projects() {
    super::page("docs/projects.md", &text());
}

const HEAD: &str = "# Projects that run

<!-- Generated from crates/stepwell/tests/projects by `cargo xtask generate`. -->

Real projects, unchanged, run by tests as people run them: packages installed from their lock file, built if they have a
build, `stepwell dev`, requests and WebSockets, `kill -9`, and again. Each sentence on the right is the name of a test,
and `cargo xtask verify` passes only if all of them do. `cargo test -p stepwell --test projects` runs them alone.

| project | what it has | what its tests say |
| --- | --- | --- |
";

fn text() -> String {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../stepwell/tests");
    let entries = fs::read_dir(tests.join("projects")).expect("the tests are there");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    files.push(tests.join("orders.rs"));
    let mut rows: Vec<String> = files.iter().filter_map(|file| row(file)).collect();
    rows.sort();
    format!("{HEAD}{}", rows.concat())
}

/// The line of a file of tests; none for a file without any.
fn row(file: &Path) -> Option<String> {
    let source = fs::read_to_string(file).expect("a test can be read");
    let tests: Vec<String> = source
        .split("#[test]\nfn ")
        .skip(1)
        .filter_map(|test| Some(test.split_once('(')?.0.replace('_', " ")))
        .collect();
    if tests.is_empty() {
        return None;
    }
    let head = source.lines().next()?.strip_prefix("//! ")?;
    let (project, about) = head.trim_end_matches('.').split_once(": ")?;
    let name = project.trim_matches('`');
    let project = if name.starts_with("examples/") {
        format!("[{name}](../{name})")
    } else {
        project.to_owned()
    };
    let mut row = String::new();
    let _ = writeln!(row, "| {project} | {about} | {} |", tests.join("; "));
    Some(row)
}
