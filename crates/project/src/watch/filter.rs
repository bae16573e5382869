//! Which changes matter.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use notify::event::{EventKind, ModifyKind};

use crate::config::DEV_VARS;

/// Endings of files that an import may be waiting for.
const IMPORTED: [&str; 15] = [
    "ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "json", "txt", "html", "sql", "wasm", "bin", "toml",
];

/// Files that change how every build goes, if they are in a watched directory.
const ALWAYS: [&str; 2] = ["tsconfig.json", "package.json"];

/// Directories that are written to while the project runs.
const NEVER: [&str; 4] = ["node_modules", ".git", ".stepwell", ".wrangler"];

/// The watched files.
pub(super) struct Filter {
    fixed: Vec<PathBuf>,
    main: Option<PathBuf>,
    inputs: HashSet<PathBuf>,
    extra: HashSet<PathBuf>,
}

impl Filter {
    pub(super) fn new(config: &Path, main: Option<&Path>) -> Self {
        let config = resolved(config);
        let dev_vars = config.with_file_name(DEV_VARS);
        let main = main.map(resolved);
        Self {
            fixed: vec![config, dev_vars],
            inputs: main.iter().cloned().collect(),
            main,
            extra: HashSet::new(),
        }
    }

    pub(super) fn set_inputs(&mut self, inputs: &[PathBuf]) {
        self.inputs = inputs.iter().map(|path| resolved(path)).collect();
        self.inputs.extend(self.main.clone());
        self.extra.retain(|directory| directory.is_dir());
    }

    /// Watches the files in a directory that appeared.
    pub(super) fn add_directory(&mut self, directory: &Path) {
        self.extra.insert(directory.to_owned());
    }

    /// The directories that have to be watched to see all that matters.
    pub(super) fn directories(&self) -> HashSet<PathBuf> {
        let files = self
            .fixed
            .iter()
            .chain(&self.inputs)
            .filter_map(|path| path.parent())
            .map(Path::to_owned);
        // The directories of installed packages are many and stand still; `package.json` tells of a change.
        let files = files.filter(|directory| !is_in(directory, &NEVER[..1]));
        files.chain(self.extra.iter().cloned()).collect()
    }

    /// The files of an event that matter.
    pub(super) fn relevant(&self, event: &notify::Event) -> Vec<PathBuf> {
        let appeared = match event.kind {
            // Reading changes nothing, and neither does a change of the owner or the times.
            EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => return Vec::new(),
            EventKind::Modify(ModifyKind::Data(_)) => false,
            _ => true,
        };
        event
            .paths
            .iter()
            .filter(|path| self.matters(path, appeared))
            .cloned()
            .collect()
    }

    fn matters(&self, path: &Path, appeared: bool) -> bool {
        if self.fixed.iter().any(|fixed| fixed == path) || self.inputs.contains(path) {
            return true;
        }
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if ALWAYS.contains(&name) {
            return true;
        }
        // A file that comes or goes may change what an import means; one that is no input may change at will.
        appeared && !name.starts_with('.') && !NEVER.contains(&name) && (is_imported(path) || path.is_dir())
    }
}

fn is_imported(path: &Path) -> bool {
    let extension = path.extension().and_then(OsStr::to_str);
    extension.is_some_and(|extension| IMPORTED.contains(&extension))
}

fn is_in(path: &Path, names: &[&str]) -> bool {
    path.components()
        .any(|part| names.iter().any(|name| part.as_os_str() == *name))
}

/// The path as the system reports it in events: absolute, its directory without symbolic links.
fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match (
        path.parent().and_then(|parent| parent.canonicalize().ok()),
        path.file_name(),
    ) {
        (Some(parent), Some(name)) => parent.join(name),
        _ => path,
    }
}
