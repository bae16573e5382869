//! `GET /workflows/{name}/instances` (spec 4.5).

use super::schema::{InstanceStatus, InstanceView};
use crate::account::asked::{Asked, FromQuery, Query};
use crate::account::auth::{Access, Read};
use crate::account::paging::{PAGE_MAX, PER_PAGE_MAX};
use crate::account::place::Place;
use crate::account::reply::{Reply, ResultInfo};
use crate::account::workflows::known;
use crate::account::workflows::schema::{Order, WorkflowPath};
use crate::account::{Api, Problem};
use crate::shape::instance::STATUSES;
use axum::extract::State;
use std::sync::Arc;
use stepwell_engine::inspect::Filter;
use stepwell_engine::operations::Status;

/// Entries of a page where nothing is said.
const PER_PAGE: u64 = 50;
/// A status of the API that no instance has here yet.
const ROLLING_BACK: &str = "rollingBack";

/// Which instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    filter: Filter,
    /// Nothing has the status that is asked for.
    none: bool,
    page: Option<u64>,
    per_page: u64,
    cursor: Option<String>,
}

impl FromQuery for Wanted {
    fn read(query: &mut Query) -> Self {
        let mut statuses: Vec<(&str, Option<Status>)> = STATUSES
            .iter()
            .map(|status| (status.as_str(), Some(*status)))
            .collect();
        statuses.push((ROLLING_BACK, None));
        let status = query.option("status", &statuses);
        let filter = Filter {
            status: status.flatten(),
            created_from_ms: query.time("date_start"),
            created_until_ms: query.time("date_end"),
            ascending: query
                .option("direction", &[("asc", true), ("desc", false)])
                .unwrap_or(false),
        };
        if let (Some(from), Some(until)) = (filter.created_from_ms, filter.created_until_ms)
            && from > until
        {
            query.wrong.push("'date_start' must not be after 'date_end'. Update 'date_start' or 'date_end' so 'date_start' is before or equal to 'date_end'.".into());
        }
        Self {
            filter,
            none: status == Some(None),
            page: query.number("page", 1, PAGE_MAX),
            per_page: query.number("per_page", 1, PER_PAGE_MAX).unwrap_or(PER_PAGE),
            cursor: query.text("cursor").filter(|cursor| !cursor.is_empty()),
        }
    }
}

/// Instances of a Workflow, the newest first.
#[utoipa::path(get, path = "/accounts/{account_id}/workflows/{workflow_name}/instances",
    operation_id = "wor-list-workflow-instances", tag = "Instances", params(WorkflowPath,
        ("status" = inline(Option<InstanceStatus>), Query, description = "Only those with this status."),
        ("date_start" = Option<String>, Query, description = "Only those created then or later.", format = DateTime),
        ("date_end" = Option<String>, Query, description = "Only those created then or earlier.", format = DateTime),
        ("direction" = inline(Option<Order>), Query, description = "`asc`: the oldest first."),
        ("per_page" = Option<u64>, Query, description = "Entries of a page, 50 otherwise.", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "What the page before said."),
        ("page" = Option<u64>, Query, description = "The page, from 1; after the cursor, if there is one.", minimum = 1)),
    security(("token" = ["read"])), responses((status = 200, body = Reply<Vec<InstanceView>>)))]
pub(super) async fn list(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(WorkflowPath { workflow_name, .. }): Place<WorkflowPath>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Reply<Vec<InstanceView>>, Problem> {
    let workflow = known(&api, access.account(), &workflow_name).await?;
    let key = access.key(&workflow_name);
    let skip = (wanted.page.unwrap_or(1) - 1).saturating_mul(wanted.per_page);
    let found = api
        .engine
        .instances(&key, wanted.filter, skip, wanted.per_page as usize)
        .await?;
    let views: Vec<InstanceView> = found
        .instances
        .iter()
        .map(|instance| InstanceView::of(instance, &workflow))
        .collect();
    let info = ResultInfo {
        count: views.len() as u64,
        per_page: wanted.per_page,
        page: wanted.page,
        total_count: Some(found.total),
        ..ResultInfo::default()
    };
    Ok(Reply::list(views, info))
}
