//! Pages under `docs/` that are made from the code. `cargo xtask generate` writes them; without it these tests compare.

mod cli;
mod limits;
mod projects;

// The command line's definition, as the program has it. A library would make it public for this page alone.
#[allow(dead_code, unused_imports, reason = "only its texts are used here")]
#[path = "../../../stepwell/src/arguments/mod.rs"]
mod arguments;

use std::fs;
use std::path::Path;

/// Compares the page with what it should be, or writes it.
fn page(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    if std::env::var_os("STEPWELL_GENERATE").is_some() {
        fs::write(&path, text).expect("the page can be written");
        return;
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == text,
        "{name} is not what the code says: run `cargo xtask generate` and commit it"
    );
}
