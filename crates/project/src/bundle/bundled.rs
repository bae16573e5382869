//! The usual way: esbuild makes one module of the project's code.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::additional::{self, Found};
use super::aside::{self, Asides};
use super::metafile::{Metafile, inside, normalize, without_query};
use super::rules::{Rules, loaded_as};
use super::{
    Bundle, Error, MODULE_NAME, Module, arguments, esbuild, interop, node, places, read_text, source_map,
};
use crate::config::{Config, RuleKind};
use crate::diagnostic::Diagnostic;
use crate::toolchain::Locate;

/// How often esbuild may run: what a run shows (files that only a rule for a directory makes importable, modules of
/// Node that need a polyfill) can change how the next one has to go, and that one can show more.
const RUNS: usize = 6;

/// What esbuild is told about this project beyond what its configuration says.
pub(super) struct Plan {
    pub(super) loaders: BTreeMap<String, RuleKind>,
    pub(super) asides: Asides,
    /// Files that packages do not export, by the imports that name them all the same.
    pub(super) unexported: BTreeMap<String, PathBuf>,
    pub(super) node: node::Arrangement,
}

pub(super) fn build(
    config: &Config,
    main: &Path,
    program: &Path,
    packages: &Locate,
) -> Result<Bundle, Error> {
    let rules = Rules::of(&config.bundling.rules);
    let entry_dir = main.parent().unwrap_or(&config.project_dir);
    let additional = if config.bundling.find_additional_modules == Some(true) {
        additional::find(config, main, &rules)?
    } else {
        Found::default()
    };
    let base = config.bundling.base_dir.as_deref().unwrap_or(entry_dir);
    let mut plan = Plan {
        loaders: rules.loaders(),
        asides: additional.modules.into_iter().collect(),
        unexported: BTreeMap::new(),
        node: node::Arrangement::first(config),
    };
    let scratch = tempfile::Builder::new()
        .prefix("stepwell-bundle-")
        .tempdir()
        .map_err(Error::Scratch)?;
    // esbuild writes paths relative to this directory, and knows the project's without symbolic links.
    let out = scratch.path().canonicalize().map_err(Error::Scratch)?;
    let directory = relative_directory(entry_dir, base);
    let mut run = 1;
    let output = loop {
        let arguments = arguments::arguments(config, &plan);
        let done = esbuild::run(
            program,
            &config.project_dir,
            arguments,
            &out,
            plan.node.packages(),
        );
        let again = match &done {
            Ok(output) => {
                set_aside(config, &rules, &output.metafile, &mut plan, entry_dir)?
                    | plan.node.revise(config, &output.metafile, &out, packages)?
            }
            Err(Error::Failed(found)) => unloadable(config, &rules, found, &mut plan, entry_dir)?,
            Err(_) => false,
        };
        if !again || run == RUNS {
            break done;
        }
        run += 1;
    };
    let mut output = output.map_err(|error| explained(config, error))?;
    check(config, &output.metafile)?;
    output.warnings.extend(node::warnings(config, &output.metafile));
    output.warnings.append(&mut plan.node.warnings);
    output
        .warnings
        .splice(0..0, rules.warnings.into_iter().chain(additional.warnings));
    assemble(config, &out, output, &plan, &directory)
}

/// The errors with advice that holds here.
fn explained(config: &Config, error: Error) -> Error {
    let Error::Failed(mut found) = error else {
        return error;
    };
    node::explain(config, &mut found);
    arguments::explain(config, &mut found);
    Error::Failed(found)
}

/// Refuses what esbuild bundles gladly and workerd cannot run.
fn check(config: &Config, metafile: &Metafile) -> Result<(), Error> {
    let mut problems = node::check(config, metafile);
    if metafile.exports().is_empty() {
        problems.push(interop::not_a_module(config));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Failed(problems))
    }
}

/// Finds files that went into the bundle although a rule makes modules of them, and takes them out in the next run.
fn set_aside(
    config: &Config,
    rules: &Rules,
    metafile: &Metafile,
    plan: &mut Plan,
    entry_dir: &Path,
) -> Result<bool, Error> {
    let mut again = false;
    let mut problems = Vec::new();
    for import in metafile.found() {
        let name = Path::new(import.file)
            .file_name()
            .and_then(OsStr::to_str)
            .unwrap_or_default();
        let loaded = loaded_as(&plan.loaders, name);
        match rules.asset(import.specifier) {
            Some(kind) if loaded != Some(kind) => {
                again |= add(config, plan, import.file, kind, entry_dir)?;
            }
            None if loaded.is_some() => {
                if let Some(text) = rules.ignored(import.specifier) {
                    problems.push(places::error_at_import(
                        config,
                        import.importer,
                        import.specifier,
                        text,
                    ));
                }
            }
            _ => {}
        }
    }
    if problems.is_empty() {
        Ok(again)
    } else {
        Err(Error::Failed(problems))
    }
}

