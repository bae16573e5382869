//! What a configuration says, checked.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::report::Warning;
use crate::place::Place;

/// A configuration that was loaded.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What it says.
    pub config: Config,
    /// What in it is ignored or doubtful, in the order of the file.
    pub warnings: Vec<Warning>,
    /// The file it came from.
    pub path: PathBuf,
}

/// A project.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The Worker's name.
    pub name: String,
    /// The entry file, absolute.
    pub main: PathBuf,
    /// The directory of the configuration file, absolute.
    pub project_dir: PathBuf,
    /// `YYYY-MM-DD`, one that the pinned workerd accepts.
    pub compatibility_date: String,
    /// As written.
    pub compatibility_flags: Vec<String>,
    /// Texts become text bindings, everything else JSON bindings.
    pub vars: BTreeMap<String, serde_json::Value>,
    /// The Workflows that are bound, those of other Workers too.
    pub workflows: Vec<Workflow>,
    /// The Durable Object bindings, those of other Workers too.
    pub durable_objects: Vec<DurableObjectBinding>,
    /// In their order.
    pub migrations: Vec<Migration>,
    /// The Worker's own limits.
    pub limits: Limits,
    /// Bindings that cannot be served; each becomes a placeholder.
    pub unsupported_bindings: Vec<UnsupportedBinding>,
    /// Whether functions and classes keep their names in the bundle (`keep_names`, true unless set).
    pub keep_names: bool,
    /// The address and port that `dev` asks for.
    pub dev: Dev,
}

/// One entry of `workflows`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    /// The name on `env`.
    pub binding: String,
    /// The Workflow's name.
    pub name: String,
    /// The exported class.
    pub class_name: String,
    /// The Worker that has the class, when it is another one.
    pub script_name: Option<String>,
    /// `limits.steps`.
    pub limits_steps: Option<u32>,
    /// `concurrency.limit`.
    pub concurrency_limit: Option<u32>,
    /// Cron expressions, checked.
    pub schedules: Vec<String>,
    /// How long finished instances are kept.
    pub default_retention: Retention,
    /// Where instances run at Cloudflare; without meaning here.
    pub jurisdiction: Option<String>,
    /// Where the entry is.
    pub place: Place,
    /// Where `class_name` is, for errors that turn up later (a class that is not exported).
    pub class_place: Place,
}

/// How long finished instances are kept, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// Those that completed or were terminated.
    pub success_ms: Option<u64>,
    /// Those that failed.
    pub error_ms: Option<u64>,
}

/// One entry of `durable_objects.bindings`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DurableObjectBinding {
    /// The name on `env`.
    pub name: String,
    /// The exported class.
    pub class_name: String,
    /// The Worker that has the class, when it is another one.
    pub script_name: Option<String>,
    /// Where the entry is.
    pub place: Place,
    /// Where `class_name` is.
    pub class_place: Place,
}

/// One entry of `migrations`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Migration {
    /// Its tag, unique.
    pub tag: String,
    /// Classes with the old key-value storage.
    pub new_classes: Vec<String>,
    /// Classes with SQLite storage.
    pub new_sqlite_classes: Vec<String>,
    /// Classes that got another name: from, to.
    pub renamed_classes: Vec<(String, String)>,
    /// Classes that are gone.
    pub deleted_classes: Vec<String>,
}

/// A Durable Object class of this Worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DurableObjectClass {
    /// Its name now, after all migrations.
    pub class_name: String,
    /// Whether it has SQLite storage.
    pub sqlite: bool,
}

/// The Worker's `limits`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Milliseconds of CPU time of one invocation.
    pub cpu_ms: Option<u64>,
    /// Outgoing requests of one invocation.
    pub subrequests: Option<u64>,
}

/// A binding whose kind is not supported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsupportedBinding {
    /// The name on `env`.
    pub name: String,
    /// The configuration key, such as `kv_namespaces`.
    pub kind: String,
    /// Where the entry is.
    pub place: Place,
}

/// What `dev` asks for; the command line goes first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dev {
    /// The address to listen on.
    pub ip: Option<String>,
    /// The port to listen on.
    pub port: Option<u16>,
}
