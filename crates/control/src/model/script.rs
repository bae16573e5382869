//! Workers: what outlives their versions.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// A Worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Script {
    /// The account.
    pub account: String,
    /// Its name, unique in the account.
    pub name: String,
    /// 32 hex digits that no other Worker of this name ever had.
    pub tag: String,
    /// When it was made, Unix milliseconds.
    pub created_ms: i64,
    /// When it was last changed, Unix milliseconds.
    pub modified_ms: i64,
    /// The number of its newest version.
    pub versions: u32,
    /// The number of its newest deployment.
    pub deployments: u32,
    /// The deployment that is live; `None` if nothing was ever deployed.
    pub live: Option<String>,
    /// The tag of the last migration that was applied.
    pub migration_tag: Option<String>,
    /// Its Durable Object namespaces.
    pub namespaces: Vec<Namespace>,
    /// What is set beside its versions.
    pub settings: ScriptSettings,
    /// Whether it is served under its own name.
    pub subdomain: Subdomain,
    /// When its `scheduled()` should be called.
    pub crons: Vec<Cron>,
    /// Where it is served besides.
    pub routes: Vec<Route>,
    /// Triggers of other kinds, as they were given.
    pub triggers: Vec<Json>,
}

impl Script {
    /// What the engine and the runtime know it by.
    pub fn engine_key(&self) -> String {
        format!("{}/{}", self.account, self.name)
    }

    /// The namespace of a class.
    pub fn namespace(&self, class: &str) -> Option<&Namespace> {
        self.namespaces
            .iter()
            .find(|namespace| namespace.class_name == class)
    }
}

/// A Durable Object namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespace {
    /// 32 hex digits: its folder, and part of every object's id. It never changes, whatever the class is called.
    pub id: String,
    /// The class that its objects are of now.
    pub class_name: String,
    /// Whether its objects have `ctx.storage.sql`.
    pub sqlite: bool,
}

/// What is to be done with the files of a namespace when no process has them any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectMove {
    /// A UUID.
    pub id: String,
    /// The account.
    pub account: String,
    /// The Worker that had the namespace.
    pub from: String,
    /// The namespace's id.
    pub namespace: String,
    /// The Worker that has it now; `None` if it is deleted.
    pub to: Option<String>,
}

/// What `script-settings` shows: it applies to all versions.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ScriptSettings {
    /// Labels, which wrangler keeps environments in.
    pub tags: Vec<String>,
    /// Whether logs are pushed.
    pub logpush: bool,
    /// As it was given.
    pub observability: Option<Json>,
    /// As they were given.
    pub tail_consumers: Option<Json>,
    /// Other keys, as they were given.
    pub others: Map<String, Json>,
}

/// Where a Worker is served under its own name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Subdomain {
    /// Its live versions are.
    pub enabled: bool,
    /// Versions that are not live are, too.
    pub previews_enabled: bool,
}

/// A time at which `scheduled()` should be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cron {
    /// The expression.
    pub cron: String,
    /// When it was set, Unix milliseconds.
    pub created_ms: i64,
}

/// A route, or a custom domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// 32 hex digits.
    pub id: String,
    /// A pattern such as `example.com/api/*`, or a host.
    pub pattern: String,
    /// As every way to write it is compared; without, it is compared as it is.
    #[serde(default)]
    pub canonical: Option<String>,
    /// The id of the zone.
    pub zone_id: String,
    /// The name of the zone.
    pub zone_name: String,
    /// Whether all of the host is the Worker's.
    pub custom_domain: bool,
}

impl Route {
    /// What it is compared by.
    pub(crate) fn address(&self) -> &str {
        self.canonical.as_deref().unwrap_or(&self.pattern)
    }

    /// Whether both are for the same requests, and of one kind.
    pub(crate) fn is_same_address(&self, other: &Self) -> bool {
        self.custom_domain == other.custom_domain && self.address() == other.address()
    }
}
