//! What a deployment would take from other Workers: said before anything is changed, as wrangler says it.

use super::triggers::own_workflows;
use crate::arguments::DeployArguments;
use crate::commands::place::{About, explain};
use crate::printer::{Printer, terminal};
use anyhow::bail;
use stepwell_client::Api;
use stepwell_client::types::Workflow as Known;
use stepwell_project::config::Config;

/// "There is no such Workflow": it will be made.
const WORKFLOW_NOT_FOUND: u32 = 10200;

/// Warns of Workflows that belong to other Workers and will be this one's, and asks if somebody can be asked. `false`: the
/// answer is no.
///
/// # Errors
/// What the server says; with `--strict` also such a Workflow where nobody can be asked.
pub(super) fn may_take_workflows(
    api: &Api,
    config: &Config,
    arguments: &DeployArguments,
    printer: &Printer,
) -> anyhow::Result<bool> {
    let script = config.name.as_str();
    let mut taken = Vec::new();
    for workflow in own_workflows(config) {
        let known = match api.workflow(&workflow.name) {
            Ok(answer) => answer.read::<Known>()?,
            Err(error) if error.has_code(WORKFLOW_NOT_FOUND) => continue,
            Err(error) => return Err(explain(&error, api, About::Account)),
        };
        if let Some(owner) = known.script_name.filter(|owner| owner != script) {
            taken.push(format!(
                "  - \"{}\" (currently belongs to \"{owner}\")",
                workflow.name
            ));
        }
    }
    if taken.is_empty() {
        return Ok(true);
    }
    printer.warning(&format!(
        "The following workflow(s) already exist and belong to different workers:\n{}\n\nDeploying will reassign these \
         workflows to \"{script}\". Workflow names must be unique per account. If this reassignment is unintended, rename \
         the workflow(s) in your configuration.",
        taken.join("\n")
    ));
    match terminal::ask("Do you want to continue?") {
        Some(answer) => Ok(answer),
        None if arguments.strict => bail!(
            "Aborting the deploy operation because of conflicts. To override and deploy anyway, remove the `--strict` flag"
        ),
        None => Ok(true),
    }
}
