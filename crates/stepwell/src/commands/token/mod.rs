//! `stepwell token`: who may do what on a server.

mod offline;

use super::place::{About, connect_to_server, explain};
use super::workflows::time_cell;
use crate::arguments::{TokenCommand, TokenCreateArguments, TokenPlaceArguments};
use crate::printer::table::{Cell, Column, Cut, table};
use crate::printer::{self, Printer, moment, terminal};
use clap::ValueEnum as _;
use serde_json::{Value, json};
use std::process::ExitCode;
use stepwell_client::{Answer, Api, Error, Method};

const COLUMNS: [Column; 5] = [
    Column {
        title: "Id",
        cut: Cut::Last,
    },
    Column {
        title: "Name",
        cut: Cut::First,
    },
    Column {
        title: "Scope",
        cut: Cut::Last,
    },
    Column {
        title: "Created",
        cut: Cut::First,
    },
    Column {
        title: "Last used",
        cut: Cut::First,
    },
];

pub(crate) fn run(command: &TokenCommand, printer: &Printer) -> anyhow::Result<ExitCode> {
    match command {
        TokenCommand::Create(arguments) => create(arguments, printer)?,
        TokenCommand::List(arguments) => list(&arguments.place, arguments.json)?,
        TokenCommand::Revoke(arguments) => {
            let id = arguments.id.as_str();
            let result = match &arguments.place.data {
                Some(data) => offline::revoke(data, &arguments.place.server.account, id)?,
                None => asked(&arguments.place, |api| {
                    api.send(&Method::DELETE, &["tokens", id], None)
                })?,
            };
            shown(arguments.json, &result, || format!("Revoked the token {id}"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn asked(
    place: &TokenPlaceArguments,
    ask: impl FnOnce(&Api) -> Result<Answer, Error>,
) -> anyhow::Result<Value> {
    let api = connect_to_server(&place.server)?;
    let answer = ask(&api).map_err(|error| explain(&error, &api, About::Account))?;
    Ok(answer.result)
}

fn create(arguments: &TokenCreateArguments, printer: &Printer) -> anyhow::Result<()> {
    let (place, name) = (&arguments.place, arguments.name.as_str());
    let result = if let Some(data) = &place.data {
        offline::create(data, &place.server.account, name, arguments.scope)?
    } else {
        let scope = arguments.scope.to_possible_value();
        let scope = scope.as_ref().map(clap::builder::PossibleValue::get_name);
        let body = json!({ "name": name, "scope": scope });
        asked(place, |api| api.send(&Method::POST, &["tokens"], Some(&body)))?
    };
    // The token alone is data, so that it can be taken into a variable.
    shown(arguments.json, &result, || text(&result["value"]));
    if !arguments.json {
        printer.note("It is shown this once: keep it where secrets are kept, as CLOUDFLARE_API_TOKEN");
    }
    Ok(())
}

fn list(place: &TokenPlaceArguments, as_json: bool) -> anyhow::Result<()> {
    let result = match &place.data {
        Some(data) => offline::list(data, &place.server.account)?,
        None => asked(place, |api| {
            api.get(&["tokens"], &[("per_page", "100".to_owned())])
        })?,
    };
    let now_ms = moment::now_ms();
    shown(as_json, &result, || {
        let tokens = result.as_array().map(Vec::as_slice).unwrap_or_default();
        let rows: Vec<Vec<Cell>> = tokens
            .iter()
            .map(|token| {
                vec![
                    Cell::new(text(&token["id"])),
                    Cell::new(text(&token["name"])),
                    Cell::new(text(&token["scope"])),
                    time_cell(token["issued_on"].as_str(), now_ms),
                    match token["last_used_on"].as_str() {
                        Some(time) => time_cell(Some(time), now_ms),
                        None => Cell::new("never"),
                    },
                ]
            })
            .collect();
        table(&COLUMNS, &rows, terminal::table_width())
    });
    Ok(())
}

pub(super) fn shown(as_json: bool, result: &Value, sentence: impl FnOnce() -> String) {
    if as_json {
        printer::data(&serde_json::to_string_pretty(result).unwrap_or_default());
    } else {
        printer::data(&sentence());
    }
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
