//! The programs that have to be on the machine.

use crate::command::{cargo, command, output};

/// Names every program that is missing, and how to get it. workerd and esbuild are not among them: Stepwell fetches its
/// pinned ones with npm.
pub(crate) fn check() -> Result<(), String> {
    let wanted = [
        (
            cargo(&["fmt", "--version"]),
            "rustfmt",
            "rustup component add rustfmt",
        ),
        (
            cargo(&["clippy", "--version"]),
            "clippy",
            "rustup component add clippy",
        ),
        (
            command("cc", &["--version"]),
            "a C compiler named cc (SQLite is compiled from source)",
            "install gcc or clang",
        ),
        (
            command("node", &["--version"]),
            "Node.js",
            "install Node.js 20 or newer",
        ),
        (
            command("npm", &["--version"]),
            "npm",
            "install npm, it comes with Node.js",
        ),
    ];
    let mut missing = Vec::new();
    for (command, name, remedy) in wanted {
        match output(command) {
            Some(version) => println!("{name}: {}", version.lines().next().unwrap_or_default()),
            None => missing.push(format!("\n  {name}: {remedy}")),
        }
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("these programs are missing:{}", missing.concat()))
    }
}
