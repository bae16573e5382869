//! `GET /workflows/{name}/instances/{id}/subscribe` and its token (spec 4.10): not yet.

use super::schema::InstancePath;
use crate::account::auth::{Access, Read};
use crate::account::place::Place;
use crate::account::workflows::known;
use crate::account::{Api, Problem};
use axum::extract::State;
use std::convert::Infallible;
use std::sync::Arc;

/// Follows the events of an instance over a WebSocket. Not supported yet.
#[utoipa::path(get, path = "/accounts/{account_id}/workflows/{workflow_name}/instances/{instance_id}/subscribe",
    operation_id = "wor-subscribe-workflow-instance-events", tag = "Instances", params(InstancePath),
    security(("token" = ["read"])), responses())]
pub(super) async fn subscribe(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(path): Place<InstancePath>,
) -> Result<Infallible, Problem> {
    refuse(&access, &api, &path).await
}

/// A token for it that a browser can put into the address. Not supported yet.
#[utoipa::path(get, path = "/accounts/{account_id}/workflows/{workflow_name}/instances/{instance_id}/subscribe/token",
    operation_id = "wor-subscribe-workflow-instance-token", tag = "Instances", params(InstancePath),
    security(("token" = ["read"])), responses())]
pub(super) async fn token(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(path): Place<InstancePath>,
) -> Result<Infallible, Problem> {
    refuse(&access, &api, &path).await
}

async fn refuse(access: &Access<Read>, api: &Api, path: &InstancePath) -> Result<Infallible, Problem> {
    known(api, access.account(), &path.workflow_name)?;
    api.engine
        .get(&access.key(&path.workflow_name), &path.instance_id)
        .await?;
    Err(Problem::not_supported("subscribe"))
}
