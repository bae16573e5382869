//! `stepwell workflows list`

use super::{json, labels};
use crate::arguments::ListArguments;
use crate::commands::place::{About, connect, explain};
use crate::commands::watch::{Shown, show};
use crate::printer::table::{Cell, Column, Cut, table};
use crate::printer::{Printer, moment, terminal};
use stepwell_client::types::Workflow;

const COLUMNS: [Column; 6] = [
    Column {
        title: "Name",
        cut: Cut::Last,
    },
    Column {
        title: "Script name",
        cut: Cut::Last,
    },
    Column {
        title: "Class name",
        cut: Cut::First,
    },
    Column {
        title: "Created",
        cut: Cut::First,
    },
    Column {
        title: "Modified",
        cut: Cut::First,
    },
    Column {
        title: "Instances",
        cut: Cut::First,
    },
];

pub(super) fn run(arguments: &ListArguments, printer: &Printer) -> anyhow::Result<()> {
    let api = connect(&arguments.place)?;
    show(&arguments.watch, || {
        let answer = api
            .workflows(arguments.page, arguments.per_page)
            .map_err(|error| explain(&error, &api, About::Account))?;
        if arguments.output.json {
            return Ok(Shown::now(json(&answer.result), &answer.result));
        }
        let workflows: Vec<Workflow> = answer.read()?;
        if workflows.is_empty() {
            printer.warning(&nothing(arguments.page, api.is_local()));
            return Ok(Shown::now(String::new(), &answer.result));
        }
        let head = if api.is_local() {
            format!(
                "Showing {} from local dev session:",
                labels::count(workflows.len(), "workflow")
            )
        } else {
            format!(
                "Showing {} from page {}:",
                labels::count(workflows.len(), "workflow"),
                arguments.page
            )
        };
        let text = format!("{head}\n{}", rows(&workflows, api.is_local()));
        Ok(Shown::now(text, &answer.result))
    })
}

fn nothing(page: u32, local: bool) -> String {
    match (page, local) {
        (1, true) => "There are no Workflows in the local dev session\nhint: bind one with `workflows` in wrangler.jsonc".to_owned(),
        (1, false) => "There are no deployed Workflows in this account\nhint: deploy one with: stepwell deploy DIR".to_owned(),
        (page, _) => format!("No Workflows found on page {page}. Please try a smaller page number."),
    }
}

fn rows(workflows: &[Workflow], local: bool) -> String {
    let now_ms = moment::now_ms();
    let text = |text: &Option<String>| Cell::new(text.clone().unwrap_or_default());
    // A local session knows no times and no counts.
    let columns = if local { &COLUMNS[..3] } else { &COLUMNS[..] };
    let rows: Vec<Vec<Cell>> = workflows
        .iter()
        .map(|workflow| {
            let mut row = vec![
                Cell::new(workflow.name.as_str()),
                text(&workflow.script_name),
                text(&workflow.class_name),
            ];
            if !local {
                row.push(labels::time_cell(workflow.created_on.as_deref(), now_ms));
                row.push(labels::time_cell(workflow.modified_on.as_deref(), now_ms));
                row.push(Cell::new(workflow.instances.values().sum::<u64>().to_string()));
            }
            row
        })
        .collect();
    table(columns, &rows, terminal::table_width())
}
