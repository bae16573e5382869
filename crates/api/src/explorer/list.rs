//! `GET /workflows/{name}/instances`.

use super::query::Query;
use super::refusal;
use crate::shape::envelope::{Problem, Success};
use crate::shape::{instance, time};
use serde_json::{Value as Json, json};
use stepwell_engine::Inspection;
use stepwell_engine::inspect::InstanceSummary;

/// A page of the instances, newest first, and how many there are in each status.
pub(super) async fn list(engine: &impl Inspection, workflow: &str, query: &str) -> Result<Success, Problem> {
    let Query {
        page,
        per_page,
        filter,
    } = Query::parse(query)?;
    let refused = |error| refusal::of_workflow(&error, workflow);
    let summary = engine.workflow(workflow).await.map_err(refused)?;
    let skip = (page - 1).saturating_mul(u64::from(per_page));
    let found = engine
        .instances(workflow, filter, skip, per_page as usize)
        .await
        .map_err(refused)?;
    let info = json!({
        "page": page,
        "per_page": per_page,
        "total_count": found.total,
        "total_pages": found.total.div_ceil(u64::from(per_page)).max(1),
        "status_counts": instance::counts(&summary),
    });
    Ok(Success::list(found.instances.iter().map(item).collect(), info))
}

fn item(instance: &InstanceSummary) -> Json {
    json!({
        "id": *instance.id, "status": instance.status.as_str(), "created_on": time(instance.created_ms),
    })
}
