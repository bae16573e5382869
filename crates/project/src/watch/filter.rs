//! Which changes matter, and for what.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use notify::event::{EventKind, ModifyKind};

use super::{Kind, Watched};

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
    entries: Vec<PathBuf>,
    inputs: HashSet<PathBuf>,
    extra: HashSet<PathBuf>,
    assets: Vec<PathBuf>,
    build: Vec<PathBuf>,
    built: Vec<PathBuf>,
}

impl Filter {
    pub(super) fn new(watched: &Watched) -> Self {
        let all = |paths: &[PathBuf]| paths.iter().map(|path| resolved(path)).collect::<Vec<_>>();
        let entries = all(&watched.entries);
        Self {
            fixed: all(&watched.configuration),
            inputs: entries.iter().cloned().collect(),
            entries,
            extra: HashSet::new(),
            assets: all(&watched.assets),
            build: all(&watched.build),
            built: all(&watched.built),
        }
    }

    /// Watches these from now on, and the directories that appeared and are still there.
    pub(super) fn follow(&mut self, watched: &Watched, inputs: &[PathBuf]) {
        let extra = std::mem::take(&mut self.extra);
        *self = Self::new(watched);
        self.inputs.extend(inputs.iter().map(|path| resolved(path)));
        self.extra = extra.into_iter().filter(|directory| directory.is_dir()).collect();
    }

    /// Watches the files in a directory that appeared.
    pub(super) fn add_directory(&mut self, directory: &Path) {
        // What is below the others is found by looking.
        if !self.is_in_tree(directory) {
            self.extra.insert(directory.to_owned());
        }
    }

    /// The directories that have to be watched to see all that matters.
    pub(super) fn directories(&self) -> HashSet<PathBuf> {
        let inputs = self.inputs.iter().filter_map(|path| path.parent());
        // The directories of installed packages are many and stand still; `package.json` tells of a change.
        let inputs = inputs.filter(|directory| !is_in(directory, &NEVER[..1]));
        // A directory that does not exist yet is seen to come from the one above it.
        let fixed = self
            .fixed
            .iter()
            .filter_map(|path| path.ancestors().skip(1).find(|above| above.is_dir()));
        let mut all: HashSet<PathBuf> = inputs.chain(fixed).map(Path::to_owned).collect();
        all.extend(self.extra.iter().cloned());
        for tree in self.assets.iter().chain(&self.build) {
            all.extend(tree.parent().map(Path::to_owned));
            add_tree(tree, &mut all);
        }
        all
    }

    /// The files of an event that matter, with what they matter for.
    pub(super) fn relevant(&self, event: &notify::Event) -> Vec<(PathBuf, Kind)> {
        if event.need_rescan() {
            // Events were lost: anything may have changed.
            return self.everything();
        }
        let appeared = match event.kind {
            // Reading changes nothing, and neither does a change of the owner or the times.
            EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => return Vec::new(),
            EventKind::Modify(ModifyKind::Data(_)) => false,
            _ => true,
        };
        let kinds = |path: &PathBuf| {
            self.kinds(path, appeared)
                .map(|kind| (path.clone(), kind))
                .collect::<Vec<_>>()
        };
        event.paths.iter().flat_map(kinds).collect()
    }

    /// The fixed files that a directory has brought with it.
    pub(super) fn brought(&self, directory: &Path) -> impl Iterator<Item = (PathBuf, Kind)> {
        let below = self
            .fixed
            .iter()
            .filter(move |fixed| fixed.starts_with(directory) && fixed.is_file());
        below.map(|fixed| (fixed.clone(), Kind::Configuration))
    }

    fn everything(&self) -> Vec<(PathBuf, Kind)> {
        let all = |paths: &[PathBuf], kind| paths.iter().map(move |path| (path.clone(), kind)).collect();
        let kinds: [Vec<(PathBuf, Kind)>; 4] = [
            all(&self.fixed, Kind::Configuration),
            all(&self.entries, Kind::Source),
            all(&self.build, Kind::Build),
            all(&self.assets, Kind::Asset),
        ];
        kinds.concat()
    }

    /// Whether a directory must be looked into although nothing in it matters yet.
    pub(super) fn leads_to_fixed(&self, path: &Path) -> bool {
        self.fixed.iter().any(|fixed| fixed.starts_with(path))
    }

    fn kinds(&self, path: &Path, appeared: bool) -> impl Iterator<Item = Kind> {
        let in_tree = |trees: &[PathBuf]| trees.iter().any(|tree| is_below(path, tree));
        let (asset, mut build) = (in_tree(&self.assets), in_tree(&self.build));
        if self.built.iter().any(|built| built == path) {
            build = false;
        }
        [
            (self.fixed.iter().any(|fixed| fixed == path), Kind::Configuration),
            (asset, Kind::Asset),
            (build, Kind::Build),
            (self.is_source(path, appeared && !asset && !build), Kind::Source),
        ]
        .into_iter()
        .filter_map(|(matters, kind)| matters.then_some(kind))
    }

    fn is_source(&self, path: &Path, appeared: bool) -> bool {
        if self.built.iter().any(|built| built == path) {
            return false;
        }
        if self.inputs.contains(path) {
            return true;
        }
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if ALWAYS.contains(&name) {
            return !self.is_in_tree(path);
        }
        // A file that comes or goes may change what an import means; one that is no input may change at will.
        appeared && !name.starts_with('.') && !NEVER.contains(&name) && (is_imported(path) || path.is_dir())
    }

    fn is_in_tree(&self, path: &Path) -> bool {
        self.assets
            .iter()
            .chain(&self.build)
            .any(|tree| path.starts_with(tree))
    }
}

/// Whether `path` is `tree` or in it, and not in a directory that never matters.
fn is_below(path: &Path, tree: &Path) -> bool {
    path.strip_prefix(tree).is_ok_and(|below| !is_in(below, &NEVER))
}

/// `directory` and everything below it.
fn add_tree(directory: &Path, all: &mut HashSet<PathBuf>) {
    let mut waiting = vec![directory.to_owned()];
    while let Some(directory) = waiting.pop() {
        let Ok(entries) = std::fs::read_dir(&directory) else {
            continue;
        };
        let inner = entries.flatten().filter(|entry| {
            // A symbolic link may lead back up.
            let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
            is_directory && !NEVER.iter().any(|name| entry.file_name() == *name)
        });
        waiting.extend(inner.map(|entry| entry.path()));
        all.insert(directory);
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
    for above in path.ancestors().skip(1) {
        if let (Ok(above), Ok(below)) = (above.canonicalize(), path.strip_prefix(above)) {
            return above.join(below);
        }
    }
    path
}
