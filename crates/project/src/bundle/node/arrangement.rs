//! What esbuild is told about Node's modules, which can take a second run: only the result of the first shows whether
//! the code needs polyfills, and only a project that does has to have them on the machine.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::natives::Substitutes;
use super::stand_ins::{self, StandIns};
use super::{BARE, Mode, globals};
use crate::bundle::esbuild::joined;
use crate::bundle::metafile::Metafile;
use crate::bundle::{Error, MODULE_NAME, read_text};
use crate::config::Config;
use crate::diagnostic::{Diagnostic, Severity};
use crate::toolchain::{self, Locate};

/// What esbuild is told about Node's modules.
pub(in crate::bundle) struct Arrangement {
    mode: Mode,
    substitutes: Substitutes,
    state: State,
    /// Modules of Node that the project has an npm package for, which it imports with a slash at the end (`punycode/`).
    installed: BTreeSet<String>,
    /// What is worth knowing about how it went.
    pub(in crate::bundle) warnings: Vec<Diagnostic>,
}

enum State {
    /// Nobody has looked yet: what needs a polyfill is left out of the bundle.
    Open,
    /// Polyfills are in the bundle where it needs them.
    Filled {
        /// The `node_modules` directories with them.
        search: OsString,
        inject: Vec<PathBuf>,
    },
    /// There are none to be had, and nothing that could not do without.
    Without,
}

impl Arrangement {
    /// That of the first run.
    pub(in crate::bundle) fn first(config: &Config) -> Self {
        let mode = Mode::of(config);
        Self {
            mode,
            substitutes: if mode == Mode::V2 {
                Substitutes::of(config)
            } else {
                Substitutes::default()
            },
            state: State::Open,
            installed: BTreeSet::new(),
            warnings: Vec::new(),
        }
    }

    /// The directories that every file may import packages from, in the form of `NODE_PATH`.
    pub(in crate::bundle) fn packages(&self) -> Option<&Path> {
        match &self.state {
            State::Filled { search, .. } => Some(Path::new(search)),
            _ => None,
        }
    }

    pub(in crate::bundle) fn arguments(&self, config: &Config, arguments: &mut Vec<OsString>) {
        if self.mode != Mode::V2 {
            return;
        }
        let is_free = |name: &str| !config.bundling.alias.contains_key(name);
        let filled = matches!(self.state, State::Filled { .. });
        for (module, _) in self.substitutes.modules.iter().filter(|_| filled) {
            let bare = (*module != "sqlite").then(|| (*module).to_owned());
            for name in bare.into_iter().chain([format!("node:{module}")]) {
                if is_free(&name) && !self.installed.contains(&name) {
                    arguments.push(format!("--alias:{name}={}/{module}", stand_ins::NAME).into());
                }
            }
        }
        // An alias holds for the paths below it too (`fs/promises`).
        let is_native = |name: &str| !filled || !self.substitutes.modules.contains_key(name);
        let native = BARE
            .iter()
            .filter(|name| is_native(name) && is_free(name) && !self.installed.contains(**name));
        arguments.extend(native.map(|name| format!("--alias:{name}=node:{name}").into()));
        for name in self.substitutes.packages.keys().filter(|name| is_free(name)) {
            match self.state {
                State::Open => arguments.push(format!("--external:{name}").into()),
                State::Filled { .. } => {
                    arguments.push(format!("--alias:{name}={}/{name}", stand_ins::NAME).into());
                }
                State::Without => {}
            }
        }
        if let State::Filled { inject, .. } = &self.state {
            arguments.extend(inject.iter().map(|file| joined("--inject:", file)));
        }
    }

    /// Sees what the last run's bundle lacks; whether there is to be another.
    pub(in crate::bundle) fn revise(
        &mut self,
        config: &Config,
        metafile: &Metafile,
        out: &Path,
        request: &Locate,
    ) -> Result<bool, Error> {
        if self.mode != Mode::V2 {
            return Ok(false);
        }
        let mut again = self.find_installed(config, metafile);
        if matches!(self.state, State::Open) {
            let code = read_text(&out.join(MODULE_NAME))?;
            let need = Need::of(&self.substitutes, metafile, &code);
            if need.anything() {
                self.fill(&need, request)?;
                again |= need.packages || matches!(self.state, State::Filled { .. });
            }
        }
        Ok(again)
    }

    fn fill(&mut self, need: &Need, request: &Locate) -> Result<(), Error> {
        let installed = toolchain::polyfills(request).and_then(|packages| {
            let own = StandIns::of(&self.substitutes).install(&request.cache_dir)?;
            Ok((own, packages))
        });
        match installed {
            Ok((own, packages)) => {
                let inject = stand_ins::injected(&own, &packages, &self.substitutes);
                let search = std::env::join_paths([own, packages])
                    .map_err(|error| Error::Scratch(std::io::Error::other(error)))?;
                self.state = State::Filled { search, inject };
                Ok(())
            }
            Err(source) if !need.modules.is_empty() => Err(Error::Polyfills {
                modules: need.modules.join(", "),
                source: Box::new(source),
            }),
            Err(source) => {
                // The globals are there in part, and a package may do without its replacement.
                let text = format!(
                    "the code may use parts of Node.js that take a polyfill at this compatibility date, and goes without: {source}"
                );
                self.warnings
                    .push(Diagnostic::without_place(Severity::Warning, text));
                self.state = State::Without;
                Ok(())
            }
        }
    }

    /// Notes the modules of Node that are imported with a slash at the end, which means an npm package of that name, if
    /// the project has it. esbuild's aliases know no difference, and its report does not show the slash.
    fn find_installed(&mut self, config: &Config, metafile: &Metafile) -> bool {
        let before = self.installed.len();
        for import in metafile.externals() {
            let Some(name) = import.path.strip_prefix("node:") else {
                continue;
            };
            let is_installed = |directory: &Path| directory.join("node_modules").join(name).is_dir();
            let is_written = |file: &str| {
                let code = std::fs::read_to_string(config.project_dir.join(file)).unwrap_or_default();
                ['"', '\'', '`']
                    .iter()
                    .any(|quote| code.contains(&format!("{quote}{name}/{quote}")))
            };
            if config.project_dir.ancestors().any(is_installed)
                && metafile.importers(&import.path).any(is_written)
            {
                self.installed.insert(name.to_owned());
            }
        }
        self.installed.len() > before
    }
}

/// What a bundle without polyfills lacks.
struct Need {
    /// Modules of Node, with a file that imports each.
    modules: Vec<String>,
    packages: bool,
    globals: bool,
}

impl Need {
    fn of(substitutes: &Substitutes, metafile: &Metafile, code: &str) -> Self {
        let mut modules = Vec::new();
        let mut packages = false;
        for import in metafile.externals() {
            packages |= substitutes.packages.contains_key(import.path.as_str());
            let name = import.path.strip_prefix("node:");
            if name.is_some_and(|name| substitutes.modules.contains_key(name)) {
                let importer = metafile.importers(&import.path).next().unwrap_or("the code");
                modules.push(format!("{importer} imports {:?}", import.path));
            }
        }
        modules.dedup();
        let is_missing = |name: &str| match name {
            "performance" => substitutes.performance.is_some(),
            name => substitutes.globals.contains_key(name),
        };
        Self {
            globals: globals::may_use(code, is_missing),
            modules,
            packages,
        }
    }

    fn anything(&self) -> bool {
        self.packages || self.globals || !self.modules.is_empty()
    }
}
