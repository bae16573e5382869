//! Rules about any text.

use super::{ending_in, files::files, none};

const SOURCES: [&str; 5] = [".rs", ".js", ".mjs", ".ts", ".sql"];
/// Nothing above this, so that a file stays one thought.
const LINES_MAX: usize = 800;

#[test]
fn no_source_file_is_too_long() {
    let long: Vec<String> = ending_in(&SOURCES)
        .map(|file| (file.text.lines().count(), file.name))
        .filter(|(lines, _)| *lines > LINES_MAX)
        .map(|(lines, name)| format!("{name}: {lines} lines"))
        .collect();
    none(
        &long,
        &format!("source files have at most {LINES_MAX} lines; split these"),
    );
}

#[test]
fn lines_end_where_their_text_ends() {
    let bad: Vec<String> = ending_in(&SOURCES)
        .chain(ending_in(&[".md", ".toml", ".jsonc"]))
        .filter(|file| !file.name.contains("/fixtures/")) // which may be about such lines
        .flat_map(|file| {
            let trailing = file
                .text
                .lines()
                .position(|line| line.ends_with([' ', '\t', '\r']));
            let unfinished = !file.text.is_empty() && !file.text.ends_with('\n');
            let line = trailing.map(|line| format!("{}:{}: space at the end", file.name, line + 1));
            let end = unfinished.then(|| format!("{}: no line feed at the end", file.name));
            line.into_iter().chain(end)
        })
        .collect();
    none(
        &bad,
        "no space at the end of lines, a line feed at the end of files",
    );
}

/// Paths of somebody's machine. `ada` is the user of the tests.
#[test]
fn no_path_leads_into_somebodys_home() {
    let homes = [
        ["/ho", "me/"].concat(),
        ["/Us", "ers/"].concat(),
        ["/ro", "ot/"].concat(),
    ];
    let mut bad = Vec::new();
    for file in files() {
        for (number, line) in file.text.lines().enumerate() {
            let leads_home = homes.iter().any(|home| {
                line.match_indices(home.as_str()).any(|(at, _)| {
                    let starts = !line[..at]
                        .ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '$'));
                    starts && !line[at + home.len()..].starts_with("ada")
                })
            });
            if leads_home {
                bad.push(format!("{}:{}: {}", file.name, number + 1, line.trim()));
            }
        }
    }
    none(&bad, "no absolute path of a home directory");
}
