//! `docs/cli.md`.

use crate::arguments::Arguments;
use clap::{Arg, Command, CommandFactory as _};
use std::fmt::Write as _;

#[test]
fn cli() {
    let mut program = Arguments::command();
    program.build();
    super::page("docs/cli.md", &text(&program));
}

const HEAD: &str = "# The command line

<!-- Generated from crates/stepwell/src/arguments by `cargo xtask generate`. -->

From a clone, write `cargo run --release --` where this page says `stepwell`. Data goes to stdout, logs and errors to
stderr; with `--json` what went wrong is data too, an object `error` with `message`, `hint` and `code`. Colour is used
on a terminal only; `NO_COLOR` turns it off. Exit codes: 0 success (Ctrl-C is the way to end `stepwell dev`, so it is
one), 1 failure, 2 a command line that cannot be understood, 130 and 143 a stop by SIGINT
during the start and by SIGTERM.

";

fn text(program: &Command) -> String {
    let mut text = HEAD.to_owned();
    text.push_str("## Options of every command\n\n");
    options(
        &mut text,
        program.get_arguments().filter(|argument| shown(argument)),
    );
    for command in commands(program) {
        section(&mut text, "stepwell", command);
    }
    text
}

/// Those that are shown, without `help`.
fn commands(of: &Command) -> impl Iterator<Item = &Command> {
    of.get_subcommands()
        .filter(|command| command.get_name() != "help" && !command.is_hide_set())
}

/// A command, then those below it.
fn section(text: &mut String, above: &str, command: &Command) {
    let name = format!("{above} {}", command.get_name());
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let _ = writeln!(text, "\n## `{name}`\n\n{about}.");
    if commands(command).next().is_none() {
        let places: Vec<String> = command.get_positionals().map(place).collect();
        let line = format!("{name} [OPTIONS] {}", places.join(" "));
        let _ = writeln!(text, "\n```\n{}\n```\n", line.trim_end());
        let own = command
            .get_arguments()
            .filter(|argument| shown(argument) && !argument.is_global_set());
        options(text, own);
    }
    for below in commands(command) {
        section(text, &name, below);
    }
}

/// In brackets what may be left out, with dots what may come several times.
fn place(argument: &Arg) -> String {
    let name = value_name(argument);
    let several = argument
        .get_num_args()
        .is_some_and(|number| number.max_values() > 1);
    let dots = if several { "…" } else { "" };
    if argument.is_required_set() {
        format!("{name}{dots}")
    } else {
        format!("[{name}]{dots}")
    }
}

fn shown(argument: &Arg) -> bool {
    !matches!(argument.get_id().as_str(), "help" | "version") && !argument.is_hide_set()
}

fn options<'a>(text: &mut String, arguments: impl Iterator<Item = &'a Arg>) {
    text.push_str("| option | what it does | default | environment |\n| --- | --- | --- | --- |\n");
    for argument in arguments {
        let (about, default) = about(argument);
        let environment = argument
            .get_env()
            .map(|name| format!("`{}`", name.to_string_lossy()))
            .unwrap_or_default();
        let synopsis = synopsis(argument);
        let _ = writeln!(text, "| {synopsis} | {about} | {default} | {environment} |");
    }
}

fn synopsis(argument: &Arg) -> String {
    let takes_value = argument.get_action().takes_values();
    let value = if takes_value {
        format!(" {}", value_name(argument))
    } else {
        String::new()
    };
    match (argument.get_short(), argument.get_long()) {
        (Some(short), Some(long)) => format!("`-{short}`, `--{long}{value}`"),
        (None, Some(long)) => format!("`--{long}{value}`"),
        _ => format!("`{}`", value_name(argument)),
    }
}

fn value_name(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    names
        .iter()
        .map(clap::builder::Str::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}

/// The help text with the possible values, and the default, which some texts hold themselves as `[default: …]`.
fn about(argument: &Arg) -> (String, String) {
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let (mut help, told) = match help.split_once(" [default: ") {
        Some((help, default)) => (help.to_owned(), default.trim_end_matches(']').to_owned()),
        None => (help, String::new()),
    };
    let mut values = Vec::new();
    if argument.get_action().takes_values() {
        for value in argument.get_possible_values() {
            let about = value
                .get_help()
                .map(|help| format!(" ({help})"))
                .unwrap_or_default();
            values.push(format!("`{}`{about}", value.get_name()));
        }
    }
    if !values.is_empty() {
        let _ = write!(help, ": {}", values.join(", "));
    }
    let defaults = argument.get_default_values();
    let default = match defaults {
        _ if !argument.get_action().takes_values() => told, // a flag is off by default
        [] => told,
        _ => defaults
            .iter()
            .map(|value| format!("`{}`", value.to_string_lossy()))
            .collect::<Vec<_>>()
            .join(" "),
    };
    (help.replace('|', "\\|"), default)
}
