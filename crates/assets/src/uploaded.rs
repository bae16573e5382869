//! The assets of a version that was uploaded: a list of files by path, whose contents are kept elsewhere, and the settings
//! as wrangler sends them.

use std::fs::File;
use std::io;
use std::sync::Arc;

use serde_json::Value;

use crate::base_path::BasePath;
use crate::error::Error;
use crate::settings::{HtmlHandling, NotFoundHandling, Settings};
use crate::{RunWorkerFirst, Site};

/// Where the contents of uploaded files are. What is in a file never changes.
pub trait Contents: Send + Sync + 'static {
    /// The file of this name, open for reading. Blocks.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::NotFound`] if there is none.
    fn open(&self, name: &str) -> io::Result<File>;
}

/// A file of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedFile {
    /// Where it is asked for, with a slash in front, decoded.
    pub path: String,
    /// What [`Contents`] know it by.
    pub name: String,
    /// The client's hash of it, which becomes its ETag.
    pub etag: String,
    /// The `Content-Type`, if there shall be one.
    pub content_type: Option<String>,
}

/// `assets.config` of an upload.
#[derive(Debug, Clone)]
pub struct UploadedConfig {
    /// The settings, but for what is said elsewhere in the upload: dates, flags, whether there is a Worker, and a binding.
    pub settings: Settings,
    /// The text of `_headers`.
    pub headers: Option<String>,
    /// The text of `_redirects`.
    pub redirects: Option<String>,
}

impl UploadedConfig {
    /// What `config` says.
    ///
    /// # Errors
    /// [`Error`] names the key that has a value that it cannot have.
    pub fn from_json(config: &Value) -> Result<Self, Error> {
        let mut settings = Settings::new("");
        if let Some(text) = text(config, "html_handling")? {
            settings.html_handling = HtmlHandling::from_config(text)?;
        }
        if let Some(text) = text(config, "not_found_handling")? {
            settings.not_found_handling = NotFoundHandling::from_config(text)?;
        }
        if let Some(text) = text(config, "base_path")? {
            settings.base_path = BasePath::from_config(text)?;
        }
        settings.run_worker_first = run_worker_first(config)?;
        Ok(Self {
            settings,
            headers: text(config, "_headers")?.map(str::to_owned),
            redirects: text(config, "_redirects")?.map(str::to_owned),
        })
    }

    /// The site of these files.
    ///
    /// # Errors
    /// [`Error::WorkerFirstWithoutWorker`].
    pub fn site(
        self,
        files: impl IntoIterator<Item = UploadedFile>,
        contents: &Arc<dyn Contents>,
    ) -> Result<Site, Error> {
        Site::uploaded(self, files, contents)
    }
}

fn text<'a>(config: &'a Value, key: &'static str) -> Result<Option<&'a str>, Error> {
    match config.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(wrong(key, "a string", other)),
    }
}

fn run_worker_first(config: &Value) -> Result<RunWorkerFirst, Error> {
    const KEY: &str = "run_worker_first";
    match config.get(KEY) {
        // As older wranglers say it.
        None | Some(Value::Null) => Ok(RunWorkerFirst::from(
            config.get("serve_directly") == Some(&Value::Bool(false)),
        )),
        Some(Value::Bool(always)) => Ok(RunWorkerFirst::from(*always)),
        Some(Value::Array(patterns)) => {
            let patterns = patterns.iter().map(|pattern| match pattern {
                Value::String(pattern) => Ok(pattern.as_str()),
                other => Err(wrong(KEY, "a boolean or an array of strings", other)),
            });
            RunWorkerFirst::from_patterns(&patterns.collect::<Result<Vec<_>, _>>()?)
        }
        Some(other) => Err(wrong(KEY, "a boolean or an array of strings", other)),
    }
}

fn wrong(field: &'static str, expected: &'static str, value: &Value) -> Error {
    Error::SettingType {
        field,
        expected,
        value: value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_wrangler_sends_is_read() {
        let config = json!({
            "html_handling": "drop-trailing-slash", "not_found_handling": "404-page", "base_path": "/docs",
            "run_worker_first": ["/api/*", "!/api/docs/*"], "_redirects": "/a /b", "_headers": null, "new": 1,
        });
        let read = UploadedConfig::from_json(&config).unwrap();
        assert_eq!(read.settings.html_handling, HtmlHandling::DropTrailingSlash);
        assert_eq!(read.settings.not_found_handling, NotFoundHandling::NotFoundPage);
        assert!(matches!(
            read.settings.run_worker_first,
            RunWorkerFirst::Patterns(_)
        ));
        assert_eq!(read.settings.base_path, BasePath::from_config("docs").unwrap());
        assert_eq!((read.headers, read.redirects), (None, Some("/a /b".to_owned())));
        let nothing = UploadedConfig::from_json(&Value::Null).unwrap().settings;
        assert_eq!(nothing.run_worker_first, RunWorkerFirst::Never);
        let older = UploadedConfig::from_json(&json!({ "serve_directly": false }))
            .unwrap()
            .settings;
        assert_eq!(older.run_worker_first, RunWorkerFirst::Always);
    }

    #[test]
    fn what_it_cannot_mean_is_told() {
        for (config, expected) in [
            (json!({ "html_handling": "x" }), "\"assets.html_handling\""),
            (
                json!({ "html_handling": 1 }),
                "\"assets.html_handling\" field to be a string but got 1",
            ),
            (
                json!({ "not_found_handling": "" }),
                "\"assets.not_found_handling\"",
            ),
            (json!({ "base_path": "//x" }), "base_path"),
            (json!({ "run_worker_first": ["api"] }), "run_worker_first"),
            (json!({ "run_worker_first": [1] }), "array of strings but got 1"),
            (
                json!({ "run_worker_first": "yes" }),
                "array of strings but got \"yes\"",
            ),
            (
                json!({ "_headers": [] }),
                "\"assets._headers\" field to be a string but got []",
            ),
        ] {
            let error = UploadedConfig::from_json(&config).unwrap_err().to_string();
            assert!(error.contains(expected), "{config}: {error}");
        }
    }
}
