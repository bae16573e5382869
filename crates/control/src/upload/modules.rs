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
        let kind = kind(&part)?;
        if kind != ModuleKind::SourceMap {
            check_name(&part.name)?;
        }
        if let Some(other) = read
            .modules
            .iter()
            .find(|module| plain(&module.name) == plain(&part.name))
        {
            return Err(Refusal::bad_upload(format!(
                "there are two parts for one module, \"{}\" and \"{}\"; send each once",
                other.name, part.name
            )));
        }
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

/// The name as another module would import it.
fn plain(name: &str) -> &str {
    name.strip_prefix("./").unwrap_or(name)
}

/// Refuses names that lead out of the upload, or that nothing can import.
fn check_name(name: &str) -> Result<(), Refusal> {
    let refuse = |why: &str| {
        Err(Refusal::bad_upload(format!(
            "a module is named {name:?}, {why}; the names of modules are paths below the main module's, such as \"lib/data.bin\" or \"./data.bin\""
        )))
    };
    if name.contains(char::is_control) {
        return refuse("which has control characters");
    }
    if name.contains('\\') {
        return refuse("which has a backslash");
    }
    if name.starts_with('/') {
        return refuse("which is an absolute path");
    }
    if ["cloudflare:", "node:", "workerd:"]
        .iter()
        .any(|runtime| name.starts_with(runtime))
    {
        return refuse("which is a module of the runtime");
    }
    let mut segments = plain(name).split('/');
    if segments.any(|segment| matches!(segment, "" | "." | "..")) {
        return refuse("which has an empty part, \".\" or \"..\" in its path");
    }
    Ok(())
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
