//! `stepwell init`: a small Workflow project that runs at once.

use crate::arguments::InitArguments;
use crate::printer::Printer;
use anyhow::{Context, bail};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

macro_rules! template {
    ($name:literal, $source:literal) => {
        ($name, include_str!(concat!("../../../templates/init/", $source)))
    };
}

/// The files of a new project. `{{name}}` is its name.
const FILES: [(&str, &str); 8] = [
    template!("package.json", "package.json"),
    template!("tsconfig.json", "tsconfig.json"),
    template!("wrangler.jsonc", "wrangler.jsonc"),
    template!(".gitignore", "gitignore"),
    template!("README.md", "README.md"),
    template!("src/index.ts", "src/index.ts"),
    template!("src/signup.ts", "src/signup.ts"),
    template!("test/signup.test.js", "test/signup.test.js"),
];

/// Files that a directory often has already; they are left as they are. With what they should have.
const KEPT: [(&str, &str); 4] = [
    (
        ".gitignore",
        "it should have .stepwell/, node_modules/, .dev.vars* and .env*",
    ),
    (
        "README.md",
        "the first lines of src/index.ts say what the Worker answers to",
    ),
    (
        "package.json",
        "useful scripts: \"dev\": \"stepwell dev\", \"test\": \"node --test\"; the test needs \"type\": \"module\"",
    ),
    (
        "tsconfig.json",
        "it should have \"types\": [\"@cloudflare/workers-types\"]",
    ),
];

/// What a file that may be there already should have; `None` for a file that may not.
fn kept(file: &str) -> Option<&'static str> {
    KEPT.iter().find(|(kept, _)| *kept == file).map(|(_, hint)| *hint)
}

/// The longest name that a Worker may have.
const NAME_CHARS: usize = 63;

/// Writes the project; changes nothing that is there.
pub(crate) fn run(arguments: &InitArguments, printer: &Printer) -> anyhow::Result<ExitCode> {
    let directory = &arguments.directory;
    let name = match &arguments.name {
        Some(name) if worker_name(name) != *name => bail!(
            "--name {name:?} cannot be the name of a Worker\nhint: use lowercase letters, digits and dashes, such as {:?}",
            worker_name(name)
        ),
        Some(name) => name.clone(),
        None => worker_name(&directory_name(directory)),
    };
    refuse_existing(directory)?;
    for (file, template) in FILES {
        let path = directory.join(file);
        if let Some(hint) = kept(file).filter(|_| path.exists()) {
            printer.status("Kept", &format!("{file} as it is: {hint}"));
            continue;
        }
        write_new(&path, &template.replace("{{name}}", &name))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    printer.status("Made", &format!("{name} in {}", shown(directory)));
    printer.status("Next", &next(directory));
    Ok(ExitCode::SUCCESS)
}

fn refuse_existing(directory: &Path) -> anyhow::Result<()> {
    if directory.exists() && !directory.is_dir() {
        bail!("{} is a file\nhint: name a directory", directory.display());
    }
    let others = ["wrangler.json", "wrangler.toml"];
    let taken: Vec<&str> = FILES
        .map(|(file, _)| file)
        .into_iter()
        .chain(others)
        .filter(|file| kept(file).is_none() && directory.join(file).exists())
        .collect();
    if !taken.is_empty() {
        bail!(
            "{} has {} already; nothing was written\nhint: choose another directory, or run what is there with `stepwell dev`",
            shown(directory),
            taken.join(", ")
        );
    }
    Ok(())
}

/// Two starts at once must not write into each other's files, hence `create_new`.
fn write_new(path: &Path, content: &str) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)?
        .write_all(content.as_bytes())
}

fn directory_name(directory: &Path) -> String {
    let absolute = std::path::absolute(directory).unwrap_or_else(|_| directory.to_owned());
    // `absolute` keeps a trailing `..`, which has no name.
    let resolved = absolute.canonicalize().unwrap_or(absolute);
    resolved
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// The nearest name that a Worker may have: lowercase letters, digits, dashes.
fn worker_name(text: &str) -> String {
    let mut name = String::new();
    for character in text.chars().flat_map(char::to_lowercase) {
        match character {
            'a'..='z' | '0'..='9' => name.push(character),
            _ if name.ends_with('-') || name.is_empty() => {}
            _ => name.push('-'),
        }
        if name.len() == NAME_CHARS {
            break;
        }
    }
    let name = name.trim_end_matches('-');
    if name.is_empty() {
        "my-workflow".to_owned()
    } else {
        name.to_owned()
    }
}

fn shown(directory: &Path) -> String {
    if directory == Path::new(".") {
        "this directory".to_owned()
    } else {
        directory.display().to_string()
    }
}

fn next(directory: &PathBuf) -> String {
    if directory == Path::new(".") {
        "stepwell dev".to_owned()
    } else {
        format!("stepwell dev {}", quoted(&directory.display().to_string()))
    }
}

/// As a shell takes it.
fn quoted(path: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "/._-+".contains(character);
    if path.chars().all(is_plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_names_of_workers() {
        for (text, name) in [
            ("orders", "orders"),
            ("My App_2", "my-app-2"),
            ("--x--", "x"),
            ("Ärger", "rger"),
            ("", "my-workflow"),
            ("...", "my-workflow"),
        ] {
            assert_eq!(worker_name(text), name, "{text}");
        }
        assert_eq!(worker_name(&"a".repeat(100)).len(), NAME_CHARS);
        assert_eq!(quoted("my-app"), "my-app");
        assert_eq!(quoted("it's mine"), r"'it'\''s mine'");
    }
}
