//! Bundles a project's code with esbuild, as wrangler does, into one ES module that workerd can load; or takes the
//! modules as they are (`no_bundle`).

mod additional;
mod arguments;
mod aside;
mod bundled;
mod classes;
mod custom_build;
mod entry;
mod error;
mod esbuild;
mod glob;
mod interop;
mod log;
mod metafile;
mod node;
mod places;
mod rules;
mod source_map;
mod unbundled;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

pub use classes::missing_classes;
pub use custom_build::run_custom_build;
pub use error::Error;

use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::toolchain::Locate;

/// The name that the bundle's module has in the runtime, and so in stack traces.
pub const MODULE_NAME: &str = "index.js";

/// A project's code, ready for workerd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The name of the main module: [`MODULE_NAME`], in a directory if the base directory (`base_dir`) is not that of
    /// the `main` file; without bundling the name of that file.
    pub name: String,
    /// The main module, an ES module.
    pub code: String,
    /// The source map of `code`; its sources are relative to the project directory.
    pub source_map: Option<String>,
    /// Modules that `code` imports by their names. Names are paths in the same tree as `name`.
    pub modules: Vec<Module>,
    /// The names that the main module exports.
    pub exports: Vec<String>,
    /// The files that it was made from, absolute: what to watch.
    pub inputs: Vec<PathBuf>,
    /// A SHA-256 over the code and the modules, in hex: what tells one version from another.
    pub hash: String,
    /// What esbuild, or wrangler in its place, finds doubtful.
    pub warnings: Vec<Diagnostic>,
}

impl Bundle {
    fn new(name: String, code: String, modules: Vec<Module>) -> Self {
        let mut hash = Sha256::new();
        hash.update(&name);
        hash.update(&code);
        for module in &modules {
            hash.update(&module.name);
            hash.update(module.kind.wrangler_name());
            hash.update(&module.contents);
        }
        Self {
            hash: hex(&hash.finalize()),
            name,
            code,
            modules,
            source_map: None,
            exports: Vec::new(),
            inputs: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

/// A module besides the main one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Its name.
    pub name: String,
    /// What workerd makes of it.
    pub kind: ModuleKind,
    /// Its bytes.
    pub contents: Vec<u8>,
    /// The source map that code of the project's own brought along; its sources are relative to the project directory.
    pub source_map: Option<String>,
}

/// What a [`Module`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModuleKind {
    /// An ES module.
    EsModule,
    /// A CommonJS module.
    CommonJs,
    /// A text: the import is a string.
    Text,
    /// Bytes: the import is an `ArrayBuffer`.
    Data,
    /// WebAssembly, compiled: the import is a `WebAssembly.Module`.
    Wasm,
}

impl ModuleKind {
    fn wrangler_name(self) -> &'static str {
        match self {
            Self::EsModule => "esm",
            Self::CommonJs => "commonjs",
            Self::Text => "text",
            Self::Data => "buffer",
            Self::Wasm => "compiled-wasm",
        }
    }
}

/// Makes the project's code ready with the `esbuild` program; `packages` says where polyfills of Node's modules come
/// from if the code needs any. Takes some ten milliseconds, and blocks meanwhile.
///
/// A project with a build command of its own has to have run it ([`run_custom_build`]).
///
/// # Errors
///
/// [`Error::Failed`] with what is wrong with the code and where; the others when esbuild itself did not work, or a
/// file could not be read or fetched.
pub fn build(config: &Config, esbuild: &Path, packages: &Locate) -> Result<Bundle, Error> {
    let Some(main) = &config.main else {
        // Static assets alone; nothing ever calls it.
        return Ok(Bundle::new(
            MODULE_NAME.to_owned(),
            "export default {};\n".to_owned(),
            Vec::new(),
        ));
    };
    let mut problems = node::conflicts(config);
    problems.extend(arguments::check(config));
    problems.extend(entry::check(config, main));
    if !problems.is_empty() {
        return Err(Error::Failed(problems));
    }
    let mut bundle = if config.bundling.no_bundle {
        unbundled::build(config, main, esbuild)?
    } else {
        bundled::build(config, main, esbuild, packages)?
    };
    if let Some(build) = &config.bundling.build {
        bundle.inputs = custom_build::sources(build, main);
    }
    Ok(bundle)
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

fn read_text(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(Error::Scratch)
}
