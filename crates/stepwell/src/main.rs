//! The command line: arguments → settings → command → printer.

mod arguments;
mod commands;
mod printer;
mod usage;

use arguments::Command;
use std::process::ExitCode;
use std::sync::Arc;

/// Gives memory back after a crowd of instances has passed, where the C library's allocator keeps it, and is faster.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let typed = usage::parse();
    let log = typed.log.clone();
    let arguments = commands::serve::with_file(typed);
    let printer = printer::Printer::install(arguments.as_ref().map_or(&log, |arguments| &arguments.log));
    let result = arguments.and_then(|arguments| run(arguments.command, &printer));
    match result {
        Ok(code) => code,
        Err(error) => {
            let code = error.downcast_ref::<commands::place::Explained>();
            printer.failed(&error, code.and_then(|explained| explained.code));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command, printer: &Arc<printer::Printer>) -> anyhow::Result<ExitCode> {
    match command {
        Command::Dev(dev) => commands::dev::run(&dev, printer),
        Command::Serve(serve) => commands::serve::run(&serve, printer),
        Command::Deploy(deploy) => commands::deploy::run(&deploy, printer),
        Command::Workflows(workflows) => commands::workflows::run(&workflows, printer),
        Command::Why(why) => commands::why::run(&why),
        Command::Tail(tail) => commands::tail::run(&tail, printer),
        Command::Account(account) => commands::account::run(&account),
        Command::Token(token) => commands::token::run(&token, printer),
        Command::Backup(backup) => commands::backup::run(&backup, printer),
        Command::Init(init) => commands::init::run(&init, printer),
        Command::Doctor(doctor) => commands::doctor::run(&doctor),
        Command::Completions(completions) => Ok(commands::completions::run(&completions)),
        Command::Man(man) => commands::man::run(&man),
    }
}
