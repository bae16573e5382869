//! `stepwell workflows delete`

use super::done;
use crate::arguments::NameArguments;
use crate::commands::place::{About, connect, explain};

pub(super) fn run(arguments: &NameArguments) -> anyhow::Result<()> {
    let name = arguments.name.as_str();
    let api = connect(&arguments.place)?;
    let answer = api
        .delete_workflow(name)
        .map_err(|error| explain(&error, &api, About::Workflow))?;
    let sentence = format!(
        "✅ Workflow \"{name}\" removed successfully.\n Note that running instances might take a few minutes to be properly \
         terminated."
    );
    done(arguments.output.json, &answer.result, &sentence);
    Ok(())
}
