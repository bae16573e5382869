//! A package that brings the polyfills into a bundle. Node's modules and some npm packages get aliases that lead to it;
//! what it gives out depends on whether they are imported or required, which esbuild tells packages apart by.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::natives::Substitutes;
use crate::bundle::hex;
use crate::toolchain::Error;

/// The file that sets globals.
const GLOBALS: &str = "globals.js";

/// Its name.
pub(super) const NAME: &str = "stepwell-polyfills";

/// The package in files.
pub(super) struct StandIns {
    files: Vec<(String, String)>,
}

impl StandIns {
    pub(super) fn of(substitutes: &Substitutes) -> Self {
        let nodes = substitutes
            .modules
            .iter()
            .map(|(name, to)| (*name, to.as_str(), DEFAULT_ONLY));
        let others = substitutes
            .packages
            .iter()
            .map(|(name, to)| (*name, *to, WITH_NAMES));
        let mut exports = serde_json::Map::new();
        let mut files = Vec::new();
        for (index, (name, to, required)) in nodes.chain(others).enumerate() {
            let file = |kind: &str| format!("{index}-{kind}.js");
            let to = serde_json::Value::from(to);
            let mut imported = format!("export * from {to};\n");
            // The one replacement without a default export, which esbuild insists on if it is named.
            if !name.starts_with("whatwg-url") {
                let _ = writeln!(imported, "export {{ default }} from {to};");
            }
            files.push((file("import"), imported));
            files.push((file("require"), format!("const all = require({to});\n{required}")));
            let path = |kind| format!("./{}", file(kind));
            let conditions = serde_json::json!({ "require": path("require"), "default": path("import") });
            exports.insert(format!("./{name}"), conditions);
        }
        let manifest = serde_json::json!({ "name": NAME, "exports": exports });
        files.push(("package.json".to_owned(), manifest.to_string()));
        let mut globals = String::new();
        for (name, to) in &substitutes.globals {
            let _ = writeln!(
                globals,
                "import {name}_ from {to:?};\nglobalThis.{name} = {name}_;"
            );
        }
        files.push((GLOBALS.to_owned(), globals));
        Self { files }
    }

    /// Sees to it that the package is in a `node_modules` directory below `cache`, and returns that. It is the same one
    /// for the same package, as its path is a part of the bundle.
    pub(super) fn install(&self, cache: &Path) -> Result<PathBuf, Error> {
        let mut hash = Sha256::new();
        for (name, content) in &self.files {
            hash.update(name);
            hash.update(content);
        }
        let home = cache.join("polyfills");
        let target = home.join(&hex(&hash.finalize())[..16]);
        if !target.is_dir() {
            self.write(&home, &target).map_err(|source| Error::Cache {
                action: "write",
                path: target.clone(),
                source,
            })?;
        }
        Ok(target.join("node_modules"))
    }

    /// Writes everything, whole or not at all.
    fn write(&self, home: &Path, target: &Path) -> io::Result<()> {
        std::fs::create_dir_all(home)?;
        let scratch = tempfile::Builder::new().prefix(".stand-ins-").tempdir_in(home)?;
        let directory = scratch.path().join("node_modules").join(NAME);
        std::fs::create_dir_all(&directory)?;
        for (name, content) in &self.files {
            std::fs::write(directory.join(name), content)?;
        }
        match std::fs::rename(scratch.path(), target) {
            // Another process was faster.
            Err(_) if target.is_dir() => Ok(()),
            renamed => renamed,
        }
    }
}

/// The files to inject into the bundle, where the package and those with the polyfills are in these directories.
pub(super) fn injected(modules: &Path, packages: &Path, substitutes: &Substitutes) -> Vec<PathBuf> {
    let globals = (!substitutes.globals.is_empty()).then(|| modules.join(NAME).join(GLOBALS));
    let performance = substitutes.performance.map(|module| {
        let inside = module.replace("unenv-preset/", "unenv-preset/dist/runtime/");
        packages.join(inside + ".mjs")
    });
    globals.into_iter().chain(performance).collect()
}

/// What `require` gives of a module of Node: its default export, as Node does.
const DEFAULT_ONLY: &str = "module.exports = all.default;\n";

/// What `require` gives of a replaced npm package: the default export with the others as properties.
const WITH_NAMES: &str = "const main = all.default ?? {};
for (const name of Object.keys(all)) {
  if (name !== \"default\") Object.defineProperty(main, name, { value: all[name], enumerable: true });
}
module.exports = main;
";
