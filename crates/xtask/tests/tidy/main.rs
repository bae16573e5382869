//! What holds for the files of this repository, whatever is in them.

mod documentation;
mod files;
mod packages;
mod text;

use files::{File, files};

/// Fails with every complaint, not with the first one.
fn none(complaints: &[String], rule: &str) {
    assert!(complaints.is_empty(), "{rule}:\n  {}", complaints.join("\n  "));
}

/// The files whose names end in one of these.
fn ending_in(endings: &[&str]) -> impl Iterator<Item = File> {
    files()
        .into_iter()
        .filter(move |file| endings.iter().any(|ending| file.name.ends_with(ending)))
}
