//! Licences, sources and duplicates of dependencies, by cargo-deny.

use crate::command::{cargo, output, run};

/// The version that `deny.toml` is written for.
const VERSION: &str = "0.20.2";

/// Checks `deny.toml` if cargo-deny is there; it takes minutes to compile, so it is not installed here.
pub(crate) fn check() -> Result<(), String> {
    if output(cargo(&["deny", "--version"])).is_none() {
        println!(
            "not checked: cargo-deny is not installed (`cargo install --locked cargo-deny@{VERSION}`, some minutes)"
        );
        return Ok(());
    }
    run(cargo(&["deny", "check", "bans", "licenses", "sources"]))?;
    // These change without a change of this repository and need the network, so they stop nothing here.
    if let Err(problem) = run(cargo(&["deny", "check", "advisories"])) {
        println!("note: {problem}; look at it before a release");
    }
    Ok(())
}
