//! `GET /workflows/{name}/instances` (spec 4.5).

use super::schema::{InstanceStatus, InstanceView};
use crate::account::asked::{Asked, FromQuery, Query};
use crate::account::auth::{Access, Read};
use crate::account::paging::{PAGE_MAX, PER_PAGE_MAX};
use crate::account::place::Place;
use crate::account::reply::{Reply, ResultInfo};
use crate::account::workflows::known;
use crate::account::workflows::schema::{Order, WorkflowPath};
use crate::account::{Api, Problem, cursor};
use crate::shape::instance::STATUSES;
use axum::extract::State;
use std::sync::Arc;
use stepwell_core::ids::InstanceNumber;
use stepwell_engine::inspect::{Filter, InstanceSummary};
use stepwell_engine::operations::Status;

/// Instances, and which part of the list they are.
type Found = (Vec<InstanceSummary>, ResultInfo);

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
    let workflow = known(&api, access.account(), &workflow_name)?;
    let key = access.key(&workflow_name);
    let (found, info) = if wanted.none {
        (Vec::new(), ResultInfo::default())
    } else if let (None, Some(page)) = (&wanted.cursor, wanted.page) {
        numbered(&api, &key, &wanted, page).await?
    } else {
        after_cursor(&api, &key, &wanted).await?
    };
    let views = found
        .iter()
        .map(|instance| InstanceView::of(&api, instance, &workflow));
    let views: Vec<InstanceView> = views.collect();
    let info = ResultInfo {
        count: views.len() as u64,
        per_page: wanted.per_page,
        ..info
    };
    Ok(Reply::list(views, info))
}

/// A page by its number. It costs more the higher the number is.
async fn numbered(api: &Api, key: &str, wanted: &Wanted, page: u64) -> Result<Found, Problem> {
    let skip = (page - 1).saturating_mul(wanted.per_page);
    let limit = wanted.per_page as usize;
    let found = api.engine.instances(key, wanted.filter, skip, limit).await?;
    let info = ResultInfo {
        page: Some(page),
        total_count: Some(found.total),
        total_pages: Some(found.total.div_ceil(wanted.per_page)),
        ..ResultInfo::default()
    };
    Ok((found.instances, info))
}

/// The page after a cursor, or the first one. With a number besides, as the SDKs' paging adds it, the one so many pages on.
async fn after_cursor(api: &Api, key: &str, wanted: &Wanted) -> Result<Found, Problem> {
    let list = format!("instances of {key}, {:?}", wanted.filter);
    let position = wanted.cursor.as_ref().map(|cursor| cursor::decode(&list, cursor));
    let mut after = position.transpose()?.map(InstanceNumber);
    let limit = wanted.per_page as usize;
    let mut skip = wanted.page.unwrap_or(1);
    loop {
        let found = api.engine.list(key, wanted.filter, after, limit).await?;
        skip -= 1;
        if skip == 0 {
            let info = ResultInfo {
                page: wanted.page,
                cursor: found.next.map(|next| cursor::encode(&list, next.0)),
                ..ResultInfo::default()
            };
            return Ok((found.instances, info));
        }
        after = found.next;
        if after.is_none() {
            return Ok((
                Vec::new(),
                ResultInfo {
                    page: wanted.page,
                    ..ResultInfo::default()
                },
            ));
        }
    }
}
