//! `stepwell workflows versions`, and the versions that others show.

use super::{json, labels};
use crate::arguments::VersionsListArguments;
use crate::commands::place::{About, connect, explain};
use crate::printer::table::{Cell, Column, Cut, table};
use crate::printer::{self, Printer, moment, terminal};
use stepwell_client::types::Version;
use stepwell_client::{Api, Error};

const COLUMNS: [Column; 5] = [
    Column {
        title: "Version",
        cut: Cut::Last,
    },
    Column {
        title: "Id",
        cut: Cut::Last,
    },
    Column {
        title: "Worker version",
        cut: Cut::First,
    },
    Column {
        title: "Created",
        cut: Cut::First,
    },
    Column {
        title: "Live",
        cut: Cut::Last,
    },
];

/// Most that a page has.
const PAGE: u32 = 100;

pub(super) fn list(arguments: &VersionsListArguments, printer: &Printer) -> anyhow::Result<()> {
    let name = arguments.workflow.name.as_str();
    let api = connect(&arguments.workflow.place)?;
    if api.is_local() {
        anyhow::bail!("a local dev session has one version: its instances follow the code anyway");
    }
    let answer = api
        .versions(name, arguments.page, arguments.per_page)
        .map_err(|error| explain(&error, &api, About::Workflow))?;
    if arguments.workflow.output.json {
        printer::data(&json(&answer.result));
        return Ok(());
    }
    let versions: Vec<Version> = answer.read()?;
    if versions.is_empty() {
        printer.warning(&format!(
            "No versions found on page {}. Please try a smaller page number.",
            arguments.page
        ));
        return Ok(());
    }
    let now_ms = moment::now_ms();
    let rows: Vec<Vec<Cell>> = versions
        .iter()
        .map(|version| {
            vec![
                Cell::new(
                    version
                        .number
                        .map(|number| number.to_string())
                        .unwrap_or_default(),
                ),
                Cell::new(version.id.as_str()),
                Cell::new(version.script_version_id.clone().unwrap_or_default()),
                labels::time_cell(version.created_on.as_deref(), now_ms),
                Cell::new(version.percentage.map(share).unwrap_or_default()),
            ]
        })
        .collect();
    let count = labels::count(versions.len(), "version");
    printer::data(&format!(
        "Showing {count} from page {}:\n{}",
        arguments.page,
        table(&COLUMNS, &rows, terminal::table_width())
    ));
    Ok(())
}

/// `90%`
pub(super) fn share(percentage: f64) -> String {
    format!("{percentage}%")
}

/// The newest version of a Workflow, and the live ones with the greatest share first.
pub(super) fn newest_and_live(
    api: &Api,
    name: &str,
) -> Result<(Option<serde_json::Value>, Vec<serde_json::Value>), Error> {
    let percentage = |version: &serde_json::Value| version["percentage"].as_f64();
    let (mut newest, mut live) = (None, Vec::new());
    for page in 1.. {
        let found: Vec<serde_json::Value> = api.versions(name, page, Some(PAGE))?.read()?;
        newest = newest.or_else(|| found.first().cloned());
        let is_last = found.len() < PAGE as usize;
        live.extend(found.into_iter().filter(|version| percentage(version).is_some()));
        // A rounding error is far below this.
        if is_last || live.iter().filter_map(percentage).sum::<f64>() > 99.0 {
            break;
        }
    }
    let share = |version: &serde_json::Value| percentage(version).unwrap_or_default();
    live.sort_by(|one, other| share(other).total_cmp(&share(one)));
    Ok((newest, live))
}
