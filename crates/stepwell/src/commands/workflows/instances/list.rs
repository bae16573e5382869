//! `stepwell workflows instances list`

use super::super::{json, labels};
use super::trigger;
use crate::arguments::InstancesListArguments;
use crate::commands::place::{About, connect, explain};
use crate::commands::watch::{Shown, show};
use crate::printer::table::{Cell, Column, Cut, table};
use crate::printer::{Printer, moment, terminal};
use clap::ValueEnum as _;
use stepwell_client::types::Summary;
use stepwell_client::{Api, Filter};

const ID: Column = Column {
    title: "Instance ID",
    cut: Cut::Last,
};
const VERSION: Column = Column {
    title: "Version",
    cut: Cut::First,
};
const CREATED: Column = Column {
    title: "Created",
    cut: Cut::First,
};
const MODIFIED: Column = Column {
    title: "Modified",
    cut: Cut::First,
};
const STATUS: Column = Column {
    title: "Status",
    cut: Cut::Last,
};

pub(super) fn run(arguments: &InstancesListArguments, printer: &Printer) -> anyhow::Result<()> {
    let name = arguments.workflow.name.as_str();
    let filter = filter(arguments)?;
    let api = connect(&arguments.workflow.place)?;
    show(&arguments.watch, || {
        let answer = api
            .instances(name, &filter)
            .map_err(|error| explain(&error, &api, About::Workflow))?;
        let mut sorted: Vec<serde_json::Value> = answer.read()?;
        let created =
            |instance: &serde_json::Value| instance["created_on"].as_str().unwrap_or_default().to_owned();
        sorted.sort_by_key(created);
        if !filter.reverse {
            sorted.reverse();
        }
        if arguments.workflow.output.json {
            return Ok(Shown::now(json(&sorted.into()), &answer.result));
        }
        let instances: Vec<Summary> = serde_json::from_value(sorted.into())?;
        if instances.is_empty() {
            printer.warning(&nothing(&api, name, &filter));
            return Ok(Shown::now(String::new(), &answer.result));
        }
        let count = labels::count(instances.len(), "instance");
        let rows = rows(&instances, api.is_local());
        let text = format!("Showing {count} from page {}:\n{rows}", filter.page);
        Ok(Shown::now(text, &answer.result))
    })
}

fn filter(arguments: &InstancesListArguments) -> anyhow::Result<Filter> {
    let date = |text: &Option<String>, option: &str, end: bool| {
        text.as_deref()
            .map(|text| day_or_time(text, option, end))
            .transpose()
    };
    let date_start = date(&arguments.date_start, "--date-start", false)?;
    let date_end = date(&arguments.date_end, "--date-end", true)?;
    if let (Some(start), Some(end)) = (&date_start, &date_end)
        && moment::parse(start) > moment::parse(end)
    {
        anyhow::bail!(
            "--date-start ({start}) must not be after --date-end ({end}). Update --date-start or --date-end so --date-start is \
             before or equal to --date-end."
        );
    }
    let status = arguments
        .status
        .and_then(|status| Some(status.to_possible_value()?.get_name().to_owned()));
    Ok(Filter {
        status,
        date_start,
        date_end,
        reverse: arguments.reverse,
        per_page: arguments.per_page,
        page: arguments.page,
    })
}

/// A day becomes its first or last moment; a time stays what it is.
fn day_or_time(text: &str, option: &str, end: bool) -> anyhow::Result<String> {
    let time = if end { "T23:59:59.999Z" } else { "T00:00:00.000Z" };
    let whole = if text.contains('T') {
        text.to_owned()
    } else {
        format!("{text}{time}")
    };
    match moment::parse(&whole) {
        Some(_) => Ok(whole),
        None => anyhow::bail!(
            "{option}: \"{text}\" is no date\nhint: write 2026-01-31, or 2026-01-31T13:00:00Z (UTC)"
        ),
    }
}

fn nothing(api: &Api, name: &str, filter: &Filter) -> String {
    let filtered = filter.status.is_some() || filter.date_start.is_some() || filter.date_end.is_some();
    match filter.page {
        1 if filtered => format!("No instances in workflow \"{name}\" matched the provided filters."),
        1 => format!(
            "There are no instances in workflow \"{name}\". You can trigger it with \"{}\"",
            trigger(api, name)
        ),
        page => format!("No instances found on page {page}. Please try a smaller page number."),
    }
}

fn rows(instances: &[Summary], local: bool) -> String {
    let now_ms = moment::now_ms();
    // A local session has no versions.
    let columns: &[Column] = if local {
        &[ID, CREATED, STATUS]
    } else {
        &[ID, STATUS, CREATED, MODIFIED, VERSION]
    };
    let rows: Vec<Vec<Cell>> = instances
        .iter()
        .map(|instance| {
            let id = Cell::new(instance.id.as_str());
            let created = labels::time_cell(instance.created_on.as_deref(), now_ms);
            let status = labels::status_cell(&instance.status);
            if local {
                return vec![id, created, status];
            }
            let modified = labels::time_cell(instance.modified_on.as_deref(), now_ms);
            let version = instance.version_id.clone().unwrap_or_default();
            let short: String = version.chars().take(8).collect();
            vec![id, status, created, modified, Cell::new(version).or_short(short)]
        })
        .collect();
    table(columns, &rows, terminal::table_width())
}
