//! What a configuration says, checked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::deployed::Deployment;
use super::report::Warning;
use crate::place::Place;

/// A configuration that was loaded.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What it says.
    pub config: Config,
    /// What in it is ignored or doubtful, in the order of the file.
    pub warnings: Vec<Warning>,
    /// The file it came from; `None` for a script without a configuration.
    pub path: Option<PathBuf>,
    /// The file that the user wrote, when `path` was named by a build tool's redirection.
    pub redirected_from: Option<PathBuf>,
    /// What to tell people about where it came from, when that is not the file in their directory.
    pub notes: Vec<String>,
    /// The files that were read, and those that would be if they were there: what to watch.
    pub watched: Vec<PathBuf>,
}

/// What to load.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The project's directory, or the script to run instead of the configuration's `main`.
    pub directory: &'a Path,
    /// A file instead of the one that is found from the directory upward.
    pub file: Option<&'a Path>,
    /// The named environment; an empty name is none.
    pub environment: Option<&'a str>,
}

/// A project.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The Worker's name.
    pub name: String,
    /// The named environment that was chosen, if any (`--env`, `CLOUDFLARE_ENV`).
    pub environment: Option<String>,
    /// The entry file, absolute; `None` for a project of static assets only.
    pub main: Option<PathBuf>,
    /// The directory of the configuration that the user wrote, absolute: `.dev.vars` is looked for there, and the
    /// state is kept there.
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
    /// Service bindings, to this Worker and to others.
    pub services: Vec<ServiceBinding>,
    /// Static assets.
    pub assets: Option<Assets>,
    /// `triggers.crons`, checked; `None` where it says nothing of them, which keeps those of a deployed Worker.
    pub crons: Option<Vec<String>>,
    /// The host that requests have in production, by the first of `routes`.
    pub route_host: Option<String>,
    /// What a deployment registers besides.
    pub deployment: Deployment,
    /// `secrets.required`: names that must have a value.
    pub required_secrets: Option<Vec<String>>,
    /// `version_metadata.binding`.
    pub version_metadata: Option<String>,
    /// How the code becomes what workerd loads.
    pub bundling: Bundling,
    /// The address and port that `dev` asks for.
    pub dev: Dev,
}

impl Config {
    /// The entry file relative to the project, if it is below it; empty without one.
    pub fn entry(&self) -> &Path {
        let main = self.main.as_deref().unwrap_or(Path::new(""));
        main.strip_prefix(&self.project_dir).unwrap_or(main)
    }
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

/// One entry of `services`.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceBinding {
    /// The name on `env`.
    pub binding: String,
    /// The Worker that is called.
    pub service: String,
    /// Its exported class; `None` for the default export.
    pub entrypoint: Option<String>,
    /// What the callee finds in `ctx.props`.
    pub props: Option<serde_json::Value>,
    /// Where the entry is.
    pub place: Place,
}

/// The `assets` of a project, as written and checked; the crate `stepwell-assets` gives the texts their meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assets {
    /// The directory, absolute.
    pub directory: PathBuf,
    /// The name on `env`.
    pub binding: Option<String>,
    /// `html_handling`.
    pub html_handling: Option<String>,
    /// `not_found_handling`.
    pub not_found_handling: Option<String>,
    /// `run_worker_first`.
    pub run_worker_first: RunWorkerFirst,
    /// Where the key is.
    pub place: Place,
}

/// Which requests reach the Worker although there may be a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunWorkerFirst {
    /// None, or all.
    Always(bool),
    /// Those whose path matches.
    Patterns(Vec<String>),
}

/// How the code becomes what workerd loads. Paths are absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundling {
    /// `rules`, in their order, without wrangler's defaults.
    pub rules: Vec<Rule>,
    /// `define`: expressions that are replaced.
    pub define: BTreeMap<String, String>,
    /// `alias`: module names that are replaced.
    pub alias: BTreeMap<String, String>,
    /// `tsconfig`.
    pub tsconfig: Option<PathBuf>,
    /// `jsx_factory`.
    pub jsx_factory: Option<String>,
    /// `jsx_fragment`.
    pub jsx_fragment: Option<String>,
    /// `minify`.
    pub minify: bool,
    /// Whether functions and classes keep their names in the bundle (`keep_names`, true unless set).
    pub keep_names: bool,
    /// `no_bundle`: the entry file and the modules beside it are used as they are.
    pub no_bundle: bool,
    /// `find_additional_modules`; without a value it follows `no_bundle`.
    pub find_additional_modules: Option<bool>,
    /// `base_dir`: where module names begin; without a value the directory of the entry file.
    pub base_dir: Option<PathBuf>,
    /// `preserve_file_names`: modules keep their names instead of a hash and the name.
    pub preserve_file_names: bool,
    /// `build`: a command that makes the entry file.
    pub build: Option<CustomBuild>,
}

impl Default for Bundling {
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            define: BTreeMap::new(),
            alias: BTreeMap::new(),
            tsconfig: None,
            jsx_factory: None,
            jsx_fragment: None,
            minify: false,
            keep_names: true,
            no_bundle: false,
            find_additional_modules: None,
            base_dir: None,
            preserve_file_names: false,
            build: None,
        }
    }
}

/// A command that runs before the code is bundled, and again when its sources change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomBuild {
    /// Run by the shell.
    pub command: String,
    /// Where it runs.
    pub directory: PathBuf,
    /// What is watched.
    pub watch: Vec<PathBuf>,
    /// Where the key is.
    pub place: Place,
}

/// One entry of `rules`: what files that match become when they are imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The kind of module.
    pub kind: RuleKind,
    /// Patterns of paths below the base directory.
    pub globs: Vec<String>,
    /// `true`: later rules of the same kind hold too, the default ones among them; `false`: they do not, on purpose; `None`:
    /// they do not, and that is worth a warning.
    pub fallthrough: Option<bool>,
    /// Where the entry is.
    pub place: Place,
}

/// The `type` of a [`Rule`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleKind {
    /// `ESModule`.
    EsModule,
    /// `CommonJS`.
    CommonJs,
    /// `CompiledWasm`: a `WebAssembly.Module`.
    CompiledWasm,
    /// `Text`: a string.
    Text,
    /// `Data`: an `ArrayBuffer`.
    Data,
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
    /// `https` serves with a certificate.
    pub https: bool,
    /// The host of `request.url`.
    pub host: Option<String>,
    /// Whether `request.url` is https.
    pub upstream_https: Option<bool>,
    /// The port of the inspector.
    pub inspector_port: Option<u16>,
}
