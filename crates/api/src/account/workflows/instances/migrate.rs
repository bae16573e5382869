//! `POST /workflows/{name}/instances/migrate`: Stepwell's own. Instances stay on the version that they started on, unless
//! somebody moves them.

use crate::account::auth::{Access, Deploy};
use crate::account::body::Whole;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::workflows::known;
use crate::account::workflows::schema::WorkflowPath;
use crate::account::workflows::versions;
use crate::account::{Api, Problem, codes, moves};
use crate::input::json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::Arc;
use stepwell_control::model::{Workflow, WorkflowVersion};
use stepwell_engine::OperationError;
use stepwell_engine::operations::Status;
use utoipa::ToSchema;

/// Which instances, and where to.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Migration {
    /// The id of the version; without, the live one (of several the one with the greatest share).
    #[serde(default)]
    version_id: Option<String>,
    /// The instances; without, all that have not ended.
    #[serde(default)]
    #[schema(max_items = 100)]
    instances: Option<Vec<String>>,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Migrated {
    version_id: String,
    /// Those that go on in the version.
    moved: Vec<String>,
    /// Those that stay where they are, because the code would not replay them.
    refused: Vec<Refused>,
}

/// An instance that stays.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Refused {
    id: String,
    reason: String,
}

/// Moves instances to a version of their Workflow, those that its code replays.
#[utoipa::path(post, path = "/accounts/{account_id}/workflows/{workflow_name}/instances/migrate",
    operation_id = "stepwell-migrate-instances", tag = "Instances", params(WorkflowPath),
    request_body = Option<Migration>, security(("token" = ["deploy"])), responses((status = 200, body = Reply<Migrated>)))]
pub(super) async fn migrate(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(WorkflowPath { workflow_name, .. }): Place<WorkflowPath>,
    Whole(body): Whole,
) -> Result<Reply<Migrated>, Problem> {
    let workflow = known(&api, access.account(), &workflow_name)?;
    let migration = parse(&body)?;
    let version = version(&api, &workflow, migration.version_id.as_deref())?;
    let worker = api
        .control
        .worker_state(access.account(), &version.settings.script);
    let worker =
        worker.ok_or_else(|| Problem::saying(codes::NO_CODE, "the Worker of this version is gone"))?;
    let report = api.moves.check(Arc::new(worker), &version).await?;
    let wanted_in_order = migration.instances.clone().unwrap_or_default();
    let wanted: Option<HashSet<String>> = migration.instances.map(HashSet::from_iter);
    let mut migrated = Migrated {
        version_id: version.id.clone(),
        moved: Vec::new(),
        refused: Vec::new(),
    };
    let mut unseen = wanted.clone().unwrap_or_default();
    for checked in &report.checked {
        let id = checked.id.to_string();
        unseen.remove(&id);
        if wanted.as_ref().is_some_and(|wanted| !wanted.contains(&id)) {
            continue;
        }
        let refusal = match moves::objection(&checked.verdict) {
            Some((_, reason)) => Some(reason),
            None => api
                .moves
                .migrate(&version, &id)
                .await
                .err()
                .map(|error| error.to_string()),
        };
        match refusal {
            Some(reason) => migrated.refused.push(Refused { id, reason }),
            None => migrated.moved.push(id),
        }
    }
    let asked = wanted_in_order.into_iter().filter(|id| unseen.contains(id));
    for id in asked {
        let reason = why_unseen(&api, &access.key(&workflow_name), &id).await?;
        migrated.refused.push(Refused { id, reason });
    }
    Ok(Reply::of(migrated))
}

/// Why an instance that was named is not among those that were checked.
async fn why_unseen(api: &Api, workflow: &str, id: &str) -> Result<String, Problem> {
    match api.engine.describe(workflow, id, false).await {
        Ok(found) => Ok(match found.summary.status {
            status @ (Status::Complete | Status::Errored | Status::Terminated) => {
                format!("it has ended: {}", status.as_str())
            }
            _ => "there was no time to look at it: try again".to_owned(),
        }),
        Err(OperationError::NotFound | OperationError::Gone) => Ok("there is no such instance".to_owned()),
        Err(error) => Err(error.into()),
    }
}

fn parse(body: &[u8]) -> Result<Migration, Problem> {
    let wrong = |error: &dyn std::fmt::Display| Problem::invalid(vec![error.to_string()]);
    let body = json::value(body).map_err(|error| wrong(&error))?;
    let Some(body) = body else {
        return Ok(Migration::default());
    };
    serde_json::from_value(body).map_err(|error| wrong(&error))
}

fn version(api: &Api, workflow: &Workflow, id: Option<&str>) -> Result<Arc<WorkflowVersion>, Problem> {
    let (account, name) = (&workflow.account, &workflow.name);
    let Some(id) = id else {
        let live = api.control.live_workflow_versions(account, name);
        let (current, _) = live
            .into_iter()
            .next()
            .ok_or_else(|| Problem::saying(codes::NO_CODE, "the Worker of this Workflow is gone"))?;
        return Ok(current);
    };
    let found = api.control.workflow_version(account, name, id);
    found.ok_or_else(|| versions::not_found(api, workflow, id))
}
