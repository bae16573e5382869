//! The configuration file of `stepwell serve`: its keys are the command's options, and its values their defaults, so that
//! flags and the environment go before them and one definition has the name, the check and the text of each.

use crate::arguments::{Arguments, Command, ServeArguments};
use anyhow::{Context, anyhow, bail};
use clap::{Arg, ArgAction, CommandFactory as _, FromArgMatches as _};
use std::fmt::Write as _;
use std::path::Path;
use toml::Value;

/// The name of the command whose options these are.
const SERVE: &str = "serve";

/// Options that a file cannot set.
const NOT_IN_FILES: [&str; 5] = ["help", "version", "config", "print_config", "accept_data_loss"];

/// The arguments with the file's values where neither a flag nor the environment gives one.
///
/// # Errors
/// If the file cannot be read, is no TOML, has a key that is no option, or a value that the option does not take.
pub(super) fn with_file(arguments: &ServeArguments) -> anyhow::Result<ServeArguments> {
    let Some(path) = &arguments.config else {
        return Ok(arguments.clone());
    };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the configuration {}", path.display()))?;
    let table: toml::Table =
        toml::from_str(&text).with_context(|| format!("{} is no TOML", path.display()))?;
    let mut program = Arguments::command();
    for (key, value) in table {
        let values = texts(&value).with_context(|| format!("{}: the key \"{key}\"", path.display()))?;
        check_key(&program, &key, path)?;
        program = program.mut_subcommand(SERVE, |serve| {
            serve.mut_arg(key, |option| option.default_values(values))
        });
    }
    let parsed = program
        .try_get_matches_from(std::env::args_os())
        .and_then(|matches| Arguments::from_arg_matches(&matches))
        .map_err(|error| anyhow!("{}: {}", path.display(), first_line(&error)))?;
    match parsed.command {
        Command::Serve(serve) => Ok(*serve),
        _ => Ok(arguments.clone()),
    }
}

/// What is wrong, without clap's usage lines: nobody typed it.
fn first_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

fn check_key(program: &clap::Command, key: &str, path: &Path) -> anyhow::Result<()> {
    let keys = options(program).map(|option| option.get_id().as_str());
    let known: Vec<&str> = keys.collect();
    if known.contains(&key) {
        return Ok(());
    }
    bail!(
        "{}: there is no option \"{key}\"\nhint: the keys are {}",
        path.display(),
        known.join(", ")
    )
}

/// The value as it would be typed.
fn texts(value: &Value) -> anyhow::Result<Vec<String>> {
    Ok(match value {
        Value::String(text) => vec![text.clone()],
        Value::Integer(number) => vec![number.to_string()],
        Value::Boolean(boolean) => vec![boolean.to_string()],
        Value::Array(items) => {
            let items = items.iter().map(texts).collect::<anyhow::Result<Vec<_>>>()?;
            items.concat()
        }
        Value::Float(_) | Value::Datetime(_) | Value::Table(_) => {
            bail!("must be a string, a whole number, true or false, or a list of strings")
        }
    })
}

fn options(program: &clap::Command) -> impl Iterator<Item = &Arg> {
    let serve = program.find_subcommand(SERVE);
    serve
        .into_iter()
        .flat_map(clap::Command::get_arguments)
        .filter(|option| !option.is_global_set() && !NOT_IN_FILES.contains(&option.get_id().as_str()))
}

/// A file with every option, its meaning and its default, all of them commented out.
pub(super) fn sample() -> String {
    let mut text = "# The configuration of `stepwell serve`. What is commented out is the default. A flag goes before the\n# environment, the environment before this file. `stepwell serve --config FILE` reads it.\n".to_owned();
    for option in options(&Arguments::command()) {
        let help = option.get_help().map(ToString::to_string).unwrap_or_default();
        let environment = option.get_env().map(|name| name.to_string_lossy().into_owned());
        // Writing to a String cannot fail.
        let _ = write!(text, "\n# {help}.");
        if let Some(name) = environment {
            let _ = write!(text, " Environment: {name}.");
        }
        let _ = writeln!(text, "\n# {} = {}", option.get_id(), default_of(option));
    }
    text
}

fn default_of(option: &Arg) -> String {
    let values: Vec<String> = option
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy().into_owned())
        .collect();
    match (option.get_action(), values.as_slice()) {
        (ArgAction::SetTrue, _) => "false".to_owned(),
        (ArgAction::Append, values) => format!("{values:?}"),
        (_, [value]) if value.parse::<u64>().is_ok() => value.clone(),
        (_, [value]) => format!("{value:?}"),
        _ => "\"\"".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_toml_whose_keys_are_options() {
        let uncommented: String = sample()
            .lines()
            .filter_map(|line| line.strip_prefix("# "))
            .filter(|line| line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')))
            .fold(String::new(), |text, line| text + line + "\n");
        let table: toml::Table = toml::from_str(&uncommented).unwrap();
        let program = Arguments::command();
        assert_eq!(table.len(), options(&program).count());
        for key in table.keys() {
            check_key(&program, key, Path::new("x")).unwrap();
        }
    }

    #[test]
    fn a_key_that_is_no_option_is_told_with_those_there_are() {
        let error = check_key(&Arguments::command(), "dta", Path::new("f.toml")).unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("f.toml: there is no option \"dta\"\nhint: the keys are data, listen"),
            "{text}"
        );
    }
}
