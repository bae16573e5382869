//! esbuild's report: what went in, what came out, and what is imported at run time.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use super::{Error, MODULE_NAME};

#[derive(Debug, Deserialize)]
pub(super) struct Metafile {
    inputs: BTreeMap<String, Input>,
    outputs: BTreeMap<String, Output>,
}

#[derive(Debug, Deserialize)]
struct Input {
    #[serde(default)]
    imports: Vec<Import>,
}

#[derive(Debug, Deserialize)]
struct Output {
    #[serde(default)]
    imports: Vec<Import>,
    #[serde(default)]
    exports: Vec<String>,
}

/// An import as it stands in a file.
#[derive(Debug, Deserialize)]
pub(super) struct Import {
    pub(super) path: String,
    pub(super) kind: String,
    #[serde(default)]
    pub(super) external: bool,
}

impl Metafile {
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|source| Error::Output {
            what: "the metafile",
            source,
        })
    }

    fn output(&self) -> Option<&Output> {
        let is_bundle = |path: &str| {
            Path::new(path)
                .file_name()
                .is_some_and(|name| name == MODULE_NAME)
        };
        self.outputs
            .iter()
            .find(|(path, _)| is_bundle(path))
            .map(|(_, output)| output)
    }

    /// What the bundle exports.
    pub(super) fn exports(&self) -> &[String] {
        self.output().map_or(&[], |output| &output.exports)
    }

    /// What the bundle imports from the runtime; unused imports are gone.
    pub(super) fn externals(&self) -> impl Iterator<Item = &Import> {
        self.output()
            .into_iter()
            .flat_map(|output| &output.imports)
            .filter(|import| import.external)
    }

    /// The copied files that the bundle imports, by their paths in the output directory.
    pub(super) fn copied(&self) -> impl Iterator<Item = &str> {
        let imports = self.output().into_iter().flat_map(|output| &output.imports);
        imports
            .filter(|import| !import.external)
            .map(|import| import.path.as_str())
    }

    /// The file that imports `path` from the runtime.
    pub(super) fn importer(&self, path: &str) -> Option<&str> {
        let imports = |input: &Input| {
            input
                .imports
                .iter()
                .any(|import| import.external && import.path == path)
        };
        self.inputs
            .iter()
            .find(|(_, input)| imports(input))
            .map(|(name, _)| name.as_str())
    }

    /// The files that went in, absolute.
    pub(super) fn inputs(&self, project_dir: &Path) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = self
            .inputs
            .keys()
            .filter_map(|name| {
                let name = name.strip_prefix("(disabled):").unwrap_or(name);
                let name = name.split_once('?').map_or(name, |(file, _)| file);
                // A namespace, such as `<runtime>` or `data:`, and no file.
                let path = normalize(&project_dir.join(name));
                path.is_file().then_some(path)
            })
            .collect();
        paths.sort();
        paths.dedup();
        paths
    }
}

/// The path without `.` and `..`, by its text alone.
pub(super) fn normalize(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            _ => normal.push(component),
        }
    }
    normal
}
