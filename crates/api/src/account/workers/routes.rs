//! Routes, custom domains and the zones that wrangler looks them up in. Every name that is asked for is a zone of the
//! account: whose host it really is decides whoever sends requests here.

use super::{AccountPath, ScriptPath, Thing, array, known, object};
use crate::account::asked::{Asked, FromQuery, Query};
use crate::account::auth::{Access, Caller, Deploy, Read};
use crate::account::body::Whole;
use crate::account::paging::Page;
use crate::account::place::Place;
use crate::account::reply::Reply;
use crate::account::{Api, Problem};
use crate::ingress::{Host, Pattern};
use crate::input::json::wrong_kind;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use stepwell_control::model::{Route, Script};
use stepwell_control::{NewRoute, NewRoutes, Refusal, zone_id};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(super) fn routes() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(zones))
        .routes(routes!(zone_routes))
        .routes(routes!(put))
        .routes(routes!(changeset))
        .routes(routes!(put_domains))
        .routes(routes!(domains))
        .routes(routes!(records))
        .routes(routes!(record))
}

/// Which zones.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct Named {
    /// The zone's name.
    name: Option<String>,
}

impl FromQuery for Named {
    fn read(query: &mut Query) -> Self {
        Self {
            name: query.text("name"),
        }
    }
}

/// The zone of this name, which there always is; without a name, those that have routes.
#[utoipa::path(get, path = "/zones", operation_id = "zones-get", tag = "Workers", params(Named, Page<20>), security(("token" = [])),
    responses((status = 200, body = Reply<Vec<Thing>>)))]
async fn zones(
    Caller(principal): Caller,
    State(api): State<Arc<Api>>,
    Asked(Named { name }): Asked<Named>,
    Asked(page): Asked<Page<20>>,
) -> Reply<Vec<Json>> {
    let names = if let Some(name) = name.filter(|name| !name.is_empty()) {
        BTreeSet::from([name.to_ascii_lowercase()])
    } else {
        let scripts = api.control.scripts(&principal.account);
        let routes = scripts.iter().flat_map(|script| &script.routes);
        routes.map(|route| route.zone_name.clone()).collect()
    };
    let account = &principal.account;
    let zones = names.iter().map(|name| {
        let account_of = json!({ "id": account, "name": account });
        json!({ "id": zone_id(account, name), "name": name, "status": "active", "paused": false, "account": account_of })
    });
    page.of(zones.collect())
}

/// The path of a zone.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct ZonePath {
    /// The zone.
    zone_id: String,
}

fn route(script: &Script, route: &Route) -> Json {
    json!({ "id": route.id, "pattern": route.pattern, "script": script.name, "zone_name": route.zone_name })
}

/// The routes of a zone.
#[utoipa::path(get, path = "/zones/{zone_id}/workers/routes", operation_id = "worker-routes-list-routes", tag = "Workers",
    params(ZonePath), security(("token" = [])), responses((status = 200, body = Reply<Vec<Thing>>)))]
async fn zone_routes(
    Caller(principal): Caller,
    State(api): State<Arc<Api>>,
    Place(ZonePath { zone_id }): Place<ZonePath>,
) -> Reply<Vec<Json>> {
    let scripts = api.control.scripts(&principal.account);
    let found = scripts.iter().flat_map(|script| {
        let routes = script.routes.iter();
        let of_zone = routes.filter(|route| route.zone_id == zone_id && !route.custom_domain);
        of_zone.map(|it| route(script, it)).collect::<Vec<_>>()
    });
    Reply::of(found.collect())
}

/// The texts of a field of each object of an array; an item may be the text itself.
fn patterns(items: &[Json], field: &str) -> Result<Vec<String>, Problem> {
    let patterns = items.iter().enumerate().map(|(at, item)| {
        let found = item.get(field).unwrap_or(item);
        let wrong = || {
            Problem::invalid(vec![wrong_kind(
                &format!("{at}.{field}"),
                "string",
                item.get(field),
            )])
        };
        found.as_str().map(str::to_owned).ok_or_else(wrong)
    });
    patterns.collect()
}

