//! `stepwell workflows describe`

use super::{json, labels, versions};
use crate::arguments::DescribeArguments;
use crate::commands::place::{About, connect, explain};
use crate::commands::watch::{Shown, show};
use crate::printer::moment;
use serde_json::{Value, json};
use stepwell_client::types::{Version, Workflow};
use stepwell_client::{Answer, Api};

pub(super) fn run(arguments: &DescribeArguments) -> anyhow::Result<()> {
    let name = arguments.workflow.name.as_str();
    let api = connect(&arguments.workflow.place)?;
    show(&arguments.watch, || {
        let explained = |error| explain(&error, &api, About::Workflow);
        let workflow = api.workflow(name).map_err(explained)?;
        let versions = if api.is_local() {
            None
        } else {
            Some(Versions::of(&api, name)?)
        };
        let mut whole = workflow.result.clone();
        if let Some(versions) = &versions {
            whole["latest_version"] = json!(versions.newest);
            whole["live_versions"] = json!(versions.live);
            whole["follow_latest"] = json!(versions.follow_latest);
        }
        let text = if arguments.workflow.output.json {
            json(&whole)
        } else {
            text(&workflow, versions)?
        };
        Ok(Shown::now(text, &whole))
    })
}

/// What a server knows of the versions. A local session has one, without an id.
struct Versions {
    newest: Option<Value>,
    live: Vec<Value>,
    follow_latest: bool,
}

impl Versions {
    fn of(api: &Api, name: &str) -> anyhow::Result<Self> {
        let explained = |error| explain(&error, api, About::Workflow);
        let (newest, live) = versions::newest_and_live(api, name).map_err(explained)?;
        let setting = api.follows_latest(name).map_err(explained)?;
        Ok(Self {
            newest,
            live,
            follow_latest: setting.result["enabled"] == true,
        })
    }
}

/// `Latest Version:` and `Live Version:` with what is below them.
fn blocks(versions: Versions) -> anyhow::Result<Vec<String>> {
    let now_ms = moment::now_ms();
    let time = |time: &Option<String>| labels::time_text(time.as_deref(), now_ms);
    let mut blocks = Vec::new();
    if let Some(newest) = versions.newest {
        let newest: Version = serde_json::from_value(newest)?;
        let fields = labels::fields(&[
            ("Id", Some(newest.id.clone())),
            ("Created On", time(&newest.created_on)),
            ("Modified On", time(&newest.modified_on)),
        ]);
        blocks.push(format!("Latest Version:\n{}", indented(&fields)));
    }
    let live: Vec<Version> = serde_json::from_value(versions.live.into())?;
    let lines: Vec<String> = live
        .iter()
        .map(|version| {
            let share = version.percentage.map(versions::share).unwrap_or_default();
            let script = version.script_version_id.as_deref().unwrap_or_default();
            format!(
                "  {} ({share} of new instances, Worker version {script})",
                version.id
            )
        })
        .collect();
    match lines.len() {
        0 => {}
        1 => blocks.push(format!("Live Version:\n{}", lines.join("\n"))),
        _ => blocks.push(format!("Live Versions:\n{}", lines.join("\n"))),
    }
    Ok(blocks)
}

fn text(answer: &Answer, versions: Option<Versions>) -> anyhow::Result<String> {
    let now_ms = moment::now_ms();
    let workflow: Workflow = answer.read()?;
    let follows = versions.as_ref().map(|versions| {
        let text = if versions.follow_latest {
            "on: instances go on in the live version"
        } else {
            "off: instances stay on the version that they started on"
        };
        text.to_owned()
    });
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
        ("Follow Latest", follows),
    ])];
    if let Some(versions) = versions {
        blocks.extend(self::blocks(versions)?);
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
