//! Which file is the configuration.

use std::path::{Path, PathBuf};

use super::error::Error;

/// The names in wrangler's order of preference.
const NAMES: [&str; 3] = ["wrangler.json", "wrangler.jsonc", "wrangler.toml"];

/// What a configuration is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Toml,
}

/// The configuration file of `dir`, or the `explicit` one (relative to the current directory).
///
/// wrangler would go on in the parent directories; Stepwell keeps state in the project, so it does not guess
/// which one is meant, but says where it saw one.
///
/// # Errors
///
/// [`Error::NoDirectory`], [`Error::NoConfig`], [`Error::NoFile`], [`Error::UnknownKind`].
pub(super) fn find(dir: &Path, explicit: Option<&Path>) -> Result<(PathBuf, Format), Error> {
    if let Some(path) = explicit {
        if !path.is_file() {
            return Err(Error::NoFile {
                path: path.to_owned(),
            });
        }
        let format = format(path).ok_or_else(|| Error::UnknownKind {
            path: path.to_owned(),
        })?;
        return Ok((path.to_owned(), format));
    }
    if !dir.is_dir() {
        let problem = if dir.exists() {
            "is not a directory"
        } else {
            "does not exist"
        };
        return Err(Error::NoDirectory {
            dir: dir.to_owned(),
            problem,
        });
    }
    if let Some(path) = in_directory(dir) {
        let format = format(&path).unwrap_or(Format::Json);
        return Ok((path, format));
    }
    Err(Error::NoConfig {
        dir: dir.to_owned(),
        hint: hint(dir),
    })
}

fn in_directory(dir: &Path) -> Option<PathBuf> {
    // `.` would make every message begin with `./`.
    let join = |name: &str| {
        if dir == Path::new(".") {
            PathBuf::from(name)
        } else {
            dir.join(name)
        }
    };
    NAMES.into_iter().map(join).find(|path| path.is_file())
}

fn format(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "json" | "jsonc" => Some(Format::Json),
        "toml" => Some(Format::Toml),
        _ => None,
    }
}

fn hint(dir: &Path) -> String {
    let absolute = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    let above = absolute.ancestors().skip(1).find_map(in_directory);
    match above {
        Some(path) => format!(
            "there is {} above it: run in that directory, or give it with -c",
            path.display()
        ),
        None => "run in the directory of a wrangler project, or give the file with -c".to_owned(),
    }
}
