//! Reads the variables of local development: `.dev.vars`, else `.env` and its relatives.

mod dotenv;
mod expand;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::model::Config;
use super::report::Warning;
use crate::place::Text;

/// The name of the file that goes before all others.
const DEV_VARS: &str = ".dev.vars";
/// The first of the files that are read where there is no [`DEV_VARS`].
const DOT_ENV: &str = ".env";
/// `false`: the files of [`DOT_ENV`] are not read.
const LOAD_DOT_ENV: &str = "CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV";
/// `true`: with the files of [`DOT_ENV`], all variables of the process are given to the Worker.
const INCLUDE_PROCESS: &str = "CLOUDFLARE_INCLUDE_PROCESS_ENV";

/// The variables of local development, besides the `vars` of the configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variables {
    /// They go before `vars` of the same name.
    pub secrets: BTreeMap<String, String>,
    /// Where they come from, for people: files beside the configuration, and `process.env`.
    pub sources: Vec<String>,
    /// Lines that are no `NAME=value`.
    pub warnings: Vec<Warning>,
    /// What was missing of `secrets.required`, as wrangler says it.
    pub missing: Option<String>,
}

/// The names of the files that [`variables`] looks for, beside the configuration.
pub fn variable_files(environment: Option<&str>) -> Vec<String> {
    let dev_vars = environment.map(|name| format!("{DEV_VARS}.{name}"));
    dev_vars
        .into_iter()
        .chain([DEV_VARS.to_owned()])
        .chain(dot_env_files(environment))
        .collect()
}

/// In the order in which they are read: the last that has a name wins.
fn dot_env_files(environment: Option<&str>) -> impl Iterator<Item = String> {
    let base = [DOT_ENV.to_owned(), format!("{DOT_ENV}.local")];
    let own = environment.map(|name| [format!("{DOT_ENV}.{name}"), format!("{DOT_ENV}.{name}.local")]);
    base.into_iter().chain(own.into_iter().flatten())
}

/// The variables for `config`: of the files `env_files` (`--env-file`, relative to the configuration) if there are
/// any, else of `.dev.vars`, else of `.env` and its relatives. `process` is the environment of the process.
///
/// # Errors
///
/// [`Error::Read`] for a file that is there and cannot be read, [`Error::Variable`] for a variable of the process
/// that must be `true` or `false`.
pub fn variables(
    config: &Config,
    env_files: &[PathBuf],
    process: &BTreeMap<String, String>,
) -> Result<Variables, Error> {
    let mut found = Variables::default();
    let mut loaded = if env_files.is_empty() {
        dev_vars(config, &mut found)?
    } else {
        None
    };
    if loaded.is_none() && flag(process, LOAD_DOT_ENV, true)? {
        loaded = Some(dot_env(config, env_files, process, &mut found)?);
    }
    let mut loaded = loaded.unwrap_or_default();
    if let Some(required) = &config.required_secrets {
        let missing: Vec<&str> = required
            .iter()
            .filter(|name| !loaded.contains_key(*name))
            .map(String::as_str)
            .collect();
        if !missing.is_empty() {
            found.missing = Some(format!(
                "Missing required secrets: {}. Add them to .dev.vars, .env, or set as environment variables.",
                missing.join(", ")
            ));
        }
        loaded.retain(|name, _| required.contains(name) || config.vars.contains_key(name));
    }
    loaded.retain(|name, _| !is_binding(config, name));
    found.secrets = loaded;
    Ok(found)
}

/// `.dev.vars` of the environment, or the one for all.
fn dev_vars(config: &Config, found: &mut Variables) -> Result<Option<BTreeMap<String, String>>, Error> {
    let names = config
        .environment
        .as_ref()
        .map(|name| format!("{DEV_VARS}.{name}"));
    for name in names.into_iter().chain([DEV_VARS.to_owned()]) {
        if let Some(values) = read(config, Path::new(&name), found)? {
            return Ok(Some(values.into_iter().collect()));
        }
    }
    Ok(None)
}

fn dot_env(
    config: &Config,
    env_files: &[PathBuf],
    process: &BTreeMap<String, String>,
    found: &mut Variables,
) -> Result<BTreeMap<String, String>, Error> {
    let defaults: Vec<PathBuf> = dot_env_files(config.environment.as_deref())
        .map(PathBuf::from)
        .collect();
    let files = if env_files.is_empty() {
        &defaults
    } else {
        env_files
    };
    let mut parsed: Vec<(String, String)> = Vec::new();
    for file in files {
        for (name, value) in read(config, file, found)?.unwrap_or_default() {
            match parsed.iter_mut().find(|(known, _)| *known == name) {
                Some(known) => known.1 = value,
                None => parsed.push((name, value)),
            }
        }
    }
    // With `secrets`, the names that are taken are known.
    let include = config.required_secrets.is_some() || flag(process, INCLUDE_PROCESS, false)?;
    if include {
        found.sources.push("process.env".to_owned());
    }
    Ok(expand::expand(
        parsed,
        if include {
            process
        } else {
            const { &BTreeMap::new() }
        },
    ))
}

/// The values of a file; `None` if there is none.
fn read(config: &Config, file: &Path, found: &mut Variables) -> Result<Option<Vec<(String, String)>>, Error> {
    let path = config.project_dir.join(file);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound || path.is_dir() => return Ok(None),
        Err(source) => return Err(Error::Read { path, source }),
    };
    let content = String::from_utf8_lossy(&bytes)
        .replace("\r\n", "\n")
        .replace('\r', "\n");
    let (values, warnings) = dotenv::parse(&Text::new(&path, content));
    found.sources.push(file.display().to_string());
    found.warnings.extend(warnings);
    Ok(Some(values))
}

fn flag(process: &BTreeMap<String, String>, name: &str, default: bool) -> Result<bool, Error> {
    let Some(value) = process.get(name) else {
        return Ok(default);
    };
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Error::Variable {
            name: name.to_owned(),
            value: value.clone(),
        }),
    }
}

/// Whether `name` is a binding, which no variable replaces.
fn is_binding(config: &Config, name: &str) -> bool {
    let own = config.workflows.iter().map(|found| &found.binding);
    own.chain(config.durable_objects.iter().map(|found| &found.name))
        .chain(config.services.iter().map(|found| &found.binding))
        .chain(config.unsupported_bindings.iter().map(|found| &found.name))
        .chain(config.assets.iter().filter_map(|found| found.binding.as_ref()))
        .chain(&config.version_metadata)
        .any(|known| known == name)
}
