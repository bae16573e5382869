//! The parts of an upload that are code, data and source maps (wire 6.1).

use super::Part;
use crate::error::Refusal;
use crate::model::{Module, ModuleKind};
use bytes::Bytes;
use std::collections::BTreeMap;
use stepwell_catalogue::Digest;

/// The modules, and their bytes.
pub(super) struct Modules {
    pub(super) modules: Vec<Module>,
    pub(super) blobs: BTreeMap<Digest, Bytes>,
}

/// Reads the parts.
///
/// # Errors
/// Which part cannot be a module, and why.
pub(super) fn read(parts: Vec<Part>, main: &str) -> Result<Modules, Refusal> {
    let mut read = Modules {
        modules: Vec::with_capacity(parts.len()),
        blobs: BTreeMap::new(),
    };
    for part in parts {
        if read.modules.iter().any(|module| module.name == part.name) {
            return Err(Refusal::bad_upload(format!(
                "there are two parts named \"{}\"",
                part.name
            )));
        }
        let kind = kind(&part)?;
        let text = !matches!(kind, ModuleKind::Wasm | ModuleKind::Data);
        if text && std::str::from_utf8(&part.bytes).is_err() {
            return Err(Refusal::bad_upload(format!(
                "the module \"{}\" is not valid UTF-8",
                part.name
            )));
        }
        let digest = Digest::of(&part.bytes);
        read.modules.push(Module {
            name: part.name,
            kind,
            digest,
            bytes: part.bytes.len() as u64,
        });
        read.blobs.insert(digest, part.bytes);
    }
    if main.is_empty() && read.modules.is_empty() {
        return Ok(read);
    }
    match read.modules.iter().find(|module| module.name == main) {
        Some(module) if module.kind == ModuleKind::EsModule => Ok(read),
        Some(_) => Err(Refusal::bad_upload(format!(
            "the main module \"{main}\" must be an ES module (Content-Type: application/javascript+module)"
        ))),
        None => Err(Refusal::invalid_script(format!(
            "Uncaught Error: No such module \"{main}\". The upload has no part with the name of \"metadata.main_module\""
        ))),
    }
}

fn kind(part: &Part) -> Result<ModuleKind, Refusal> {
    let content_type = part.content_type.as_deref().unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    match essence.to_ascii_lowercase().as_str() {
        "application/javascript+module" | "text/javascript+module" => Ok(ModuleKind::EsModule),
        "application/javascript" | "text/javascript" => Ok(ModuleKind::CommonJs),
        "application/wasm" => Ok(ModuleKind::Wasm),
        "application/octet-stream" => Ok(ModuleKind::Data),
        "text/plain" => Ok(ModuleKind::Text),
        "application/json" => Ok(ModuleKind::Json),
        "application/source-map" => Ok(ModuleKind::SourceMap),
        "text/x-python" | "text/x-python-requirement" => Err(Refusal::python()),
        _ => Err(Refusal::bad_upload(format!(
            "the part \"{}\" has the Content-Type \"{content_type}\", which no module has",
            part.name
        ))),
    }
}
