//! One version of one Worker, as plain data. The binary fills it from the project; nothing here reads files.

use crate::network::{Entrypoint, Target};
use crate::outbound::OutboundPolicy;
use base64::Engine as _;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use stepwell_logs::Stacks;

/// One version of one Worker.
#[derive(Debug, Clone)]
pub struct Script {
    /// The Worker's name; on a server, `ACCOUNT/NAME`.
    pub name: String,
    /// The version's number; with the name, it names processes in logs.
    pub version: u32,
    /// The name of the main module, by which stacks and other modules know it: a path with `/` between folders, none of
    /// them `..`. A bundle's is [`USER_MODULE`](crate::shim::USER_MODULE).
    pub main: String,
    /// The main module, an ES module.
    pub code: Arc<str>,
    /// The source map of `code`, for debuggers.
    pub source_map: Option<Arc<str>>,
    /// Has logs name the user's own files. Without, whoever prints them does.
    pub stacks: Stacks,
    /// The other modules.
    pub modules: Vec<Module>,
    /// `compatibility_date`.
    pub compatibility_date: String,
    /// `compatibility_flags`.
    pub compatibility_flags: Vec<String>,
    /// `vars` and `.dev.vars` that are strings.
    pub text_vars: BTreeMap<String, String>,
    /// `vars` that are not strings.
    pub json_vars: BTreeMap<String, serde_json::Value>,
    /// Workflow bindings.
    pub workflows: Vec<WorkflowBinding>,
    /// Bindings to entrypoints of Workers.
    pub services: Vec<ServiceBinding>,
    /// Durable Object bindings.
    pub objects: Vec<ObjectBinding>,
    /// Durable Object classes that this Worker has, with a binding or (named by migrations only) without.
    pub object_classes: Vec<ObjectClass>,
    /// Where the Worker's static assets are on `env`.
    pub assets_binding: Option<AssetsBinding>,
    /// Bindings of kinds that are not supported.
    pub placeholders: Vec<Placeholder>,
    /// What the code may use.
    pub limits: Limits,
    /// Where `fetch` may go.
    pub outbound: Outbound,
    /// Where the data of the Worker's Durable Objects lives; made if it is missing.
    pub object_directory: PathBuf,
}

/// A module that the main module imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Its name, a path as [`Script::main`] is: relative imports start from it.
    pub name: String,
    /// What workerd makes of it.
    pub kind: ModuleKind,
    /// Its bytes.
    pub contents: Arc<[u8]>,
}

/// What a [`Module`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModuleKind {
    /// An ES module.
    EsModule,
    /// A CommonJS module.
    CommonJs,
    /// The import is a `WebAssembly.Module`.
    Wasm,
    /// The import is an `ArrayBuffer`.
    Data,
    /// The import is a string; the bytes must be UTF-8.
    Text,
    /// The import is what the JSON text means.
    Json,
}

/// A Workflow on `env`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowBinding {
    /// Its name on `env`.
    pub binding: String,
    /// The Workflow's name.
    pub workflow_name: String,
    /// The exported class; `None` if another script has it (`script_name`).
    pub class_name: Option<String>,
}

/// A Durable Object namespace on `env`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectBinding {
    /// Its name on `env`.
    pub binding: String,
    /// The Worker that has the objects, if it is another one (`script_name`).
    pub worker: Option<String>,
    /// The exported class.
    pub class_name: String,
    /// The namespace's stable id: one path component, part of where the data lives and of every object's id.
    pub unique_key: String,
    /// As in [`ObjectClass::sqlite`].
    pub sqlite: bool,
}

/// The name of a Worker without the account that its key begins with, if it has one: names contain no `/`.
pub(crate) fn shown_name(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

impl ObjectBinding {
    /// The class that it is bound to.
    pub fn class(&self) -> ObjectClass {
        ObjectClass {
            class_name: self.class_name.clone(),
            unique_key: self.unique_key.clone(),
            sqlite: self.sqlite,
        }
    }
}

/// An entrypoint of a Worker on `env`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceBinding {
    /// Its name on `env`.
    pub binding: String,
    /// The Worker; this one, another one of the session, or one that is not there.
    pub worker: String,
    /// The exported class; `None` is the default export.
    pub entrypoint: Option<String>,
    /// What the callee finds in `ctx.props`.
    pub props: Option<serde_json::Value>,
}

impl ServiceBinding {
    pub(crate) fn target(&self) -> Entrypoint {
        Entrypoint {
            name: self.entrypoint.clone(),
            props: self.props.as_ref().map(ToString::to_string),
        }
    }
}

