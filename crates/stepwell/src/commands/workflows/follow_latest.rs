//! `stepwell workflows follow-latest`

use super::done;
use crate::arguments::FollowLatestArguments;
use crate::commands::place::{About, connect, explain};

pub(super) fn run(arguments: &FollowLatestArguments) -> anyhow::Result<()> {
    let name = arguments.workflow.name.as_str();
    let api = connect(&arguments.workflow.place)?;
    if api.is_local() {
        anyhow::bail!("a local dev session has one version: its instances follow the code anyway");
    }
    let answer = if arguments.status {
        api.follows_latest(name)
    } else {
        api.follow_latest(name, !arguments.off)
    };
    let answer = answer.map_err(|error| explain(&error, &api, About::Workflow))?;
    let sentence = if answer.result["enabled"] == true {
        format!("Instances of {name} go on in its live version")
    } else {
        format!("Instances of {name} stay on the version that they are on")
    };
    done(arguments.workflow.output.json, &answer.result, &sentence);
    Ok(())
}
