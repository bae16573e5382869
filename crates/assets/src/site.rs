//! A site: the settings, the files, and the rules of `_headers` and `_redirects`.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::request::Parts;

use crate::answer::Route;
use crate::error::Error;
use crate::lookup::Lookup;
use crate::manifest::{HEADERS_FILE, LocalFile, Manifest, REDIRECTS_FILE};
use crate::rules::headers::{self, HeaderRules};
use crate::rules::redirects::{self, Redirects};
use crate::rules::report::{RulesFile, RulesKind};
use crate::target::Target;
use crate::uploaded::{Contents, UploadedConfig, UploadedFile};
use crate::{NotFoundHandling, RunWorkerFirst, Settings};

const WORKER_FIRST_WITHOUT_BINDING: &str = "run_worker_first=true set without an assets binding\n\
    Setting run_worker_first to true will always invoke your Worker script.\n\
    To fetch your assets from your Worker, please set the [assets.binding] key in your configuration file.\n\n\
    Read more: https://developers.cloudflare.com/workers/static-assets/binding/#binding";

/// The assets of a Worker, as they were when it was loaded.
#[derive(Debug)]
pub struct Site {
    settings: Settings,
    manifest: Manifest,
    pub(crate) headers: HeaderRules,
    pub(crate) redirects: Redirects,
    rules_files: Vec<RulesFile>,
}

impl Site {
    /// Reads the names of all files, and the rules. Blocks: it walks the directory.
    pub fn load(mut settings: Settings) -> Result<Self, Error> {
        if !settings.has_worker && settings.run_worker_first != RunWorkerFirst::Never {
            return Err(Error::WorkerFirstWithoutWorker);
        }
        settings.directory = std::path::absolute(&settings.directory).map_err(|source| Error::Read {
            path: settings.directory.clone(),
            source,
        })?;
        let manifest = Manifest::of(&settings.directory)?;
        let redirects = settings.directory.join(REDIRECTS_FILE);
        let redirects = read_rules(&redirects)?.map(|text| (redirects, text));
        let headers = settings.directory.join(HEADERS_FILE);
        let headers = read_rules(&headers)?.map(|text| (headers, text));
        Ok(Self::of(settings, manifest, redirects, headers))
    }

    /// The site of an upload.
    pub(crate) fn uploaded(
        config: UploadedConfig,
        files: impl IntoIterator<Item = UploadedFile>,
        contents: &Arc<dyn Contents>,
    ) -> Result<Self, Error> {
        let settings = config.settings;
        if !settings.has_worker && settings.run_worker_first != RunWorkerFirst::Never {
            return Err(Error::WorkerFirstWithoutWorker);
        }
        let manifest = Manifest::uploaded(files, contents);
        let redirects = config.redirects.map(|text| (REDIRECTS_FILE.into(), text));
        let headers = config.headers.map(|text| (HEADERS_FILE.into(), text));
        Ok(Self::of(settings, manifest, redirects, headers))
    }

    /// The files, with the rules' files and their texts.
    fn of(
        settings: Settings,
        manifest: Manifest,
        redirects_file: Option<(PathBuf, String)>,
        headers_file: Option<(PathBuf, String)>,
    ) -> Self {
        let mut rules_files = Vec::new();
        let mut redirects = Redirects::default();
        if let Some((path, text)) = redirects_file {
            let parsed = redirects::parse(&text, settings.html_handling);
            rules_files.push(RulesFile {
                kind: RulesKind::Redirects,
                path,
                valid: parsed.rules.len(),
                invalid: parsed.invalid,
                hints: parsed.hints,
            });
            redirects = parsed.rules;
        }
        let mut headers = HeaderRules::default();
        if let Some((path, text)) = headers_file {
            let parsed = headers::parse(&text);
            rules_files.push(RulesFile {
                kind: RulesKind::Headers,
                path,
                valid: parsed.valid,
                invalid: parsed.invalid,
                hints: Vec::new(),
            });
            headers = parsed.rules;
        }
        Self {
            settings,
            manifest,
            headers,
            redirects,
            rules_files,
        }
    }

    /// The site as the directory is now. This one stays as it is: on an error, it can go on being served.
    pub fn refresh(&self) -> Result<Self, Error> {
        Self::load(self.settings.clone())
    }

    /// The settings, with the directory as an absolute path.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The files in the directory that are served, by the path at which they are asked for. None of an upload.
    pub fn local_files(&self) -> BTreeMap<String, LocalFile> {
        self.manifest.local_files()
    }

    /// What was made of `_redirects` and `_headers`, for those that exist.
    pub fn rules_files(&self) -> &[RulesFile] {
        &self.rules_files
    }

    /// What a user should know, in wrangler's words: invalid lines of the rules with file and line, and settings that do not
    /// go together.
    pub fn warnings(&self) -> Vec<String> {
        let base = std::env::current_dir().unwrap_or_default();
        let rules = self.rules_files.iter();
        let mut warnings: Vec<String> = rules.filter_map(|file| file.warning(&base)).collect();
        if self.settings.run_worker_first == RunWorkerFirst::Always && !self.settings.has_binding {
            warnings.push(WORKER_FIRST_WITHOUT_BINDING.to_owned());
        }
        warnings
    }

    /// Whether the assets answer the request, or the Worker.
    pub fn route(&self, request: &Parts) -> Route {
        let Some(target) = Target::of(request) else {
            return Route::Asset;
        };
        if let RunWorkerFirst::Patterns(patterns) = &self.settings.run_worker_first {
            if patterns.wants_assets(target.path()) {
                return Route::Asset;
            }
            if patterns.wants_worker(target.path()) {
                return Route::Worker;
            }
        }
        if self.settings.run_worker_first == RunWorkerFirst::Always {
            return Route::Worker;
        }
        if !self.settings.has_worker || self.can_answer(request, &target) {
            Route::Asset
        } else {
            Route::Worker
        }
    }

    /// The files, by name, with another `not_found_handling` than that of the settings if it does not count now.
    pub(crate) fn lookup(&self, not_found_handling: NotFoundHandling) -> Lookup<'_> {
        Lookup {
            manifest: &self.manifest,
            html_handling: self.settings.html_handling,
            not_found_handling,
        }
    }
}

fn read_rules(path: &PathBuf) -> Result<Option<String>, Error> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::Read {
            path: Path::to_owned(path),
            source,
        }),
    }
}
