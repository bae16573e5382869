//! `stepwell completions`

use crate::arguments::{Arguments, CompletionsArguments, Shell};
use crate::printer;
use clap::CommandFactory as _;
use std::process::ExitCode;

pub(crate) fn run(arguments: &CompletionsArguments) -> ExitCode {
    let shell = match arguments.shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Elvish => clap_complete::Shell::Elvish,
        Shell::Fish => clap_complete::Shell::Fish,
        Shell::Powershell => clap_complete::Shell::PowerShell,
        Shell::Zsh => clap_complete::Shell::Zsh,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "stepwell", &mut script);
    printer::data(String::from_utf8_lossy(&script).trim_end());
    ExitCode::SUCCESS
}
