//! What is set beside versions: it applies at once, whatever is live.

use crate::Control;
use crate::control::to_the_end;
use crate::error::{Error, Refusal};
use crate::model::{Cron, DEFAULT_ACCOUNT, Route, Script, Subdomain};
use crate::transaction::Transaction;
use crate::upload::{check_settings, merge_settings};
use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

impl Control {
    /// Sets what is given of `observability`, `logpush`, `tail_consumers` and `tags`.
    ///
    /// # Errors
    /// Refused if there is no such Worker, so with all of these; and if a value has a type that it cannot have.
    pub async fn patch_settings(
        &self,
        account: &str,
        script: &str,
        given: Map<String, Json>,
    ) -> Result<Arc<Script>, Error> {
        check_settings(&given)?;
        self.change_script(account, script, move |script| {
            merge_settings(&mut script.settings, &given);
        })
        .await
    }

    /// Sets where the Worker is served under its own name.
    pub async fn set_subdomain(
        &self,
        account: &str,
        script: &str,
        subdomain: Subdomain,
    ) -> Result<Arc<Script>, Error> {
        self.change_script(account, script, move |script| script.subdomain = subdomain)
            .await
    }

    /// Sets when `scheduled()` should be called, instead of what was set before.
    ///
    /// # Errors
    /// Refused if an expression is not valid.
    pub async fn set_crons(
        &self,
        account: &str,
        script: &str,
        crons: Vec<String>,
    ) -> Result<Arc<Script>, Error> {
        for cron in &crons {
            crate::cron::check(cron).map_err(|why| Refusal::bad_schedule(cron, why))?;
        }
        let created_ms = self.now_ms();
        self.change_script(account, script, move |script| {
            let old = std::mem::take(&mut script.crons);
            script.crons = crons
                .into_iter()
                .map(|cron| {
                    let known = old.iter().find(|known| known.cron == cron);
                    known.cloned().unwrap_or(Cron { cron, created_ms })
                })
                .collect();
        })
        .await
    }

    /// Sets the routes (or, with `custom_domains`, the custom domains) of the Worker, instead of those it had. Patterns
    /// that another Worker had are this one's.
    ///
    /// # Errors
    /// Refused if a Worker of another account has one of the hosts: accounts take nothing from each other.
    pub async fn set_routes(
        &self,
        account: &str,
        script: &str,
        patterns: Vec<String>,
        custom_domains: bool,
    ) -> Result<Arc<Script>, Error> {
        let routes = patterns.into_iter().map(|pattern| {
            let zone_name = zone_of(&pattern);
            Route {
                id: self.hex_id(),
                zone_id: zone_id(account, &zone_name),
                zone_name,
                pattern,
                custom_domain: custom_domains,
            }
        });
        let routes: Vec<Route> = routes.collect();
        self.existing(account, script)?;
        self.check_hosts(account, &routes)?;
        for other in self.scripts(account).iter().filter(|other| other.name != script) {
            let taken_over = |route: &Route| routes.iter().any(|new| new.pattern == route.pattern);
            if other.routes.iter().any(taken_over) {
                let taken: Vec<_> = routes.iter().map(|route| route.pattern.clone()).collect();
                let lose =
                    move |other: &mut Script| other.routes.retain(|route| !taken.contains(&route.pattern));
                self.change_script(account, &other.name, lose).await?;
            }
        }
        self.change_script(account, script, move |script| {
            let old = std::mem::take(&mut script.routes);
            let (same_kind, others): (Vec<_>, Vec<_>) = old
                .into_iter()
                .partition(|route| route.custom_domain == custom_domains);
            script.routes = others;
            script.routes.extend(routes.into_iter().map(|route| {
                let known = same_kind.iter().find(|known| known.pattern == route.pattern);
                known.cloned().unwrap_or(route)
            }));
        })
        .await
    }

    /// Refuses hosts that another account has, and, but for the operator, patterns for every host.
    fn check_hosts(&self, account: &str, routes: &[Route]) -> Result<(), Refusal> {
        let for_all = |route: &&Route| is_wide(route) && !route.zone_name.contains('.');
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

    /// Keeps triggers of other kinds, instead of those before (or, with `add`, with them).
    pub async fn set_triggers(
        &self,
        account: &str,
        script: &str,
        triggers: Vec<Json>,
        add: bool,
    ) -> Result<Arc<Script>, Error> {
        self.change_script(account, script, move |script| {
            if !add {
                script.triggers.clear();
            }
            script.triggers.extend(triggers);
        })
        .await
    }

    /// Changes a Worker's record, and has the platform know.
    async fn change_script(
        &self,
        account: &str,
        name: &str,
        change: impl FnOnce(&mut Script) + Send + 'static,
    ) -> Result<Arc<Script>, Error> {
        let (control, account, name) = (self.clone(), account.to_owned(), name.to_owned());
        to_the_end(async move {
            let _changing = control.changing(&account, &name).await;
            let before = control.existing(&account, &name)?;
            let mut script = before.clone();
            change(&mut script);
            if script == before {
                return Ok(Arc::new(script));
            }
            script.modified_ms = control.now_ms();
            let mut transaction = Transaction::default();
            let script = transaction.put(script);
            let writing = control.writing().await;
            control.commit(transaction, writing).await?;
            if let Some(worker) = control.worker_state(&account, &name) {
                control.make_so(worker).await?;
            }
            Ok(script)
        })
        .await
    }
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

/// Whether there is a host that both are for.
fn overlap(one: &Route, other: &Route) -> bool {
    let covers = |wide: &Route, host: &str| is_wide(wide) && host.ends_with(&wide.zone_name);
    one.zone_name == other.zone_name || covers(one, &other.zone_name) || covers(other, &one.zone_name)
}

/// Whether a pattern is for more than one host.
fn is_wide(route: &Route) -> bool {
    let host = route.pattern.split_once("://");
    host.map_or(route.pattern.as_str(), |(_, rest)| rest)
        .starts_with('*')
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
            custom_domain: false,
        };
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
