//! What is read from small modules. `STEPWELL_UPDATE=1` writes the expected graphs anew.

use std::fs;
use std::path::{Path, PathBuf};

/// Every `cases/NAME.js` has a Workflow `W`, and its graph in `cases/NAME.json`.
#[test]
fn the_cases_have_their_graphs() {
    let mut wrong = Vec::new();
    let sources = sources();
    assert!(sources.len() > 10, "the cases were not found");
    for path in sources {
        let source = fs::read_to_string(&path).unwrap();
        let graph =
            stepwell_graph::read(&source, "W").unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let found = format!("{}\n", serde_json::to_string_pretty(&graph).unwrap());
        let expected = path.with_extension("json");
        if std::env::var_os("STEPWELL_UPDATE").is_some() {
            fs::write(&expected, &found).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != found {
            wrong.push(format!("{}:\n{found}", expected.display()));
        }
    }
    assert!(
        wrong.is_empty(),
        "other graphs than expected:\n{}",
        wrong.join("\n")
    );
}

fn sources() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let entries = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    let mut sources: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|end| end == "js"))
        .collect();
    sources.sort();
    sources
}
