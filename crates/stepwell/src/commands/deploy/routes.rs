//! Routes and custom domains.

use crate::commands::place::{About, explain};
use anyhow::bail;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use stepwell_client::{Api, Error, Method};
use stepwell_project::config::{Config, Route};

/// Sets the routes and the custom domains of the Worker, if the configuration has some.
///
/// # Errors
/// What the server says; and if a route is another Worker's: no route was changed then.
pub(super) fn set(api: &Api, config: &Config) -> anyhow::Result<()> {
    let explained = |error: Error| explain(&error, api, About::Account);
    let script = config.name.as_str();
    let (domains, routes): (Vec<&Route>, Vec<&Route>) = config
        .deployment
        .routes
        .iter()
        .partition(|route| route.custom_domain);
    if !routes.is_empty() {
        refuse_taken(api, script, &routes)?;
        let body: Value = routes.iter().map(|route| sent(route, "pattern")).collect();
        let path = ["workers", "scripts", script, "routes"];
        api.send(&Method::PUT, &path, Some(&body)).map_err(explained)?;
    }
    if !domains.is_empty() {
        let origins: Value = domains.iter().map(|domain| sent(domain, "hostname")).collect();
        let body = json!({
            "override_scope": true,
            "override_existing_origin": true,
            "override_existing_dns_record": true,
            "origins": origins,
        });
        let path = ["workers", "scripts", script, "domains", "records"];
        api.send(&Method::PUT, &path, Some(&body)).map_err(explained)?;
    }
    Ok(())
}

fn sent(route: &Route, field: &str) -> Value {
    let mut sent = json!({ field: route.pattern });
    if let Some(zone) = &route.zone_id {
        sent["zone_id"] = json!(zone);
    }
    if let Some(zone) = &route.zone_name {
        sent["zone_name"] = json!(zone);
    }
    sent
}

/// As wrangler: the routes of other Workers are not taken from them.
fn refuse_taken(api: &Api, script: &str, routes: &[&Route]) -> anyhow::Result<()> {
    let mut taken: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for route in routes {
        let found = api
            .zone_routes(&host_of(&route.pattern))
            .map_err(|error| explain(&error, api, About::Account))?;
        let known = found.result.as_array().map(Vec::as_slice).unwrap_or_default();
        let same = known
            .iter()
            .filter(|known| known["pattern"] == route.pattern.as_str());
        let owners = same.filter_map(|known| known["script"].as_str());
        for owner in owners.filter(|owner| *owner != script) {
            taken.entry(owner.to_owned()).or_default().insert(&route.pattern);
        }
    }
    if taken.is_empty() {
        return Ok(());
    }
    let mut text = "Can't deploy routes that are assigned to another worker.\n".to_owned();
    for (owner, patterns) in taken {
        let _ = writeln!(text, "\"{owner}\" is already assigned to routes:");
        for pattern in patterns {
            let _ = writeln!(text, "  - {pattern}");
        }
    }
    bail!("{text}\nUnassign other workers from the routes you want to deploy to, and then try again.")
}

/// The zone that a pattern is of.
fn host_of(pattern: &str) -> String {
    let plain = pattern.split_once("://").map_or(pattern, |(_, rest)| rest);
    let host = plain.split(['/', ':']).next().unwrap_or_default();
    host.trim_start_matches("*.")
        .trim_start_matches('*')
        .to_ascii_lowercase()
}

/// As wrangler shows a route.
pub(super) fn shown(route: &Route) -> String {
    let zone = match (&route.zone_id, &route.zone_name) {
        (Some(id), _) => Some(format!("zone id: {id}")),
        (None, Some(name)) => Some(format!("zone name: {name}")),
        (None, None) => None,
    };
    let domain = route.custom_domain.then(|| "custom domain".to_owned());
    let about: Vec<String> = domain.into_iter().chain(zone).collect();
    if about.is_empty() {
        return route.pattern.clone();
    }
    format!("{} ({})", route.pattern, about.join(" - "))
}
