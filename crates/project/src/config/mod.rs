//! Reads a project's wrangler configuration, and the variables of its local development.
//!
//! Everything that is wrong with a file is reported at once, each with its line and column. What would change
//! how the project runs and is not supported yet is a warning that names the key; [`keys`] has the table.

mod assets;
mod bindings;
mod bundling;
mod compatibility;
mod cron;
mod deployed;
mod deployment;
mod dev;
mod durable_objects;
mod entry;
mod environments;
mod error;
mod exports;
mod find;
mod json;
mod keys;
mod model;
mod names;
mod node;
mod read;
mod redirect;
mod report;
mod routes;
mod scalars;
mod services;
mod shapes;
mod toml;
mod variables;
mod workflows;

use std::path::{Path, PathBuf};

pub use deployed::{Consumer, Deployment, Producer, Route};
pub use error::Error;
pub use model::{
    Assets, Bundling, Config, CustomBuild, Dev, DurableObjectBinding, DurableObjectClass, Limits, Loaded,
    Migration, Request, Retention, Rule, RuleKind, RunWorkerFirst, ServiceBinding, UnsupportedBinding,
    Workflow,
};
pub use report::Warning;
pub use variables::{Variables, variable_files, variables};

use crate::diagnostic::{Diagnostic, Severity};
use crate::place::Text;
use find::{Format, Found};
use report::Report;

/// Loads the configuration of a project.
///
/// # Errors
///
/// [`Error::Invalid`] with every error in the file, or why there is no file to read.
pub fn load(request: Request<'_>) -> Result<Loaded, Error> {
    let found = find::find(request)?;
    let environment = request.environment.filter(|name| !name.is_empty());
    let (config, warnings) = match &found.path {
        Some(path) => read_file(path, &found, environment)?,
        None => (without_configuration(&found, environment), Vec::new()),
    };
    Ok(Loaded {
        config,
        warnings,
        notes: notes(request, &found),
        watched: watched(&found, environment),
        redirected_from: found.redirect.is_some().then_some(found.user).flatten(),
        path: found.path,
    })
}

fn read_file(path: &Path, found: &Found, environment: Option<&str>) -> Result<(Config, Vec<Warning>), Error> {
    let bytes = std::fs::read(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    let text = decode(path, bytes)?;
    let format = find::format(path).unwrap_or(Format::Json);
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
    let config = read::config(&root, &text, found, environment, &mut report);
    if let Some(config) = config.filter(|_| report.errors.is_empty()) {
        let mut warnings = report.warnings;
        warnings.sort_by(|a, b| a.place.cmp(&b.place));
        return Ok((config, warnings));
    }
    let mut errors = report.errors;
    errors.sort_by(|a, b| a.place.cmp(&b.place));
    Err(Error::Invalid(errors))
}

/// A Worker of which only the script is known, as wrangler runs it.
fn without_configuration(found: &Found, environment: Option<&str>) -> Config {
    Config {
        name: read::DEFAULT_NAME.to_owned(),
        environment: environment.map(str::to_owned),
        main: found.script.clone(),
        project_dir: found.project_dir.clone(),
        compatibility_date: compatibility::NEWEST.to_owned(),
        compatibility_flags: Vec::new(),
        vars: std::collections::BTreeMap::new(),
        workflows: Vec::new(),
        durable_objects: Vec::new(),
        migrations: Vec::new(),
        limits: Limits::default(),
        unsupported_bindings: Vec::new(),
        services: Vec::new(),
        assets: None,
        crons: None,
        route_host: None,
        deployment: Deployment::default(),
        required_secrets: None,
        version_metadata: None,
        bundling: Bundling::default(),
        dev: Dev::default(),
    }
}

fn notes(request: Request<'_>, found: &Found) -> Vec<String> {
    let Some(path) = &found.path else {
        return vec![format!(
            "No wrangler configuration found; running the script alone as the Worker {:?}",
            read::DEFAULT_NAME
        )];
    };
    if let Some(redirect) = &found.redirect {
        let user = found.user.as_ref().map_or_else(
            || "<no user config found>".to_owned(),
            |user| user.display().to_string(),
        );
        return vec![
            "Using redirected Wrangler configuration.".to_owned(),
            format!(" - Configuration being used: {:?}", path.display().to_string()),
            format!(" - Original user's configuration: {user:?}"),
            format!(
                " - Deploy configuration file: {:?}",
                redirect.display().to_string()
            ),
        ];
    }
    let start = find::resolved(find::start(request.directory));
    if request.file.is_none() && start != found.project_dir {
        return vec![format!("Using the configuration {}", path.display())];
    }
    Vec::new()
}

fn watched(found: &Found, environment: Option<&str>) -> Vec<PathBuf> {
    let directory = &found.project_dir;
    let redirect = found
        .redirect
        .clone()
        .unwrap_or_else(|| directory.join(redirect::FILE));
    let files = found.path.iter().chain(&found.user).cloned().chain([redirect]);
    let variables = variable_files(environment)
        .into_iter()
        .map(|name| directory.join(name));
    let mut watched: Vec<PathBuf> = files.chain(variables).collect();
    watched.dedup();
    watched
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
