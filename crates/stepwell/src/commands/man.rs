//! `stepwell man`

use crate::arguments::{Arguments, ManArguments};
use crate::printer;
use anyhow::Context as _;
use clap::CommandFactory as _;
use std::process::ExitCode;

pub(crate) fn run(arguments: &ManArguments) -> anyhow::Result<ExitCode> {
    let program = Arguments::command();
    if let Some(directory) = &arguments.out {
        std::fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
        clap_mangen::generate_to(program, directory)
            .with_context(|| format!("cannot write to {}", directory.display()))?;
    } else {
        let mut page = Vec::new();
        clap_mangen::Man::new(program).render(&mut page)?;
        printer::data(String::from_utf8_lossy(&page).trim_end());
    }
    Ok(ExitCode::SUCCESS)
}