/// The same for files that esbuild has no loader for, and for those that it took for code.
fn unloadable(
    config: &Config,
    rules: &Rules,
    found: &[Diagnostic],
    plan: &mut Plan,
    entry_dir: &Path,
) -> Result<bool, Error> {
    let mut again = false;
    for diagnostic in found {
        let unloaded = diagnostic
            .text
            .strip_prefix("No loader is configured for ")
            .and_then(|text| {
                Some((
                    text.split_once(" files: ")?.1.to_owned(),
                    places::quoted(diagnostic)?,
                ))
            });
        let broken = diagnostic.place.as_ref().map(|place| {
            // Patterns begin with `**/` as a rule, and match the file's own path as they do the import's text.
            let path = config.project_dir.join(&place.file).display().to_string();
            (path.clone(), path)
        });
        for (file, specifier) in unloaded.into_iter().chain(broken) {
            if let Some(kind) = rules.asset(&specifier) {
                again |= add(config, plan, &file, kind, entry_dir)?;
            }
        }
        if let Some((specifier, file)) = aside::unexported(config, rules, diagnostic) {
            again |= plan.unexported.insert(specifier, file).is_none();
        }
    }
    Ok(again)
}

fn add(
    config: &Config,
    plan: &mut Plan,
    file: &str,
    kind: RuleKind,
    entry_dir: &Path,
) -> Result<bool, Error> {
    let path = normalize(&config.project_dir.join(file));
    if plan.asides.contains_key(&path) {
        return Ok(false);
    }
    let preserve = config.bundling.preserve_file_names;
    let module = aside::module(&path, kind.module(), entry_dir, preserve).map_err(|source| Error::Read {
        path: path.clone(),
        source,
    })?;
    plan.asides.insert(path, module);
    Ok(true)
}

fn assemble(
    config: &Config,
    out: &Path,
    output: esbuild::Output,
    plan: &Plan,
    directory: &str,
) -> Result<Bundle, Error> {
    let metafile = &output.metafile;
    let code = read_text(&out.join(MODULE_NAME))?;
    let map = read_text(&out.join(format!("{MODULE_NAME}.map")))?;
    let prelude = interop::prelude(config, metafile, out);
    let name = format!("{directory}{MODULE_NAME}");
    let code = aside::link(
        format!("{prelude}{code}"),
        metafile,
        &plan.asides,
        out,
        &name,
        config.bundling.minify,
    );
    let mut modules = copied(out, metafile, plan, directory)?;
    modules.extend(plan.asides.values().cloned());
    let mut inputs = metafile.inputs(&config.project_dir);
    inputs.extend(plan.asides.keys().cloned());
    inputs.extend(config.bundling.tsconfig.clone());
    Ok(Bundle {
        source_map: Some(source_map::relocate(
            &map,
            out,
            &config.project_dir,
            prelude.lines().count(),
        )?),
        inputs,
        exports: metafile.exports().to_vec(),
        warnings: output.warnings,
        ..Bundle::new(name, code, modules)
    })
}

/// The files that esbuild copied, under the names by which the code imports them.
fn copied(out: &Path, metafile: &Metafile, plan: &Plan, directory: &str) -> Result<Vec<Module>, Error> {
    let mut modules: Vec<Module> = Vec::new();
    for path in metafile.copied() {
        let (Some(name), Some(file)) = (inside(path, out), inside(without_query(path), out)) else {
            continue;
        };
        // `?module` is part of the name in the import, and not of the file.
        let name = format!("{directory}{name}");
        if modules.iter().any(|module| module.name == name) {
            continue;
        }
        let base = Path::new(&file)
            .file_name()
            .and_then(OsStr::to_str)
            .unwrap_or_default();
        let kind = loaded_as(&plan.loaders, base).unwrap_or(RuleKind::Data).module();
        let contents = std::fs::read(out.join(&file)).map_err(Error::Scratch)?;
        modules.push(Module {
            name,
            kind,
            contents,
            source_map: None,
        });
    }
    Ok(modules)
}

/// `dist/` for an entry file in the directory `dist` of the base directory; empty in the base directory itself.
pub(super) fn relative_directory(directory: &Path, base: &Path) -> String {
    let inside: Option<PathBuf> = directory.strip_prefix(base).ok().map(Path::to_owned);
    match inside {
        Some(inside) if inside != Path::new("") => format!("{}/", inside.display()),
        _ => String::new(),
    }
}
