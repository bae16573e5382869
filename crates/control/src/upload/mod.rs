//! Uploads of code: from parts to a version that was started once.

mod bindings;
mod known;
mod metadata;
mod modules;
mod put;

use crate::model::{Script, ScriptVersion};
use bytes::Bytes;
use serde_json::Value as Json;
use std::sync::Arc;

pub(crate) use known::{check_binding, check_settings};
pub(crate) use metadata::{Metadata, merge_settings};

/// An upload as the client sent it.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The part `metadata`.
    pub metadata: Json,
    /// The other parts.
    pub parts: Vec<Part>,
    /// Whether an `inherit` binding without a predecessor is refused (`bindings_inherit=strict`).
    pub strict_inherit: bool,
}

/// A part of an upload: a module or a source map.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its name, as the code imports it.
    pub name: String,
    /// Its `Content-Type`.
    pub content_type: Option<String>,
    /// Its bytes.
    pub bytes: Bytes,
}

/// Who does something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// The name of the token.
    pub author: String,
    /// The kind of client: `wrangler`, `api`, `dash`.
    pub source: String,
}

/// What an upload led to.
#[derive(Debug, Clone)]
pub struct Uploaded {
    /// The Worker.
    pub script: Arc<Script>,
    /// The version.
    pub version: Arc<ScriptVersion>,
}
