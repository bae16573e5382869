//! Rules about packages: ours, and those that others publish.

use super::{ending_in, none};

#[test]
fn every_crate_says_what_it_is_and_takes_the_workspace_settings() {
    let mut bad = Vec::new();
    for file in ending_in(&["/Cargo.toml"]) {
        let lines = [
            "description = \"",
            "version.workspace = true",
            "edition.workspace = true",
            "rust-version.workspace = true",
            "license.workspace = true",
            "[lints]\nworkspace = true",
        ];
        for line in lines {
            if !file.text.contains(line) {
                bad.push(format!("{}: no `{}`", file.name, line.replace('\n', " ")));
            }
        }
    }
    none(&bad, "every crate has these lines");
}

/// An address in a lock file is that of whoever made it; npm finds the package without.
#[test]
fn npm_lock_files_name_no_registry() {
    let bad: Vec<String> = ending_in(&["package-lock.json", "npm-shrinkwrap.json"])
        .filter(|file| file.text.contains("\"resolved\""))
        .map(|file| {
            format!(
                "{}: remove `resolved` (npm install --omit-lockfile-registry-resolved)",
                file.name
            )
        })
        .chain(ending_in(&[".npmrc", "yarn.lock"]).map(|file| file.name))
        .collect();
    none(&bad, "lock files of npm name no registry");
}

#[test]
fn crates_come_from_the_public_index() {
    let bad: Vec<String> = ending_in(&["Cargo.lock"])
        .flat_map(|file| {
            let others = file.text.lines().filter(|line| {
                line.starts_with("source = ")
                    && *line != "source = \"registry+https://github.com/rust-lang/crates.io-index\""
            });
            others.map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    none(&bad, "every dependency comes from crates.io");
}
