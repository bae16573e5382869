//! The `assets` of a configuration, with their meaning.

use std::path::PathBuf;

use crate::RunWorkerFirst;
use crate::base_path::BasePath;
use crate::error::Error;

/// What a site is made of and how it answers.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The directory with the files (`assets.directory`), absolute or relative to the working directory.
    pub directory: PathBuf,
    /// `assets.html_handling`.
    pub html_handling: HtmlHandling,
    /// `assets.not_found_handling`.
    pub not_found_handling: NotFoundHandling,
    /// `assets.run_worker_first`.
    pub run_worker_first: RunWorkerFirst,
    /// `assets.base_path`.
    pub base_path: BasePath,
    /// The Worker's compatibility date, `YYYY-MM-DD`.
    pub compatibility_date: String,
    /// The Worker's compatibility flags.
    pub compatibility_flags: Vec<String>,
    /// Whether there is a Worker behind the assets (`main`).
    pub has_worker: bool,
    /// Whether the Worker has a binding to the assets (`assets.binding`).
    pub has_binding: bool,
}

impl Settings {
    /// The settings of a project of nothing but the files in `directory`.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            html_handling: HtmlHandling::default(),
            not_found_handling: NotFoundHandling::default(),
            run_worker_first: RunWorkerFirst::default(),
            base_path: BasePath::default(),
            compatibility_date: "2021-11-02".to_owned(),
            compatibility_flags: Vec::new(),
            has_worker: false,
            has_binding: false,
        }
    }

    /// Whether a browser's navigation is answered by `not_found_handling` rather than by the Worker.
    pub(crate) fn navigation_prefers_assets(&self) -> bool {
        const ENABLE: &str = "assets_navigation_prefers_asset_serving";
        const DISABLE: &str = "assets_navigation_has_no_effect";
        const DEFAULT_FROM: &str = "2025-04-01";
        let has = |wanted: &str| self.compatibility_flags.iter().any(|flag| flag == wanted);
        has(ENABLE) || (!has(DISABLE) && self.compatibility_date.as_str() >= DEFAULT_FROM)
    }
}

/// Which paths lead to an HTML file, and which of them redirect to another (`assets.html_handling`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HtmlHandling {
    /// `/foo` is `/foo.html`, `/foo/` is `/foo/index.html`.
    #[default]
    AutoTrailingSlash,
    /// Both are `/foo/`.
    ForceTrailingSlash,
    /// Both are `/foo`.
    DropTrailingSlash,
    /// Files are at their own paths only.
    None,
}

impl HtmlHandling {
    const NAMES: [(&str, Self); 4] = [
        ("auto-trailing-slash", Self::AutoTrailingSlash),
        ("force-trailing-slash", Self::ForceTrailingSlash),
        ("drop-trailing-slash", Self::DropTrailingSlash),
        ("none", Self::None),
    ];

    /// The value that a configuration calls `text`; [`Error::Setting`] when there is none.
    pub fn from_config(text: &str) -> Result<Self, Error> {
        named("html_handling", &Self::NAMES, text)
    }
}

/// What answers when no file does (`assets.not_found_handling`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NotFoundHandling {
    /// `/index.html`, with status 200.
    SinglePageApplication,
    /// The nearest `404.html` upwards, with status 404.
    NotFoundPage,
    /// Nothing, with status 404.
    #[default]
    None,
}

impl NotFoundHandling {
    const NAMES: [(&str, Self); 3] = [
        ("single-page-application", Self::SinglePageApplication),
        ("404-page", Self::NotFoundPage),
        ("none", Self::None),
    ];

    /// The value that a configuration calls `text`; [`Error::Setting`] when there is none.
    pub fn from_config(text: &str) -> Result<Self, Error> {
        named("not_found_handling", &Self::NAMES, text)
    }
}

fn named<T: Copy>(field: &'static str, names: &[(&'static str, T)], text: &str) -> Result<T, Error> {
    match names.iter().find(|(name, _)| *name == text) {
        Some((_, value)) => Ok(*value),
        None => Err(Error::Setting {
            field,
            allowed: names.iter().map(|(name, _)| *name).collect(),
            value: text.to_owned(),
        }),
    }
}
