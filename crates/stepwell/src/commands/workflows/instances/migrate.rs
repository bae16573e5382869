//! `stepwell workflows instances migrate`

use super::super::{done, labels};
use crate::arguments::MigrateArguments;
use crate::commands::place::{About, connect, explain};
use stepwell_client::Migrate;

pub(super) fn run(arguments: &MigrateArguments) -> anyhow::Result<()> {
    let name = arguments.workflow.name.as_str();
    let api = connect(&arguments.workflow.place)?;
    if api.is_local() {
        anyhow::bail!("a local dev session has one version: its instances follow the code anyway");
    }
    let ids = arguments.ids.iter().map(|id| super::id_of(&api, name, id));
    let which = Migrate {
        version: arguments.version_id.clone(),
        instances: ids.collect::<anyhow::Result<_>>()?,
    };
    let answer = api
        .migrate(name, &which)
        .map_err(|error| explain(&error, &api, About::VersionOf(name)))?;
    let list = |field: &str| {
        answer.result[field]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
    };
    let version = answer.result["version_id"].as_str().unwrap_or_default();
    let moved = labels::count(list("moved").len(), "instance");
    done(
        arguments.workflow.output.json,
        &answer.result,
        &format!("🚚 {moved} from {name} moved to version {version}"),
    );
    let refused = list("refused");
    if refused.is_empty() {
        return Ok(());
    }
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let lines: Vec<String> = refused
        .iter()
        .map(|one| format!("  - {}: {}", text(&one["id"]), text(&one["reason"])))
        .collect();
    anyhow::bail!(
        "{} stayed where they were:\n{}",
        labels::count(refused.len(), "instance"),
        lines.join("\n")
    )
}