/// The addresses, each with what `canonical` says of it.
fn addresses(
    patterns: Vec<String>,
    canonical: impl Fn(&str) -> Result<String, Refusal>,
) -> Result<Vec<NewRoute>, Problem> {
    let addresses = patterns.into_iter().map(|pattern| {
        let canonical = canonical(&pattern)?;
        Ok(NewRoute { pattern, canonical })
    });
    Ok(addresses.collect::<Result<_, Refusal>>()?)
}

fn canonical_host(text: &str) -> Result<Host, Refusal> {
    let why = "a custom domain is a host without a port or a path, such as \"shop.example.com\"";
    let host = Host::parse(text).filter(|_| !text.contains(['/', ':', '*', '?', '#']));
    host.ok_or_else(|| Refusal::bad_route(text, why))
}

/// Sets the routes of a Worker, instead of those it had.
#[utoipa::path(put, path = "/accounts/{account_id}/workers/scripts/{script_name}/routes", operation_id = "worker-script-put-routes",
    tag = "Workers", params(ScriptPath), request_body = Vec<Thing>, security(("token" = ["deploy"])),
    responses((status = 200, body = Reply<Vec<Thing>>)))]
async fn put(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    Whole(body): Whole,
) -> Result<Reply<Vec<Json>>, Problem> {
    let new = NewRoutes {
        addresses: addresses(patterns(&array(&body)?, "pattern")?, |text| {
            let pattern: Pattern = text.parse().map_err(|why| Refusal::bad_route(text, why))?;
            Ok(pattern.to_string())
        })?,
        custom_domains: false,
        take_over: false,
    };
    let script = api
        .control
        .set_routes(access.account(), &script_name, new)
        .await?;
    let routes = script.routes.iter().filter(|route| !route.custom_domain);
    Ok(Reply::of(routes.map(|it| route(&script, it)).collect()))
}

/// What setting these custom domains would change: wrangler asks before it takes one from another Worker.
#[utoipa::path(post, path = "/accounts/{account_id}/workers/scripts/{script_name}/domains/changeset",
    operation_id = "worker-script-domains-changeset", tag = "Workers", params(ScriptPath), request_body = Vec<Thing>,
    security(("token" = ["deploy"])), responses((status = 200, body = Reply<Thing>)))]
async fn changeset(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    Whole(body): Whole,
) -> Result<Reply<Json>, Problem> {
    let script = known(&api, access.account(), &script_name)?;
    let wanted = patterns(&array(&body)?, "hostname")?;
    let scripts = api.control.scripts(access.account());
    let (mut added, mut updated) = (Vec::new(), Vec::new());
    for host in &wanted {
        canonical_host(host)?;
        let known = scripts.iter().find_map(|script| {
            let own = script
                .routes
                .iter()
                .find(|route| route.custom_domain && route.pattern == *host);
            own.map(|route| (script, route))
        });
        match known {
            None => added.push(json!({ "hostname": host })),
            Some((owner, route)) => {
                let mut shown = domain(owner, route);
                shown["modified"] = json!(owner.name != script.name);
                updated.push(shown);
            }
        }
    }
    let gone = script.routes.iter();
    let gone = gone.filter(|route| route.custom_domain && !wanted.contains(&route.pattern));
    let removed: Vec<_> = gone.map(|route| domain(&script, route)).collect();
    Ok(Reply::of(
        json!({ "added": added, "removed": removed, "updated": updated, "conflicting": [] }),
    ))
}

fn domain(script: &Script, route: &Route) -> Json {
    json!({
        "id": route.id,
        "hostname": route.pattern,
        "service": script.name,
        "environment": "production",
        "zone_id": route.zone_id,
        "zone_name": route.zone_name,
        "enabled": true,
        "previews_enabled": false,
    })
}

