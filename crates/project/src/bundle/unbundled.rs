//! `no_bundle`: the entry file and the modules beside it are used as they are.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::additional::{self, Found};
use super::bundled::relative_directory;
use super::metafile::{Metafile, normalize};
use super::rules::Rules;
use super::{Bundle, Error, ModuleKind, arguments, esbuild, interop, node, places, source_map};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Severity};

pub(super) fn build(config: &Config, main: &Path, program: &Path) -> Result<Bundle, Error> {
    check_language(config, main)?;
    let rules = Rules::of(&config.bundling.rules);
    let found = if config.bundling.find_additional_modules == Some(false) {
        Found::default()
    } else {
        additional::find(config, main, &rules)?
    };
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|source| Error::Read {
            path: path.to_owned(),
            source,
        })
    };
    let code = read(main)?;
    let metafile = analyse(config, &found, program)?;
    check(config, main, &metafile, &found)?;
    let directory = main.parent().unwrap_or(&config.project_dir);
    let base = config.bundling.base_dir.as_deref().unwrap_or(directory);
    let file_name = main
        .file_name()
        .and_then(OsStr::to_str)
        .unwrap_or(super::MODULE_NAME);
    let name = format!("{}{file_name}", relative_directory(directory, base));
    let mut inputs = vec![main.to_owned()];
    inputs.extend(found.modules.iter().map(|(path, _)| path.clone()));
    let mut warnings: Vec<Diagnostic> = node::unbundled_warning(config).into_iter().collect();
    warnings.extend(rules.warnings);
    warnings.extend(found.warnings);
    let modules = found.modules.into_iter().map(|(_, module)| module).collect();
    Ok(Bundle {
        source_map: source_map::named_by(code.as_bytes(), main, &config.project_dir),
        inputs,
        exports: metafile.exports().to_vec(),
        warnings,
        ..Bundle::new(name, code, modules)
    })
}

fn check_language(config: &Config, main: &Path) -> Result<(), Error> {
    let extension = main.extension().and_then(OsStr::to_str).unwrap_or_default();
    if matches!(extension, "js" | "mjs" | "cjs") {
        return Ok(());
    }
    let text = format!(
        "`no_bundle` uses the `main` file as it is, and {} is not JavaScript",
        config.entry().display()
    );
    let error = Diagnostic::without_place(Severity::Error, text)
        .with_note("name the JavaScript file that your build makes, or remove \"no_bundle\"");
    Err(Error::Failed(vec![error]))
}

/// Has esbuild read the code, for its exports and imports; what it writes is not used.
fn analyse(config: &Config, found: &Found, program: &Path) -> Result<Metafile, Error> {
    let scratch = tempfile::Builder::new()
        .prefix("stepwell-bundle-")
        .tempdir()
        .map_err(Error::Scratch)?;
    let out = scratch.path().canonicalize().map_err(Error::Scratch)?;
    let mut arguments: Vec<OsString> = vec![arguments::entry(config)];
    arguments.extend(
        [
            "--bundle",
            "--format=esm",
            "--target=esnext",
            "--platform=neutral",
            "--packages=external",
            "--external:node:*",
            "--external:cloudflare:*",
            "--external:workerd:*",
            "--entry-names=index",
        ]
        .map(OsString::from),
    );
    let is_code = |kind| matches!(kind, ModuleKind::EsModule | ModuleKind::CommonJs);
    let endings: BTreeSet<&str> = found
        .modules
        .iter()
        .filter(|(_, module)| !is_code(module.kind))
        .filter_map(|(path, _)| path.extension().and_then(OsStr::to_str))
        .filter(|ending| !matches!(*ending, "js" | "mjs" | "cjs"))
        .collect();
    arguments.extend(
        endings
            .iter()
            .map(|ending| format!("--loader:.{ending}=empty").into()),
    );
    let output = esbuild::run(program, &config.project_dir, arguments, &out, None)?;
    Ok(output.metafile)
}

/// Errors for what the runtime would not find.
fn check(config: &Config, main: &Path, metafile: &Metafile, found: &Found) -> Result<(), Error> {
    let mut problems = Vec::new();
    for import in metafile
        .found()
        .filter(|import| import.kind == "import-statement")
    {
        let path: PathBuf = normalize(&config.project_dir.join(import.file));
        if path == main || found.modules.iter().any(|(module, _)| *module == path) {
            continue;
        }
        let text = format!(
            "{:?} is imported, but no module rule includes {}",
            import.specifier, import.file
        );
        let ending = path.extension().and_then(OsStr::to_str).unwrap_or("js");
        let note = format!(
            "without bundling, modules are found by `rules` alone: add {{ \"type\": \"ESModule\", \"globs\": [\"**/*.{ending}\"] }}, and see \"base_dir\" and \"find_additional_modules\""
        );
        problems
            .push(places::error_at_import(config, import.importer, import.specifier, text).with_note(note));
    }
    if metafile.exports().is_empty() || metafile.is_common_js() {
        problems.push(interop::not_a_module(config));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Failed(problems))
    }
}
