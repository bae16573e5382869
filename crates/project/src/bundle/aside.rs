//! Files that the bundle imports and that stay modules of their own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::metafile::{Metafile, normalize};
use super::rules::Rules;
use super::source_map::relative;
use super::{Module, ModuleKind, hex};
use crate::config::Config;
use crate::diagnostic::Diagnostic;

/// Files by their absolute paths, with the modules that they become.
pub(super) type Asides = BTreeMap<PathBuf, Module>;

/// The module that a rule makes of the file at `path`; its name is beside the main module's.
pub(super) fn module(
    path: &Path,
    kind: ModuleKind,
    main_dir: &Path,
    preserve: bool,
) -> std::io::Result<Module> {
    let contents = std::fs::read(path)?;
    let base = path.file_name().unwrap_or_default().to_string_lossy();
    let inside = path.strip_prefix(main_dir).ok().filter(|_| preserve);
    let name = match inside {
        Some(inside) => inside.to_string_lossy().into_owned(),
        None => format!("{}-{base}", &hex(&Sha256::digest(&contents))[..40]),
    };
    Ok(Module {
        name,
        kind,
        contents,
        source_map: None,
    })
}

/// What is imported, and the file, if the message is that an import could not be resolved which a rule makes a module
/// of, and the package has the file although its `exports` do not name it: wrangler takes it then.
pub(super) fn unexported(config: &Config, rules: &Rules, message: &Diagnostic) -> Option<(String, PathBuf)> {
    let specifier = message
        .text
        .strip_prefix("Could not resolve \"")?
        .strip_suffix('"')?;
    rules.asset(specifier)?;
    let importer = config.project_dir.join(&message.place.as_ref()?.file);
    let mut directories = importer.ancestors().skip(1);
    let file = directories.find_map(|directory| {
        let file = directory.join("node_modules").join(specifier);
        file.is_file().then_some(file)
    })?;
    Some((specifier.to_owned(), file))
}

/// `code` with the names of modules in place of the paths by which esbuild imports the files beside it.
///
/// `main` is the name of the module that the code becomes. In minified code, where everything is one line, the
/// new text has the length of the old one, so that the source map still holds.
pub(super) fn link(
    mut code: String,
    metafile: &Metafile,
    asides: &Asides,
    out: &Path,
    main: &str,
    minify: bool,
) -> String {
    let mut paths: Vec<&str> = metafile.externals().map(|import| import.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    for path in paths.into_iter().filter(|path| path.starts_with('.')) {
        let Some(module) = asides.get(&normalize(&out.join(path))) else {
            continue;
        };
        let name = specifier(&module.name, main);
        let name = if minify { stretched(name, path.len()) } else { name };
        for quote in ['"', '\'', '`'] {
            code = code.replace(&format!("{quote}{path}{quote}"), &format!("{quote}{name}{quote}"));
        }
    }
    code
}

/// How the module `main` imports the one called `name`.
fn specifier(name: &str, main: &str) -> String {
    let root = Path::new("/root");
    let main = root.join(main);
    let path = relative(&root.join(name), main.parent().unwrap_or(root));
    if path.starts_with("../") {
        path
    } else {
        format!("./{path}")
    }
}

/// The same relative path with `length` bytes, if there is one.
fn stretched(name: String, length: usize) -> String {
    const ODD: &str = "./x/../";
    let Some(missing) = length.checked_sub(name.len()) else {
        return name;
    };
    if missing % 2 == 0 {
        return "./".repeat(missing / 2) + &name;
    }
    match missing.checked_sub(ODD.len()) {
        Some(missing) => ODD.to_owned() + &"./".repeat(missing / 2) + &name,
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_by_relative_paths() {
        assert_eq!(specifier("lang/en.js", "index.js"), "./lang/en.js");
        assert_eq!(specifier("lang/en.js", "dist/index.js"), "../lang/en.js");
        assert_eq!(specifier("dist/en.js", "dist/index.js"), "./en.js");
    }

    #[test]
    fn stretches_by_any_length_that_fits() {
        assert_eq!(stretched("./a".to_owned(), 7), "./././a");
        assert_eq!(stretched("./a".to_owned(), 12), "./x/../././a");
        assert_eq!(stretched("./a".to_owned(), 2), "./a");
        assert_eq!(stretched("./a".to_owned(), 4), "./a");
    }
}
