//! `stepwell workflows instances describe`

use super::super::json;
use super::{detail, id_of};
use crate::arguments::InstanceDescribeArguments;
use crate::commands::place::{About, connect, explain};
use crate::commands::watch::{Shown, show};
use crate::printer::{moment, terminal, timeline};
use stepwell_client::types::Instance;

pub(super) fn run(arguments: &InstanceDescribeArguments) -> anyhow::Result<()> {
    let name = arguments.workflow.name.as_str();
    let api = connect(&arguments.workflow.place)?;
    let id = id_of(&api, name, &arguments.id)?;
    show(&arguments.watch, || {
        let answer = api
            .instance(name, &id)
            .map_err(|error| explain(&error, &api, About::Instance(name, &id)))?;
        let instance: Instance = answer.read()?;
        let text = if arguments.workflow.output.json {
            let mut whole = serde_json::json!({ "id": id });
            if let (Some(whole), Some(fields)) = (whole.as_object_mut(), answer.result.as_object()) {
                whole.extend(fields.clone());
            }
            json(&whole)
        } else {
            text(arguments, &instance, &id)
        };
        let is_final = matches!(instance.status.as_str(), "complete" | "errored" | "terminated");
        Ok(Shown {
            text,
            facts: answer.result.to_string(),
            is_final,
        })
    })
}

fn text(arguments: &InstanceDescribeArguments, instance: &Instance, id: &str) -> String {
    let now_ms = moment::now_ms();
    let head = detail::head(&arguments.workflow.name, id, instance, now_ms);
    if arguments.timeline {
        let picture = timeline::timeline(instance, now_ms, terminal::width());
        return format!("{head}\n\n{picture}");
    }
    let output =
        (arguments.step_output && !arguments.no_step_output).then_some(arguments.truncate_output_limit);
    let steps = instance
        .steps
        .iter()
        .map(|step| detail::step(step, output, now_ms));
    let steps: Vec<String> = steps.collect();
    format!("{head}\nSteps:\n\n{}", steps.join("\n\n"))
        .trim_end()
        .to_owned()
}
