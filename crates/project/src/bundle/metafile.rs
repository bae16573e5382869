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
    /// `esm` or `cjs`.
    format: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    entry_point: Option<String>,
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
    /// The text in the source, for what is not external.
    original: Option<String>,
}

/// An import of a file that went into the bundle.
#[derive(Debug)]
pub(super) struct Found<'a> {
    /// The file with the import, relative to the project.
    pub(super) importer: &'a str,
    /// The text of the import.
    pub(super) specifier: &'a str,
    /// The imported file, relative to the project, without a query.
    pub(super) file: &'a str,
    /// `import-statement`, `require-call`, `dynamic-import`, …
    pub(super) kind: &'a str,
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

    /// Whether the entry file is a CommonJS module.
    pub(super) fn is_common_js(&self) -> bool {
        let entry = self.output().and_then(|output| output.entry_point.as_deref());
        let input = entry.and_then(|entry| self.inputs.get(entry));
        input.is_some_and(|input| input.format.as_deref() == Some("cjs"))
    }

    /// What the bundle imports from the runtime; unused imports are gone.
    pub(super) fn externals(&self) -> impl Iterator<Item = &Import> {
        self.output()
            .into_iter()
            .flat_map(|output| &output.imports)
            .filter(|import| import.external)
    }

    /// What CommonJS code in the bundle requires from outside of it, in the code's words.
    pub(super) fn required(&self, out: &Path) -> impl Iterator<Item = String> {
        let imports = self.output().into_iter().flat_map(|output| &output.imports);
        imports
            .filter(|import| import.kind == "require-call")
            .filter_map(move |import| {
                if import.external {
                    Some(import.path.clone())
                } else {
                    inside(&import.path, out).map(|path| format!("./{path}"))
                }
            })
    }

    /// The copied files that the bundle imports, by their paths in the output directory.
    pub(super) fn copied(&self) -> impl Iterator<Item = &str> {
        let imports = self.output().into_iter().flat_map(|output| &output.imports);
        imports
            .filter(|import| !import.external)
            .map(|import| import.path.as_str())
    }

    /// The files that import `path` from the runtime.
    pub(super) fn importers(&self, path: &str) -> impl Iterator<Item = &str> {
        let imports = move |input: &Input| {
            let mut external = input.imports.iter().filter(|import| import.external);
            external.any(|import| import.path == path)
        };
        let found = self.inputs.iter().filter(move |(_, input)| imports(input));
        found.map(|(name, _)| name.as_str())
    }

    /// The imports between files, as they stand in the sources.
    pub(super) fn found(&self) -> impl Iterator<Item = Found<'_>> {
        self.inputs.iter().flat_map(|(importer, input)| {
            let imports = input.imports.iter().filter(|import| !import.external);
            imports.filter_map(|import| {
                Some(Found {
                    importer,
                    specifier: import.original.as_deref()?,
                    file: without_query(&import.path),
                    kind: &import.kind,
                })
            })
        })
    }

    /// The files that went in, absolute.
    pub(super) fn inputs(&self, project_dir: &Path) -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = self
            .inputs
            .keys()
            .filter_map(|name| {
                let name = name.strip_prefix("(disabled):").unwrap_or(name);
                let name = without_query(name);
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

/// The part of an output's path that is below the output directory. The report's paths are relative to the project.
pub(super) fn inside(path: &str, out: &Path) -> Option<String> {
    let marker = format!("{}/", out.file_name()?.to_str()?);
    path.split_once(&marker).map(|(_, rest)| rest.to_owned())
}

/// The path of a file without what an import may put behind it (`?module`).
pub(super) fn without_query(path: &str) -> &str {
    path.split_once('?').map_or(path, |(file, _)| file)
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
