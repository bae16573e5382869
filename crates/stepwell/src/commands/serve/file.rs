//! The configuration file of `stepwell serve`: its keys are the command's options, and its values their defaults, so that
//! flags and the environment go before them and one definition has the name, the check and the text of each.

use crate::arguments::{Arguments, Command};
use anyhow::{Context, anyhow, bail};
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, CommandFactory as _, FromArgMatches as _};
use std::fmt::Write as _;
use std::path::Path;
use stepwell_project::nearest;
use toml::Value;

/// The name of the command whose options these are.
const SERVE: &str = "serve";

/// Options that a file cannot set.
const NOT_IN_FILES: [&str; 5] = ["help", "version", "config", "print_config", "accept_data_loss"];

/// What the options that have no default look like.
const EXAMPLES: [(&str, &str); 7] = [
    ("default_worker", "\"shop\""),
    ("tls_certificate", "\"/etc/stepwell/certificate.pem\""),
    ("tls_key", "\"/etc/stepwell/key.pem\""),
    ("bootstrap_token", "\"a-long-random-text-that-nobody-guesses\""),
    ("secrets_key_file", "\"/etc/stepwell/secrets.key\""),
    ("run_processes", "2"),
    ("workerd", "\"/usr/local/bin/workerd\""),
];

/// A key of a file with its value as it would be typed.
struct Entry {
    key: String,
    /// From 1.
    line: usize,
    values: Vec<String>,
}

/// The arguments with the file's values where neither a flag nor the environment gives one.
///
/// # Errors
/// If the file cannot be read, is no TOML, has a key that is no option, or a value that the option does not take.
pub(crate) fn with_file(typed: Arguments) -> anyhow::Result<Arguments> {
    let path = match &typed.command {
        Command::Serve(serve) if !serve.print_config => serve.config.clone(),
        _ => None,
    };
    let Some(path) = path else {
        return Ok(typed);
    };
    let mut program = Arguments::command();
    for entry in entries(&path)? {
        check(&entry, &path)?;
        program = with(program, entry);
    }
    program
        .try_get_matches_from(std::env::args_os())
        .and_then(|matches| Arguments::from_arg_matches(&matches))
        .map_err(|error| anyhow!("{}: {}", path.display(), first_line(&error)))
}

/// What the file says, in its order.
fn entries(path: &Path) -> anyhow::Result<Vec<Entry>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the configuration {}", path.display()))?;
    let no_toml = || format!("{} is no TOML", path.display());
    let values: toml::Table = toml::from_str(&text).with_context(no_toml)?;
    let places = toml::de::DeTable::parse(&text).with_context(no_toml)?;
    let mut entries = Vec::with_capacity(values.len());
    for key in places.get_ref().keys() {
        let line = text[..key.span().start].matches('\n').count() + 1;
        let key = key.get_ref().to_string();
        let values = texts(&values[&key]).with_context(|| format!("{}:{line}: {key}", path.display()))?;
        entries.push(Entry { key, line, values });
    }
    entries.sort_by_key(|entry| entry.line);
    Ok(entries)
}

/// The program with the value as the default of its option.
fn with(program: clap::Command, entry: Entry) -> clap::Command {
    let Entry { key, values, .. } = entry;
    let is_global = program
        .get_arguments()
        .any(|option| option.get_id() == key.as_str());
    let set = |option: Arg| option.default_values(values);
    if is_global {
        program.mut_arg(key, set)
    } else {
        program.mut_subcommand(SERVE, |serve| serve.mut_arg(key, set))
    }
}

/// Refuses a key that is no option, and a value that its option does not take; says where.
fn check(entry: &Entry, path: &Path) -> anyhow::Result<()> {
    let program = Arguments::command();
    let Entry { key, line, values } = entry;
    let keys: Vec<&str> = options(&program).map(|option| option.get_id().as_str()).collect();
    let place = format!("{}:{line}", path.display());
    if !keys.contains(&key.as_str()) {
        let meant = nearest(key, keys.iter().copied());
        let meant = meant.map_or_else(String::new, |meant| format!("; did you mean \"{meant}\"?"));
        bail!(
            "{place}: there is no option \"{key}\"{meant}\nhint: the keys are {}",
            keys.join(", ")
        );
    }
    // By itself, so that an error is about this value and not about a flag.
    let alone = Entry {
        key: key.clone(),
        line: *line,
        values: values.clone(),
    };
    with(program, alone)
        .try_get_matches_from(["stepwell", SERVE])
        .map(|_| ())
        .map_err(|error| anyhow!("{place}: {key} = {}: {}", shown(values), reason(&error)))
}

fn shown(values: &[String]) -> String {
    match values {
        [value] => format!("{value:?}"),
        values => format!("{values:?}"),
    }
}

/// Why a value is not taken, without the flag that nobody typed.
fn reason(error: &clap::Error) -> String {
    if let Some(source) = std::error::Error::source(error) {
        return source.to_string();
    }
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) => format!("it must be one of {}", values.join(", ")),
        _ => first_line(error),
    }
}

/// What is wrong, without clap's usage lines: nobody typed it.
fn first_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
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
    let own = serve.into_iter().flat_map(clap::Command::get_arguments);
    let own = own.filter(|option| !option.is_global_set());
    let of_all = program.get_arguments().filter(|option| option.is_global_set());
    own.chain(of_all)
        .filter(|option| !NOT_IN_FILES.contains(&option.get_id().as_str()))
}

/// A file with every option, its meaning and its default, all of them commented out.
pub(super) fn sample() -> String {
    let mut text = "# The configuration of `stepwell serve`. What is commented out is the default, or an example where\n# there is none. A flag goes before the environment, the environment before this file. `stepwell serve --config FILE` reads it.\n".to_owned();
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
        _ => {
            let example = EXAMPLES.iter().find(|(key, _)| option.get_id() == *key);
            example.map_or("\"\"", |(_, value)| value).to_owned() + "   # an example"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, value: &str) -> Entry {
        Entry {
            key: key.to_owned(),
            line: 3,
            values: vec![value.to_owned()],
        }
    }

    fn refusal(key: &str, value: &str) -> String {
        let refused = check(&entry(key, value), Path::new("f.toml"));
        refused.err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn every_line_of_the_sample_can_be_used_as_it_is() {
        let sample = sample();
        let lines: Vec<&str> = sample
            .lines()
            .filter_map(|line| line.strip_prefix("# "))
            .filter(|line| line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')))
            .collect();
        assert_eq!(lines.len(), options(&Arguments::command()).count());
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("stepwell.toml");
        std::fs::write(&file, lines.join("\n")).unwrap();
        for entry in entries(&file).unwrap() {
            assert_ne!(entry.values, [""], "{}", entry.key);
            check(&entry, &file).unwrap();
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_the_line_and_the_key() {
        let text = refusal("liten", "x");
        assert!(
            text.starts_with("f.toml:3: there is no option \"liten\"; did you mean \"listen\"?\nhint: the keys are data, listen"),
            "{text}"
        );
        assert!(refusal("nonsense", "x").starts_with("f.toml:3: there is no option \"nonsense\"\n"));
        assert_eq!(
            refusal("heap_mb", "5"),
            "f.toml:3: heap_mb = \"5\": 5 is not in 64..=4294967295"
        );
        assert_eq!(
            refusal("log_level", "loud"),
            "f.toml:3: log_level = \"loud\": it must be one of none, error, warn, info, debug"
        );
        assert!(
            refusal("listen", "here").starts_with("f.toml:3: listen = \"here\": write an address and a port")
        );
        assert_eq!(refusal("listen", "localhost:80"), "");
    }
}
