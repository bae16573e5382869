//! `/workflows/settings`: what is set for the whole account (spec 4.11).

use super::fields::{Fields, Wrong};
use super::schema::RetentionView;
use crate::account::auth::{Access, Deploy, Read};
use crate::account::body::Whole;
use crate::account::reply::Reply;
use crate::account::{Api, Problem};
use crate::input::json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;
use stepwell_control::model::{AccountSettings, Retention};
use utoipa::ToSchema;

/// What is set for the whole account.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Settings {
    default_retention: RetentionView,
}

impl From<AccountSettings> for Settings {
    fn from(settings: AccountSettings) -> Self {
        Self {
            default_retention: settings.default_retention.into(),
        }
    }
}

/// How long finished instances are kept where their Workflow does not say.
#[utoipa::path(get, path = "/accounts/{account_id}/workflows/settings", operation_id = "wor-get-workflow-settings",
    tag = "Workflows", params(("account_id" = String, Path)), security(("token" = ["read"])),
    responses((status = 200, body = Reply<Settings>)))]
pub(super) async fn get(access: Access<Read>, State(api): State<Arc<Api>>) -> Reply<Settings> {
    Reply::of(api.control.account_settings(access.account()).into())
}

/// Changes it. What is left out stays.
#[utoipa::path(patch, path = "/accounts/{account_id}/workflows/settings", operation_id = "wor-update-workflow-settings",
    tag = "Workflows", params(("account_id" = String, Path)), request_body = serde_json::Value,
    security(("token" = ["deploy"])), responses((status = 200, body = Reply<Settings>)))]
pub(super) async fn update(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Whole(body): Whole,
) -> Result<Reply<Settings>, Problem> {
    let retention = parse(&body).map_err(Problem::invalid)?;
    let settings = api
        .control
        .set_default_retention(access.account(), retention)
        .await?;
    Ok(Reply::of(settings.into()))
}

fn parse(body: &[u8]) -> Result<Retention, Wrong> {
    let body = json::value(body)?;
    let fields = Fields::of(body.as_ref())?;
    let mut wrong = Wrong::new();
    let retention = fields.retention("default_retention", &mut wrong);
    if wrong.is_empty() {
        Ok(retention)
    } else {
        Err(wrong)
    }
}
