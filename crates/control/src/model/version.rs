//! What was uploaded.

use super::{Assets, Binding};
use crate::inspected::Inspected;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use stepwell_catalogue::Digest;

/// A version of a Worker. It never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScriptVersion {
    /// A UUID.
    pub id: String,
    /// The account.
    pub account: String,
    /// The Worker.
    pub script: String,
    /// Numbered from 1 per Worker.
    pub number: u32,
    /// When it was made, Unix milliseconds.
    pub created_ms: i64,
    /// What made it, such as `wrangler`.
    pub source: String,
    /// Who made it: the name of a token.
    pub author: String,
    /// `workers/message`, `workers/tag`, `workers/triggered_by`.
    pub annotations: BTreeMap<String, String>,
    /// The name of the main module.
    pub main_module: String,
    /// The modules, the main one among them, and the source maps.
    pub modules: Vec<Module>,
    /// `compatibility_date`.
    pub compatibility_date: String,
    /// `compatibility_flags`.
    pub compatibility_flags: Vec<String>,
    /// The bindings, resolved.
    pub bindings: Vec<Binding>,
    /// Other keys of the metadata, kept to be shown: `limits`, `placement`, `usage_model`, …
    pub others: Map<String, Json>,
    /// The static assets.
    pub assets: Option<Assets>,
    /// What the code exports.
    pub inspected: Inspected,
    /// Differs whenever the code does.
    pub etag: String,
}

impl ScriptVersion {
    /// The main module.
    pub fn main(&self) -> Option<&Module> {
        self.modules.iter().find(|module| module.name == self.main_module)
    }

    /// The binding of this name.
    pub fn binding(&self, name: &str) -> Option<&Binding> {
        self.bindings.iter().find(|binding| binding.name() == name)
    }
}

/// A part of an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    /// Its name, exactly as the code imports it.
    pub name: String,
    /// What it is.
    pub kind: ModuleKind,
    /// The blob with its bytes.
    pub digest: Digest,
    /// Its size.
    pub bytes: u64,
}

/// What a [`Module`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModuleKind {
    /// An ES module.
    EsModule,
    /// A CommonJS module.
    CommonJs,
    /// The import is a `WebAssembly.Module`.
    Wasm,
    /// The import is an `ArrayBuffer`.
    Data,
    /// The import is a string.
    Text,
    /// The import is what the JSON text means.
    Json,
    /// Not a module: the source map of the module whose name it has, with `.map`.
    SourceMap,
}