/// The custom domains of the Workers.
fn domains_of<'s>(scripts: impl IntoIterator<Item = &'s Arc<Script>>) -> Vec<Json> {
    let mut domains = Vec::new();
    for script in scripts {
        let own = script.routes.iter().filter(|route| route.custom_domain);
        domains.extend(own.map(|route| domain(script, route)));
    }
    domains
}

/// Sets the custom domains of a Worker, instead of those it had.
#[utoipa::path(put, path = "/accounts/{account_id}/workers/scripts/{script_name}/domains/records",
    operation_id = "worker-script-put-domains", tag = "Workers", params(ScriptPath), request_body = Thing,
    security(("token" = ["deploy"])), responses((status = 200, body = Reply<Vec<Thing>>)))]
async fn put_domains(
    access: Access<Deploy>,
    State(api): State<Arc<Api>>,
    Place(ScriptPath { script_name, .. }): Place<ScriptPath>,
    Whole(body): Whole,
) -> Result<Reply<Vec<Json>>, Problem> {
    let given = object(&body)?;
    let origins = given.get("origins");
    let wrong = || Problem::invalid(vec![wrong_kind("origins", "array", origins)]);
    let hosts = patterns(origins.and_then(Json::as_array).ok_or_else(wrong)?, "hostname")?;
    let new = NewRoutes {
        addresses: addresses(hosts, |text| canonical_host(text).map(|host| host.to_string()))?,
        custom_domains: true,
        // What wrangler says where nobody can be asked, and where somebody has said yes.
        take_over: given.get("override_existing_origin") == Some(&Json::Bool(true)),
    };
    let script = api
        .control
        .set_routes(access.account(), &script_name, new)
        .await?;
    Ok(Reply::of(domains_of([&script])))
}

/// The custom domains of the account's Workers.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/domains", operation_id = "worker-domain-list-domains", tag = "Workers",
    params(AccountPath), security(("token" = ["read"])), responses((status = 200, body = Reply<Vec<Thing>>)))]
async fn domains(access: Access<Read>, State(api): State<Arc<Api>>) -> Reply<Vec<Json>> {
    Reply::of(domains_of(&api.control.scripts(access.account())))
}

/// Which Worker.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
struct OfService {
    /// The Worker's name.
    service: Option<String>,
}

impl FromQuery for OfService {
    fn read(query: &mut Query) -> Self {
        Self {
            service: query.text("service"),
        }
    }
}

/// The custom domains of a Worker, or of all.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/domains/records", operation_id = "worker-domain-list-records", tag = "Workers",
    params(AccountPath, OfService), security(("token" = ["read"])), responses((status = 200, body = Reply<Vec<Thing>>)))]
async fn records(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Asked(OfService { service }): Asked<OfService>,
) -> Reply<Vec<Json>> {
    let scripts = api.control.scripts(access.account());
    let asked = scripts
        .iter()
        .filter(|script| service.as_ref().is_none_or(|service| *service == script.name));
    Reply::of(domains_of(asked))
}

/// The path of a custom domain.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct RecordPath {
    /// The account.
    #[allow(dead_code)] // who asks says which account
    account_id: String,
    /// The custom domain's id.
    record_id: String,
}

/// A custom domain.
#[utoipa::path(get, path = "/accounts/{account_id}/workers/domains/records/{record_id}", operation_id = "worker-domain-get-record",
    tag = "Workers", params(RecordPath), security(("token" = ["read"])), responses((status = 200, body = Reply<Thing>)))]
async fn record(
    access: Access<Read>,
    State(api): State<Arc<Api>>,
    Place(RecordPath { record_id, .. }): Place<RecordPath>,
) -> Result<Reply<Json>, Problem> {
    let found = domains_of(&api.control.scripts(access.account())).into_iter();
    let found = found
        .into_iter()
        .find(|domain| domain["id"] == record_id.as_str());
    Ok(Reply::of(found.ok_or_else(Refusal::domain_not_found)?))
}
