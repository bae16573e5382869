//! Files below the base directory that rules make modules of, whether somebody imports them or not
//! (`find_additional_modules`).

use std::path::{Path, PathBuf};

use super::glob::Subject;
use super::rules::Rules;
use super::{Error, Module, ModuleKind, source_map};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Severity};

/// Directories of tools, whose files nobody means.
const HIDDEN: [&str; 3] = [".wrangler", ".stepwell", ".git"];

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    /// The files, absolute, with their modules, whose names are their paths from the base directory.
    pub(super) modules: Vec<(PathBuf, Module)>,
    pub(super) warnings: Vec<Diagnostic>,
}

pub(super) fn find(config: &Config, main: &Path, rules: &Rules) -> Result<Found, Error> {
    let base = config
        .bundling
        .base_dir
        .as_deref()
        .or(main.parent())
        .unwrap_or(&config.project_dir);
    let mut files = Vec::new();
    collect(base, &mut files)?;
    files.sort();
    let mut found = Found::default();
    for path in files.into_iter().filter(|path| path != main) {
        let Some(name) = path
            .strip_prefix(base)
            .ok()
            .and_then(Path::to_str)
            .map(str::to_owned)
        else {
            continue;
        };
        let mut matching = rules
            .active
            .iter()
            .filter(|rule| rule.matches(&name, Subject::File));
        let Some(rule) = matching.next() else { continue };
        for other in matching {
            let kind = other.kind.module().wrangler_name();
            let text = format!("Ignoring duplicate module: {name} ({kind})");
            found
                .warnings
                .push(Diagnostic::without_place(Severity::Warning, text));
        }
        let module = read(config, &path, name, rule.kind.module())?;
        found.modules.push((path, module));
    }
    Ok(found)
}

fn read(config: &Config, path: &Path, name: String, kind: ModuleKind) -> Result<Module, Error> {
    let contents = std::fs::read(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    let source_map = match kind {
        ModuleKind::EsModule | ModuleKind::CommonJs => {
            source_map::named_by(&contents, path, &config.project_dir)
        }
        _ => None,
    };
    Ok(Module {
        name,
        kind,
        contents,
        source_map,
    })
}

/// Adds the files in a directory and below it.
pub(super) fn collect(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let failed = |source| Error::Read {
        path: directory.to_owned(),
        source,
    };
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        // Not through symbolic links, which could lead in a circle.
        if entry.file_type().map_err(failed)?.is_dir() {
            if !HIDDEN.iter().any(|hidden| entry.file_name() == *hidden) {
                collect(&path, files)?;
            }
        } else if path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}
