//! Routes and custom domains: which Worker has which address.

use crate::Control;
use crate::control::to_the_end;
use crate::error::{Error, Refusal};
use crate::model::{DEFAULT_ACCOUNT, Route, Script};
use crate::state::State;
use crate::transaction::Transaction;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// What `PUT routes` and `PUT domains/records` set.
#[derive(Debug, Clone)]
pub struct NewRoutes {
    /// The addresses. Each has the form that all its spellings have in common, and that is compared.
    pub addresses: Vec<NewRoute>,
    /// They are custom domains; what routes there are stays. Else it is the other way round.
    pub custom_domains: bool,
    /// Another Worker of the account that has one of them loses it. Else that is refused.
    pub take_over: bool,
}

/// An address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRoute {
    /// As the client wrote it.
    pub pattern: String,
    /// As every other way to write it is compared.
    pub canonical: String,
}

impl Control {
    /// Sets the routes (or the custom domains) of the Worker, instead of those it had.
    ///
    /// # Errors
    /// Refused if there is no such Worker, or another one has one of the addresses.
    pub async fn set_routes(
        &self,
        account: &str,
        script: &str,
        new: NewRoutes,
    ) -> Result<Arc<Script>, Error> {
        let (control, account, name) = (self.clone(), account.to_owned(), script.to_owned());
        to_the_end(async move {
            let _changing = control.changing(&account, &name).await;
            let before = control.existing(&account, &name)?;
            let routes: Vec<Route> = new
                .addresses
                .iter()
                .map(|it| control.route(&account, &new, it))
                .collect();
            // From the look at what others have to the commit nobody else writes.
            let writing = control.writing().await;
            control.check_hosts(&account, &routes)?;
            let losers = losers(&control.state(), &before, &routes, &new)?;
            let mut script = before;
            let old = std::mem::take(&mut script.routes);
            let (same_kind, others): (Vec<_>, Vec<_>) = old
                .into_iter()
                .partition(|route| route.custom_domain == new.custom_domains);
            script.routes = others;
            script.routes.extend(routes.into_iter().map(|route| {
                let known = same_kind.iter().find(|known| known.pattern == route.pattern);
                known.cloned().unwrap_or(route)
            }));
            script.modified_ms = control.now_ms();
            let mut transaction = Transaction::default();
            let script = transaction.put(script);
            let losers: Vec<_> = losers.into_iter().map(|loser| transaction.put(loser)).collect();
            control.commit(transaction, writing).await?;
            // Those that lose an address first, so that it never is two Workers'.
            for changed in losers.iter().chain([&script]) {
                if let Some(worker) = control.worker_state(&account, &changed.name) {
                    control.make_so(worker).await?;
                }
            }
            Ok(script)
        })
        .await
    }

    /// Refuses hosts that another account has, and, but for the operator, patterns for every host.
    fn check_hosts(&self, account: &str, routes: &[Route]) -> Result<(), Refusal> {
        let for_all = |route: &&Route| is_wide(route) && !zone_of(route.address()).contains('.');
        if let Some(route) = routes.iter().find(for_all).filter(|_| account != DEFAULT_ACCOUNT) {
            return Err(Refusal::host_of_another_account(&route.pattern));
        }
        let state = self.state();
        let others = state.scripts.values().filter(|script| script.account != account);
        let theirs: Vec<&Route> = others.flat_map(|script| &script.routes).collect();
        let taken = routes
            .iter()
            .find(|route| theirs.iter().any(|other| overlap(route, other)));
        match taken {
            Some(route) => Err(Refusal::host_of_another_account(&route.pattern)),
            None => Ok(()),
        }
    }

    fn route(&self, account: &str, new: &NewRoutes, address: &NewRoute) -> Route {
        let zone_name = zone_of(&address.canonical);
        Route {
            id: self.hex_id(),
            zone_id: zone_id(account, &zone_name),
            zone_name,
            pattern: address.pattern.clone(),
            canonical: Some(address.canonical.clone()),
            custom_domain: new.custom_domains,
        }
    }
}

/// The other Workers of the account, without the addresses that they lose.
fn losers(state: &State, script: &Script, routes: &[Route], new: &NewRoutes) -> Result<Vec<Script>, Refusal> {
    let mut losers = Vec::new();
    for other in state.scripts.values() {
        if other.account != script.account || other.name == script.name {
            continue;
        }
        let is_taken = |old: &Route| routes.iter().any(|route| route.is_same_address(old));
        let Some(taken) = other.routes.iter().find(|old| is_taken(old)) else {
            continue;
        };
        if !new.take_over {
            return Err(Refusal::duplicate_route(&taken.pattern, &other.name));
        }
        let mut loser = (**other).clone();
        loser.routes.retain(|old| !is_taken(old));
        losers.push(loser);
    }
    Ok(losers)
}

/// The id of the zone of this name: every name has one in every account.
pub fn zone_id(account: &str, name: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(format!("zone {account}/{name}")).into();
    stepwell_catalogue::Digest(digest).to_string()[..32].to_owned()
}

/// The name of a pattern's zone: its host, without a wildcard.
fn zone_of(pattern: &str) -> String {
    let host = pattern.split_once("://").map_or(pattern, |(_, rest)| rest);
    let host = host.split(['/', ':']).next().unwrap_or_default();
    host.trim_start_matches("*.")
        .trim_start_matches('*')
        .to_ascii_lowercase()
}

/// Whether there is a host that both are for, however they are written: requests find them by the one way to write a host.
fn overlap(one: &Route, other: &Route) -> bool {
    let (host, other_host) = (zone_of(one.address()), zone_of(other.address()));
    host == other_host
        || (is_wide(one) && other_host.ends_with(&host))
        || (is_wide(other) && host.ends_with(&other_host))
}

/// Whether a pattern is for more than one host.
fn is_wide(route: &Route) -> bool {
    let address = route.address();
    let host = address.split_once("://").map_or(address, |(_, rest)| rest);
    host.starts_with('*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_overlap_where_a_host_is_for_both() {
        let route = |pattern: &str| Route {
            id: String::new(),
            zone_id: String::new(),
            zone_name: zone_of(pattern),
            pattern: pattern.to_owned(),
            canonical: None,
            custom_domain: false,
        };
        let written = |pattern: &str, canonical: &str| Route {
            canonical: Some(canonical.to_owned()),
            ..route(pattern)
        };
        let other_spelling = written("shop%2eexample./*", "shop.example/*");
        assert!(overlap(&other_spelling, &route("shop.example/admin/*")));
        assert!(overlap(&route("*.example/*"), &other_spelling));
        for (one, other, expected) in [
            ("shop.example/*", "shop.example/admin/*", true),
            ("https://SHOP.example/a", "shop.example", true),
            ("*.example/*", "shop.example/", true),
            ("*example/*", "shop.example/", true),
            ("*.shop.example/*", "*.example/*", true),
            ("*/*", "shop.example/*", true),
            ("shop.example/*", "example/*", false),
            ("a.example/*", "b.example/*", false),
        ] {
            let (one, other) = (route(one), route(other));
            assert_eq!(
                overlap(&one, &other),
                expected,
                "{} {}",
                one.pattern,
                other.pattern
            );
            assert_eq!(
                overlap(&other, &one),
                expected,
                "{} {}",
                other.pattern,
                one.pattern
            );
        }
    }
}