/// A Durable Object class of a Worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectClass {
    /// The exported class.
    pub class_name: String,
    /// As in [`ObjectBinding::unique_key`].
    pub unique_key: String,
    /// Whether `ctx.storage.sql` is there: for classes that migrations name under `new_sqlite_classes`, and for those
    /// that they do not name.
    pub sqlite: bool,
}

/// The static assets on `env`: something that can only `fetch`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetsBinding {
    /// Its name on `env`.
    pub binding: String,
    /// The unix socket of the HTTP service that answers.
    pub socket: PathBuf,
}

/// A binding that cannot be provided. Its first use throws and names the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// Its name on `env`.
    pub binding: String,
    /// The key of the configuration that asks for it, such as `kv_namespaces`.
    pub config_key: String,
    /// Why it leads nowhere, if it is not of a kind that cannot be had.
    pub why: Option<String>,
}

/// What the code of a process may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// CPU time that a process may burn without once answering, in milliseconds (`limits.cpu_ms`).
    pub cpu_ms: u64,
    /// The JavaScript heap of a process, in MiB.
    pub heap_mb: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            cpu_ms: 30_000,
            heap_mb: 512,
        }
    }
}

/// Where the Worker's outgoing `fetch` and `connect` may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outbound {
    /// Nowhere.
    Nothing,
    /// Public addresses, and what the operator allows; a refusal tells user code so.
    Guarded(OutboundPolicy),
    /// Public, private and loopback addresses (as under `wrangler dev`), save link-local ones and `denied`.
    PublicAndPrivate {
        /// Further addresses in CIDR notation that are refused.
        denied: Vec<String>,
    },
}

impl Script {
    /// The Worker's name as people know it: without the account that [`Script::name`] may begin with.
    pub(crate) fn shown_name(&self) -> &str {
        shown_name(&self.name)
    }

    /// The name for logs.
    pub fn label(&self) -> String {
        format!("{} v{}", self.name, self.version)
    }

    /// The script as a debugger should find it: with its source map.
    pub(crate) fn with_source_map(mut self) -> Self {
        if let Some(map) = &self.source_map {
            let map = base64::engine::general_purpose::STANDARD.encode(map.as_bytes());
            let code = format!(
                "{}\n//# sourceMappingURL=data:application/json;base64,{map}\n",
                self.code
            );
            self.code = code.into();
        }
        self
    }

    /// The Workflow classes that this script itself must export, each once.
    pub fn workflow_classes(&self) -> Vec<&str> {
        let classes: BTreeSet<&str> = self
            .workflows
            .iter()
            .filter_map(|w| w.class_name.as_deref())
            .collect();
        classes.into_iter().collect()
    }

    /// The sources of its JavaScript modules.
    pub(crate) fn javascript(&self) -> impl Iterator<Item = &[u8]> {
        let others = self
            .modules
            .iter()
            .filter(|module| matches!(module.kind, ModuleKind::EsModule | ModuleKind::CommonJs));
        std::iter::once(self.code.as_bytes()).chain(others.map(|module| &*module.contents))
    }

    /// Whether the objects of a binding are this Worker's own.
    pub(crate) fn has(&self, binding: &ObjectBinding) -> bool {
        binding.worker.as_ref().is_none_or(|worker| *worker == self.name)
    }

    /// The other Workers whose objects are bound, with their classes.
    pub(crate) fn foreign_objects(&self) -> BTreeMap<&str, Vec<ObjectClass>> {
        let mut workers: BTreeMap<&str, Vec<ObjectClass>> = BTreeMap::new();
        for binding in self.objects.iter().filter(|binding| !self.has(binding)) {
            let classes = workers
                .entry(binding.worker.as_deref().unwrap_or_default())
                .or_default();
            if !classes.iter().any(|class| class.class_name == binding.class_name) {
                classes.push(binding.class());
            }
        }
        workers
    }

    /// What of Workers, this one included, its bindings call.
    pub(crate) fn calls(&self) -> impl Iterator<Item = (&str, Target)> {
        let services = self
            .services
            .iter()
            .map(|service| (service.worker.as_str(), Target::Entrypoint(service.target())));
        let objects = self
            .foreign_objects()
            .into_keys()
            .map(|worker| (worker, Target::Objects));
        services.chain(objects)
    }

    /// The Durable Object classes of this Worker, bound or not, each once.
    pub(crate) fn own_objects(&self) -> Vec<ObjectClass> {
        let mut classes: BTreeMap<&str, ObjectClass> = BTreeMap::new();
        for binding in self.objects.iter().filter(|binding| self.has(binding)) {
            classes.insert(&binding.class_name, binding.class());
        }
        for class in &self.object_classes {
            classes.entry(&class.class_name).or_insert_with(|| class.clone());
        }
        classes.into_values().collect()
    }
}
