//! Whether the bundle exports what the configuration names.

use crate::http::Connection;
use crate::process::StartError;
use crate::script::Script;
use hyper::Method;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// What the user's module exports, as the inspector in its isolate sees it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exports {
    /// Named exports with what they are.
    pub named: BTreeMap<String, ExportKind>,
    /// The handlers of the default export (`fetch`, `scheduled`, `queue`, …); `None` without a default export.
    pub default_handlers: Option<Vec<String>>,
}

/// What an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ExportKind {
    /// A class that extends `WorkflowEntrypoint`.
    Workflow,
    /// A class that extends `DurableObject`.
    DurableObject,
    /// A class that extends `WorkerEntrypoint`.
    Entrypoint,
    /// A class or function that extends none of these.
    Class,
    /// Anything else.
    Other,
}

impl fmt::Display for ExportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Workflow => "extends WorkflowEntrypoint",
            Self::DurableObject => "extends DurableObject",
            Self::Entrypoint => "extends WorkerEntrypoint",
            Self::Class => "is a class or function that extends none of the runtime's classes",
            Self::Other => "is not a class",
        })
    }
}

/// A class that the configuration names and the bundle does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportProblem {
    /// The configuration's key, such as `workflows[].class_name`.
    pub key: &'static str,
    /// The class it names.
    pub class_name: String,
    /// What the export is instead; `None` if there is no such export.
    pub found: Option<ExportKind>,
    /// The classes that would have been right.
    pub candidates: Vec<String>,
    /// The module exports nothing at all: a service-worker script, most likely.
    pub exports_nothing: bool,
}

impl fmt::Display for ExportProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wanted = if self.key == WORKFLOW_KEY {
            "WorkflowEntrypoint"
        } else {
            "DurableObject"
        };
        write!(f, "{} \"{}\": ", self.key, self.class_name)?;
        match self.found {
            None => write!(f, "the Worker's main module has no export of this name")?,
            Some(found) => write!(f, "the export {found}; it must extend {wanted}")?,
        }
        if self.exports_nothing {
            return f.write_str(
                " (the module exports nothing; if it is a service-worker script, with addEventListener, it must become an \
                 ES module to have Workflows or Durable Objects)",
            );
        }
        match self.candidates.as_slice() {
            [] => write!(f, " (the module exports no class that extends {wanted})"),
            some => write!(f, " (exported classes that extend {wanted}: {})", some.join(", ")),
        }
    }
}

const WORKFLOW_KEY: &str = "workflows[].class_name";
const MIGRATION_KEY: &str = "migrations[]";
const OBJECT_KEY: &str = "durable_objects.bindings[].class_name";

impl Exports {
    /// Asks the inspector behind the socket at `path`.
    pub(crate) async fn ask(path: &Path) -> std::io::Result<Self> {
        let answer = Connection::open(path).await?.ask(Method::GET, "/").await?;
        serde_json::from_slice(&answer).map_err(std::io::Error::other)
    }

    /// Whether the Worker answers HTTP requests.
    pub fn has_fetch(&self) -> bool {
        self.default_handlers
            .as_ref()
            .is_some_and(|handlers| handlers.iter().any(|h| h == "fetch"))
    }

    /// # Errors
    /// [`StartError::Exports`] if something is not there that the configuration of `script` names.
    pub(crate) fn demand(&self, script: &Script) -> Result<(), StartError> {
        refuse(script, self.check(script))
    }

    /// As [`Exports::demand`], for the Workflows alone: the objects of a deployed Worker need not be of this version.
    pub(crate) fn demand_workflows(&self, script: &Script) -> Result<(), StartError> {
        let mut problems = self.check(script);
        problems.retain(|problem| problem.key == WORKFLOW_KEY);
        refuse(script, problems)
    }

    /// Everything that the configuration of `script` names and that is not there.
    pub fn check(&self, script: &Script) -> Vec<ExportProblem> {
        let workflows = script
            .workflow_classes()
            .into_iter()
            .map(|c| (WORKFLOW_KEY, c, ExportKind::Workflow));
        let own = script.own_objects();
        let objects = own.iter().map(|object| {
            let bound = script
                .objects
                .iter()
                .any(|o| script.has(o) && o.class_name == object.class_name);
            let key = if bound { OBJECT_KEY } else { MIGRATION_KEY };
            (key, object.class_name.as_str(), ExportKind::DurableObject)
        });
        workflows
            .chain(objects)
            .filter(|(_, class, kind)| self.named.get(*class) != Some(kind))
            .map(|(key, class, kind)| ExportProblem {
                key,
                class_name: class.to_owned(),
                found: self.named.get(class).copied(),
                exports_nothing: self.named.is_empty() && self.default_handlers.is_none(),
                candidates: self
                    .named
                    .iter()
                    .filter(|(_, k)| **k == kind)
                    .map(|(name, _)| name.clone())
                    .collect(),
            })
            .collect()
    }
}

fn refuse(script: &Script, problems: Vec<ExportProblem>) -> Result<(), StartError> {
    if problems.is_empty() {
        return Ok(());
    }
    Err(StartError::Exports {
        worker: script.shown_name().to_owned(),
        problems,
    })
}
