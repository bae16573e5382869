//! Who answers a request: what the port asks before anything else.

use super::events::Events;
use super::explain::ErrorExplainer;
use super::internal::Internal;
use super::overrides::Overrides;
use super::{Host, Origin, Upstream};
use crate::assets::Sites;
use std::sync::Arc;
use tokio::sync::watch;

/// Knows which Worker answers a request.
pub trait Routes: Send + Sync + 'static {
    /// The Worker for what is asked; `None` if there is none.
    fn find(&self, asked: &Asked<'_>) -> Option<Arc<Destination>>;

    /// The hosts that are answered, for people who asked for another one.
    fn hosts(&self) -> Vec<String> {
        Vec::new()
    }

    /// The Workers that no host leads to, for the same people.
    fn without_host(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What decides who answers a request.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The host; clients of HTTP/1.0 may do without.
    pub host: Option<&'a Host>,
    /// Path and query, as the client sent them.
    pub target: &'a str,
    /// Whether the client speaks https.
    pub secure: bool,
}

/// A Worker, as far as the port needs to know it.
#[derive(Default)]
pub struct Destination {
    /// Its name, for logs.
    pub name: Arc<str>,
    /// Its versions that take requests. Each request goes to one of them, by weight; without any, to nobody.
    pub versions: Vec<Version>,
    /// What it is told about where it was asked.
    pub origin: Origin,
    /// What is answered below `/cdn-cgi/` without the Worker; the first that claims a path has it.
    pub internal: Vec<Arc<dyn Internal>>,
    /// Who finds the user's code in what the Worker throws. Without, stacks are shown as they are.
    pub explainer: Option<Arc<dyn ErrorExplainer>>,
    /// Who brings events to the Worker. Without, there are no paths for them.
    pub events: Option<Arc<dyn Events>>,
    /// Whether `/__scheduled` is answered too.
    pub test_scheduled: bool,
}

/// One version of a Worker: its code and its assets.
#[derive(Clone)]
pub struct Version {
    /// What clients may ask for it by.
    pub id: Arc<str>,
    /// The share of the requests that it gets, in relation to the shares of the others.
    pub weight: f64,
    /// The process that runs its code.
    pub front: Arc<dyn Front>,
    /// Its static assets, which are asked first.
    pub assets: Option<Sites>,
}

/// The process that answers a version's requests, as it comes and goes.
pub trait Front: Send + Sync + 'static {
    /// Where it is now, and from now on.
    fn upstream(&self) -> watch::Receiver<Upstream>;

    /// A request waits for it. Called once for each request that finds it absent; must not block.
    fn wake(&self) {}

    /// A stack of the Worker's code in the user's files, for logs; `None` if whoever prints it knows them.
    fn mapped(&self, _stack: &str) -> Option<String> {
        None
    }
}

impl Front for watch::Receiver<Upstream> {
    fn upstream(&self) -> watch::Receiver<Upstream> {
        self.clone()
    }
}

/// Everything goes to one Worker.
impl Routes for Arc<Destination> {
    fn find(&self, _asked: &Asked<'_>) -> Option<Arc<Destination>> {
        Some(self.clone())
    }
}

impl Destination {
    /// A Worker of one version, whose process is at `upstream`.
    pub fn of(upstream: watch::Receiver<Upstream>) -> Self {
        Self {
            versions: vec![Version {
                id: Arc::default(),
                weight: 1.0,
                front: Arc::new(upstream),
                assets: None,
            }],
            ..Self::default()
        }
    }

    /// The version for a request that asks for versions by `overrides` and drew `ticket` (from 0 to 1, without 1). What is
    /// asked for and is not live is as if it were not asked for.
    pub(super) fn version(&self, overrides: &Overrides, ticket: f64) -> Option<&Version> {
        let script = self.name.rsplit('/').next().unwrap_or_default();
        let asked = overrides.version_of(script);
        let asked = asked.and_then(|id| self.versions.iter().find(|version| *version.id == *id));
        asked.or_else(|| self.drawn(ticket))
    }

    fn drawn(&self, ticket: f64) -> Option<&Version> {
        let weight = |version: &Version| version.weight.max(0.0);
        let total: f64 = self.versions.iter().map(weight).sum();
        let mut rest = ticket * total;
        for version in self.versions.iter().filter(|version| version.weight > 0.0) {
            rest -= version.weight;
            if rest < 0.0 {
                return Some(version);
            }
        }
        // What is lost by rounding.
        self.versions.iter().rfind(|version| version.weight > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(weights: &[f64]) -> Destination {
        let versions = weights.iter().map(|weight| Version {
            id: Arc::default(),
            weight: *weight,
            front: Arc::new(watch::channel(Upstream::NoFetchHandler).1),
            assets: None,
        });
        Destination {
            versions: versions.collect(),
            ..Destination::default()
        }
    }

    #[test]
    fn versions_are_drawn_by_weight() {
        let split = weights(&[90.0, 0.0, 10.0]);
        let mut drawn = [0; 3];
        for ticket in 0..1000 {
            let version = split.drawn(f64::from(ticket) / 1000.0).unwrap();
            let index = split.versions.iter().position(|one| std::ptr::eq(one, version));
            drawn[index.unwrap()] += 1;
        }
        assert_eq!(drawn, [900, 0, 100]);
        let last = split.drawn(1.0).map(|version| version.weight);
        assert_eq!(last, Some(10.0));
    }

    #[test]
    fn without_a_version_nobody_is_drawn() {
        assert!(weights(&[]).drawn(0.5).is_none());
        assert!(weights(&[0.0, -1.0]).drawn(0.5).is_none());
    }
}
