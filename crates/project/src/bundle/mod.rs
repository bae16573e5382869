//! Bundles a project's code with esbuild, as wrangler does, into one ES module that workerd can load.

mod arguments;
mod classes;
mod error;
mod interop;
mod log;
mod metafile;
mod node_modules;
mod source_map;

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest as _, Sha256};

pub use classes::missing_classes;
pub use error::Error;

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Severity};
use metafile::Metafile;

/// The name that the bundle's module has in the runtime, and so in stack traces.
pub const MODULE_NAME: &str = "index.js";

/// A project's code, ready for workerd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The ES module, to be named [`MODULE_NAME`].
    pub code: String,
    /// The source map of `code`; its sources are relative to the project directory.
    pub source_map: String,
    /// Modules that `code` imports by their names, beside it.
    pub modules: Vec<Module>,
    /// The names that the module exports.
    pub exports: Vec<String>,
    /// The files that it was made from, absolute: what to watch.
    pub inputs: Vec<PathBuf>,
    /// A SHA-256 over the code and the modules, in hex: what tells one version from another.
    pub hash: String,
    /// What esbuild found doubtful.
    pub warnings: Vec<Diagnostic>,
}

/// A file that the bundle imports and that is no JavaScript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Its name beside the bundle's own.
    pub name: String,
    /// What workerd makes of it.
    pub kind: ModuleKind,
    /// Its bytes.
    pub contents: Vec<u8>,
}

/// What a [`Module`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModuleKind {
    /// WebAssembly, compiled: the import is a `WebAssembly.Module`.
    Wasm,
    /// Bytes: the import is an `ArrayBuffer`.
    Data,
}

/// Bundles the project with the `esbuild` program. Takes some ten milliseconds; blocks meanwhile.
///
/// # Errors
///
/// [`Error::Failed`] with what is wrong with the code and where; the others when esbuild itself did not work.
pub fn build(config: &Config, esbuild: &Path) -> Result<Bundle, Error> {
    let scratch = tempfile::Builder::new()
        .prefix("stepwell-bundle-")
        .tempdir()
        .map_err(Error::Scratch)?;
    // esbuild writes paths relative to this directory, and knows the project's without symbolic links.
    let out = scratch.path().canonicalize().map_err(Error::Scratch)?;
    let output = Command::new(esbuild)
        .args(arguments::arguments(config, &out))
        .current_dir(&config.project_dir)
        .stdin(Stdio::null())
        .output()
        .map_err(|source| Error::Start {
            esbuild: esbuild.to_owned(),
            source,
        })?;
    let text = String::from_utf8_lossy(&output.stderr);
    let mut found = log::parse(&text, &config.project_dir);
    node_modules::explain(config, &mut found);
    if !output.status.success() {
        found.retain(|diagnostic| diagnostic.severity == Severity::Error);
        if found.is_empty() {
            return Err(Error::Crashed {
                status: output.status.to_string(),
                log: text.trim().to_owned(),
            });
        }
        return Err(Error::Failed(found));
    }
    let metafile = Metafile::parse(&read_text(&out.join(arguments::METAFILE))?)?;
    check(config, &metafile)?;
    assemble(config, &out, &metafile, found)
}

/// Refuses what esbuild bundles gladly and workerd cannot run.
fn check(config: &Config, metafile: &Metafile) -> Result<(), Error> {
    let mut problems = node_modules::check(config, metafile);
    if metafile.exports().is_empty() {
        problems.push(interop::not_a_module(config));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Failed(problems))
    }
}

fn assemble(
    config: &Config,
    out: &Path,
    metafile: &Metafile,
    warnings: Vec<Diagnostic>,
) -> Result<Bundle, Error> {
    let code = read_text(&out.join(MODULE_NAME))?;
    let map = read_text(&out.join(format!("{MODULE_NAME}.map")))?;
    let prelude = interop::prelude(config, metafile);
    let modules = modules(out, metafile)?;
    let code = format!("{prelude}{code}");
    let mut hash = Sha256::new();
    hash.update(&code);
    for module in &modules {
        hash.update(module.name.as_bytes());
        hash.update(&module.contents);
    }
    Ok(Bundle {
        source_map: source_map::relocate(&map, out, &config.project_dir, prelude.lines().count())?,
        hash: hex(&hash.finalize()),
        inputs: metafile.inputs(&config.project_dir),
        exports: metafile.exports().to_vec(),
        code,
        modules,
        warnings,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// The files that esbuild copied, under the names by which the code imports them.
fn modules(out: &Path, metafile: &Metafile) -> Result<Vec<Module>, Error> {
    let mut modules: Vec<Module> = Vec::new();
    for path in metafile.copied() {
        // `?module` is part of the name in the import, and not of the file.
        let Some(name) = Path::new(path).file_name().and_then(OsStr::to_str) else {
            continue;
        };
        if modules.iter().any(|module| module.name == name) {
            continue;
        }
        let file = out.join(name.split('?').next().unwrap_or(name));
        let kind = if file.extension() == Some(OsStr::new("wasm")) {
            ModuleKind::Wasm
        } else {
            ModuleKind::Data
        };
        let contents = std::fs::read(&file).map_err(Error::Scratch)?;
        modules.push(Module {
            name: name.to_owned(),
            kind,
            contents,
        });
    }
    Ok(modules)
}

fn read_text(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(Error::Scratch)
}
