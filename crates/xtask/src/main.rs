//! What this repository does to itself. `cargo xtask` lists the tasks.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what a task runner is for"
)]

mod command;
mod deny;
mod http;
mod smoke;
mod testing;
mod tools;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

const USAGE: &str = "cargo xtask verify      everything that has to hold: format, lints, tests, licences, the README's first command
cargo xtask generate    writes the generated pages under docs/
cargo xtask smoke       the last part of verify alone: the README's first command, with kill -9 in the middle";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let task = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["verify"] => verify::run,
        ["generate"] => verify::generate,
        ["smoke"] => smoke::run,
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprintln!("error: unknown task: {}\n\n{USAGE}", arguments.join(" "));
            return ExitCode::from(2);
        }
    };
    match task() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("\nerror: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// The repository.
fn root() -> PathBuf {
    let xtask = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    xtask
        .ancestors()
        .nth(2)
        .map_or_else(|| xtask.clone(), std::path::Path::to_path_buf)
}
