//! `stepwell account`: which accounts a server has.

use super::offline;
use super::place::{About, connect_to_installation, explain};
use super::token::{shown, text};
use super::workflows::time_cell;
use crate::arguments::{AccountCommand, AccountCreateArguments, AccountPlaceArguments};
use crate::printer::table::{Cell, Column, Cut, table};
use crate::printer::{moment, terminal};
use serde_json::{Value, json};
use std::process::ExitCode;
use stepwell_client::{Answer, Api, Error, Method};
use stepwell_control::model::Account;
use stepwell_core::value::iso_string;

const COLUMNS: [Column; 3] = [
    Column {
        title: "Id",
        cut: Cut::Last,
    },
    Column {
        title: "Name",
        cut: Cut::First,
    },
    Column {
        title: "Created",
        cut: Cut::First,
    },
];

pub(crate) fn run(command: &AccountCommand) -> anyhow::Result<ExitCode> {
    match command {
        AccountCommand::Create(arguments) => create(arguments)?,
        AccountCommand::List(arguments) => list(&arguments.place, arguments.json)?,
        AccountCommand::Delete(arguments) => {
            let id = arguments.id.as_str();
            let result = match &arguments.place.data {
                Some(data) => offline::with(data, async |control| {
                    control.delete_account(id, false).await?;
                    Ok(json!({ "id": id }))
                })?,
                None => asked(&arguments.place, |api| {
                    let query = [("force", arguments.force.to_string())];
                    api.change_with(&Method::DELETE, &["accounts", id], &query)
                })?,
            };
            shown(arguments.json, &result, || format!("Deleted the account {id}"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn asked(
    place: &AccountPlaceArguments,
    ask: impl FnOnce(&Api) -> Result<Answer, Error>,
) -> anyhow::Result<Value> {
    let api = connect_to_installation(&place.server)?;
    let answer = ask(&api).map_err(|error| explain(&error, &api, About::Installation))?;
    Ok(answer.result)
}

fn create(arguments: &AccountCreateArguments) -> anyhow::Result<()> {
    let id = arguments.id.as_str();
    let name = arguments.name.as_deref().unwrap_or(id);
    let result = match &arguments.place.data {
        Some(data) => offline::with(data, async |control| {
            Ok(shape(&*control.create_account(id, name).await?))
        })?,
        None => asked(&arguments.place, |api| {
            let body = json!({ "id": id, "name": name });
            api.send(&Method::POST, &["accounts"], Some(&body))
        })?,
    };
    shown(arguments.json, &result, || {
        format!(
            "Made the account {id}\nIts first token: stepwell token create admin --scope admin --account {id}"
        )
    });
    Ok(())
}

fn list(place: &AccountPlaceArguments, as_json: bool) -> anyhow::Result<()> {
    let result = match &place.data {
        Some(data) => offline::with(data, async |control| {
            Ok(control.accounts().iter().map(|account| shape(account)).collect())
        })?,
        None => asked(place, |api| {
            api.get(&["accounts"], &[("per_page", "100".to_owned())])
        })?,
    };
    let now_ms = moment::now_ms();
    shown(as_json, &result, || {
        let accounts = result.as_array().map(Vec::as_slice).unwrap_or_default();
        let rows: Vec<Vec<Cell>> = accounts
            .iter()
            .map(|account| {
                vec![
                    Cell::new(text(&account["id"])),
                    Cell::new(text(&account["name"])),
                    time_cell(account["created_on"].as_str(), now_ms),
                ]
            })
            .collect();
        table(&COLUMNS, &rows, terminal::table_width())
    });
    Ok(())
}

/// As the API shows it.
fn shape(account: &Account) -> Value {
    json!({
        "id": account.id,
        "name": account.name,
        "created_on": iso_string(account.created_ms as f64),
    })
}
