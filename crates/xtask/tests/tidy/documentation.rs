//! Rules about what is written for people.

use super::files::root;
use super::{ending_in, none};
use std::fs;
use std::path::Path;

#[test]
fn links_between_files_lead_somewhere() {
    let mut broken = Vec::new();
    for file in ending_in(&[".md"]) {
        let folder = root().join(Path::new(&file.name).parent().unwrap_or(Path::new("")));
        for target in links(&file.text) {
            let path = target.split('#').next().unwrap_or_default();
            let elsewhere = path.contains("://") || path.starts_with("mailto:");
            if !path.is_empty() && !elsewhere && !folder.join(path).exists() {
                broken.push(format!("{}: {target}", file.name));
            }
        }
    }
    none(&broken, "these links lead nowhere");
}

/// Targets of `[text](target)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| {
        let target = rest.split(')').next()?;
        (!target.contains(char::is_whitespace)).then_some(target)
    })
}

/// COMPAT.md's claims rest on tests: each file that it names must be there.
#[test]
fn compat_names_tests_that_exist() {
    let text = fs::read_to_string(root().join("COMPAT.md")).unwrap();
    let prefixes = [
        ("core/", "crates/core/"),
        ("runtime/", "crates/runtime/"),
        ("e2e/", "crates/stepwell/tests/"),
        ("crates/", "crates/"),
    ];
    let mut missing = Vec::new();
    for name in text.split('`').skip(1).step_by(2) {
        let found = prefixes
            .iter()
            .find_map(|(prefix, path)| Some((path, name.strip_prefix(prefix)?)));
        if let Some((path, rest)) = found
            && !root().join(path).join(rest).exists()
        {
            missing.push(name.to_owned());
        }
    }
    none(&missing, "COMPAT.md names these files, which are not there");
}

#[test]
fn every_key_of_a_wrangler_configuration_is_documented() {
    let keys = fs::read_to_string(root().join("crates/project/src/config/keys.rs")).unwrap();
    let page = fs::read_to_string(root().join("docs/configuration.md")).unwrap();
    let table = keys
        .split_once("fn treatment(")
        .and_then(|(_, rest)| rest.split_once("_ => return None"))
        .map(|(table, _)| table)
        .expect("the table of keys has moved: this test reads crates/project/src/config/keys.rs");
    let missing: Vec<String> = arms(table)
        .into_iter()
        .filter(|key| !page.contains(&format!("`{key}`")))
        .collect();
    none(&missing, "docs/configuration.md does not name these keys");
}

/// The string literals that are patterns: those before a `=>`.
fn arms(table: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut pieces = table.split("=>").peekable();
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            break; // behind the last arrow is no pattern
        }
        // What is before a comma is the outcome of the arm above.
        let pattern = piece
            .rfind([',', '}', '{'])
            .map_or(piece, |end| &piece[end + 1..]);
        keys.extend(pattern.split('"').skip(1).step_by(2).map(str::to_owned));
    }
    assert!(keys.len() > 60, "the keys were not found: {keys:?}");
    keys
}

/// Every crate is in the code map.
#[test]
fn the_code_map_names_every_crate() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let missing: Vec<String> = fs::read_dir(root().join("crates"))
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| format!("crates/{}", entry.file_name().to_string_lossy()))
        .filter(|name| !map.contains(&format!("`{name}`")))
        .collect();
    none(&missing, "ARCHITECTURE.md does not name these crates");
}
