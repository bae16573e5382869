//! Reads a project's wrangler configuration and its `.dev.vars`.
//!
//! Everything that is wrong with a file is reported at once, each with its line and column. What would change
//! how the project runs and is not supported yet is a warning that names the key; [`keys`] has the table.

mod bindings;
mod compatibility;
mod cron;
mod dev_vars;
mod durable_objects;
mod error;
mod find;
mod json;
mod keys;
mod model;
mod names;
mod node;
mod read;
mod report;
mod toml;
mod workflows;

use std::path::Path;

pub use dev_vars::{DEV_VARS, dev_vars};
pub use error::Error;
pub use model::{
    Assets, Bundling, Config, CustomBuild, Dev, DurableObjectBinding, DurableObjectClass, Limits, Loaded,
    Migration, Request, Retention, Rule, RuleKind, RunWorkerFirst, ServiceBinding, UnsupportedBinding,
    Workflow,
};
pub use report::Warning;

use crate::diagnostic::{Diagnostic, Severity};
use crate::place::Text;
use find::Format;
use report::Report;

/// Loads the configuration of a project.
///
/// # Errors
///
/// [`Error::Invalid`] with every error in the file, or why there is no file to read.
pub fn load(request: Request<'_>) -> Result<Loaded, Error> {
    let (path, format) = find::find(request.directory, request.file)?;
    let bytes = std::fs::read(&path).map_err(|source| Error::Read {
        path: path.clone(),
        source,
    })?;
    let text = decode(&path, bytes)?;
    let parsed = match format {
        Format::Json => json::parse(text.as_str()),
        Format::Toml => toml::parse(text.as_str()),
    };
    let root = parsed.map_err(|(at, problem)| {
        let language = if format == Format::Json { "JSON" } else { "TOML" };
        let message = format!("{} is not valid {language}: {}", path.display(), problem.trim());
        Error::Invalid(vec![Diagnostic::at(Severity::Error, &text, at, message)])
    })?;
    let mut report = Report::new(&text);
    let config = read::config(&root, &path, &mut report);
    if let Some(config) = config.filter(|_| report.errors.is_empty()) {
        let mut warnings = report.warnings;
        warnings.sort_by(|a, b| a.place.cmp(&b.place));
        return Ok(Loaded {
            config,
            warnings,
            path,
            redirected_from: None,
        });
    }
    let mut errors = report.errors;
    errors.sort_by(|a, b| a.place.cmp(&b.place));
    Err(Error::Invalid(errors))
}

fn decode(path: &Path, bytes: Vec<u8>) -> Result<Text, Error> {
    match String::from_utf8(bytes) {
        // Editors on Windows put a byte order mark in front, which neither parser wants.
        Ok(text) => Ok(Text::new(
            path,
            text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text),
        )),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let text = Text::new(path, String::from_utf8_lossy(error.as_bytes()).into_owned());
            let message = format!(
                "{} is not UTF-8 text from here on; save it as UTF-8",
                path.display()
            );
            Err(Error::Invalid(vec![Diagnostic::at(
                Severity::Error,
                &text,
                at,
                message,
            )]))
        }
    }
}
