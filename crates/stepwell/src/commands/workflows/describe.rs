//! `stepwell workflows describe`

use super::{json, labels};
use crate::arguments::DescribeArguments;
use crate::commands::place::{About, connect, explain};
use crate::commands::watch::{Shown, show};
use crate::printer::moment;
use stepwell_client::Answer;
use stepwell_client::types::{Version, Workflow};

pub(super) fn run(arguments: &DescribeArguments) -> anyhow::Result<()> {
    let name = arguments.workflow.name.as_str();
    let api = connect(&arguments.workflow.place)?;
    show(&arguments.watch, || {
        let explained = |error| explain(&error, &api, About::Workflow);
        let mut workflow = api.workflow(name).map_err(explained)?;
        // A local session has one version, without an id.
        let versions = if api.is_local() {
            None
        } else {
            Some(api.versions(name).map_err(explained)?)
        };
        let latest = versions
            .as_ref()
            .and_then(|versions| versions.result.get(0).cloned());
        if arguments.workflow.output.json {
            if let Some(latest) = latest {
                workflow.result["latest_version"] = latest;
            }
            return Ok(Shown::now(json(&workflow.result)));
        }
        text(&workflow, versions.as_ref()).map(Shown::now)
    })
}

fn text(answer: &Answer, versions: Option<&Answer>) -> anyhow::Result<String> {
    let now_ms = moment::now_ms();
    let workflow: Workflow = answer.read()?;
    let time = |time: &Option<String>| labels::time_text(time.as_deref(), now_ms);
    let mut blocks = vec![labels::fields(&[
        ("Name", Some(workflow.name.clone())),
        ("Id", workflow.id.clone()),
        ("Script Name", workflow.script_name.clone()),
        ("Class Name", workflow.class_name.clone()),
        ("Created On", time(&workflow.created_on)),
        ("Modified On", time(&workflow.modified_on)),
        ("Last Triggered", time(&workflow.triggered_on)),
        (
            "Inactive",
            workflow
                .script_deleted
                .then(|| "its Worker was deleted".to_owned()),
        ),
    ])];
    if let Some(versions) = versions {
        let versions: Vec<Version> = versions.read()?;
        if let Some(latest) = versions.first() {
            let of_version = labels::fields(&[
                ("Id", Some(latest.id.clone())),
                ("Created On", time(&latest.created_on)),
                ("Modified On", time(&latest.modified_on)),
            ]);
            blocks.push(format!("Latest Version:\n{}", indented(&of_version)));
        }
    }
    if !workflow.schedules.is_empty() {
        let lines = workflow
            .schedules
            .iter()
            .map(|schedule| match time(&schedule.next_instance) {
                Some(next) => format!("  {}  next {next}", schedule.cron),
                None => format!("  {}", schedule.cron),
            });
        blocks.push(format!("Schedules:\n{}", lines.collect::<Vec<_>>().join("\n")));
    }
    let counts: Vec<String> = workflow
        .instances
        .iter()
        .map(|(status, count)| format!("  {status}: {count}"))
        .collect();
    if !counts.is_empty() {
        blocks.push(format!("Instance Status Counts:\n{}", counts.join("\n")));
    }
    Ok(blocks.join("\n"))
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| format!("  {line}"))
        .collect::<Vec<_>>()
        .join("\n")
}
