//! `stepwell workflows instances`

mod change;
mod delete;
mod describe;
mod detail;
mod list;
mod migrate;
mod send_event;
mod terminate_all;

use crate::arguments::{InstanceArguments, InstancesCommand};
use crate::commands::place::{About, connect, explain};
use crate::printer::Printer;
use stepwell_client::types::Summary;
use stepwell_client::{Api, Filter};

pub(super) fn run(command: &InstancesCommand, printer: &Printer) -> anyhow::Result<()> {
    match command {
        InstancesCommand::List(arguments) => list::run(arguments, printer),
        InstancesCommand::Describe(arguments) => describe::run(arguments),
        InstancesCommand::SendEvent(arguments) => send_event::run(arguments),
        InstancesCommand::Pause(arguments) => change::pause(arguments),
        InstancesCommand::Resume(arguments) => change::resume(arguments),
        InstancesCommand::Terminate(arguments) => change::terminate(arguments),
        InstancesCommand::Restart(arguments) => change::restart(arguments),
        InstancesCommand::Delete(arguments) => delete::run(arguments),
        InstancesCommand::TerminateAll(arguments) => terminate_all::run(arguments),
        InstancesCommand::Migrate(arguments) => migrate::run(arguments),
    }
}

/// An instance that the arguments name, and the API that has it.
struct Named<'a> {
    api: Api,
    workflow: &'a str,
    id: String,
}

impl<'a> Named<'a> {
    fn by(arguments: &'a InstanceArguments) -> anyhow::Result<Self> {
        let api = connect(&arguments.place)?;
        let id = id_of(&api, &arguments.name, &arguments.id)?;
        Ok(Self {
            api,
            workflow: &arguments.name,
            id,
        })
    }

    fn explain(&self, error: &stepwell_client::Error) -> anyhow::Error {
        explain(error, &self.api, About::Instance(self.workflow, &self.id))
    }
}

/// The id that was meant: `latest` is the newest instance.
pub(crate) fn id_of(api: &Api, workflow: &str, id: &str) -> anyhow::Result<String> {
    if id == "latest" {
        latest(api, workflow)
    } else {
        Ok(id.to_owned())
    }
}

fn latest(api: &Api, workflow: &str) -> anyhow::Result<String> {
    let filter = Filter {
        page: 1,
        ..Filter::default()
    };
    let answer = api
        .instances(workflow, &filter)
        .map_err(|error| explain(&error, api, About::Workflow))?;
    let instances: Vec<Summary> = answer.read()?;
    match instances
        .into_iter()
        .max_by(|one, two| one.created_on.cmp(&two.created_on))
    {
        Some(newest) => Ok(newest.id),
        None => anyhow::bail!(
            "{}\nhint: start one with: {}",
            none(api, workflow),
            trigger(api, workflow)
        ),
    }
}

/// That there are none, in wrangler's words.
fn none(api: &Api, workflow: &str) -> String {
    let what = if api.is_local() {
        "instances"
    } else {
        "deployed instances"
    };
    format!("There are no {what} in workflow \"{workflow}\"")
}

/// The command that starts one.
fn trigger(api: &Api, workflow: &str) -> String {
    let local = if api.is_local() { " --local" } else { "" };
    format!("stepwell workflows trigger {workflow}{local}")
}
