//! A workerd configuration under construction: text plus the modules it embeds from files beside it.

use super::text::{list, literal};
use crate::script::{Module, ModuleKind};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

/// The name of the configuration file inside its directory.
pub(crate) const FILE: &str = "config.capnp";

/// A configuration under construction.
///
/// Modules are embedded from files and not written into the text: workerd reads those without lexing them.
#[derive(Debug, Default)]
pub(crate) struct Document {
    services: Vec<String>,
    sockets: Vec<String>,
    extensions: Vec<String>,
    heap_mb: Option<u32>,
    files: Vec<(String, Arc<[u8]>)>,
}

/// A finished configuration: files to put into one directory, and the sockets that say when it is ready.
#[derive(Debug, Clone)]
pub(crate) struct ConfigFiles {
    /// Name and content of each file; one is [`FILE`].
    pub(crate) files: Vec<(String, Arc<[u8]>)>,
    /// How many sockets will be announced.
    pub(crate) sockets: usize,
}

impl Document {
    /// Limits the JavaScript heap of each isolate.
    pub(crate) fn heap(&mut self, mb: u32) {
        self.heap_mb = Some(mb);
    }

    /// An ES module for a `modules` list.
    pub(crate) fn module(&mut self, name: &str, source: impl Into<Arc<str>>) -> String {
        let file = format!("module{}.js", self.files.len());
        let entry = format!("(name = {}, esModule = embed {})", literal(name), literal(&file));
        self.files.push((file, source.into().into()));
        entry
    }

    /// One of the user's other modules, for a `modules` list.
    pub(crate) fn asset(&mut self, module: &Module) -> String {
        let file = format!("module{}.bin", self.files.len());
        let kind = match module.kind {
            ModuleKind::EsModule => "esModule",
            ModuleKind::CommonJs => "commonJsModule",
            ModuleKind::Wasm => "wasm",
            ModuleKind::Data => "data",
            ModuleKind::Text => "text",
            ModuleKind::Json => "json",
        };
        let entry = format!(
            "(name = {}, {kind} = embed {})",
            literal(&module.name),
            literal(&file)
        );
        self.files.push((file, module.contents.clone()));
        entry
    }

    /// A service.
    pub(crate) fn service(&mut self, name: &str, body: &str) {
        self.services.push(format!("(name = {}, {body})", literal(name)));
    }

    /// A unix socket that leads to a service; `http` are its HTTP options, `designator` the service.
    pub(crate) fn socket(&mut self, name: &str, path: &Path, http: &str, designator: &str) {
        self.sockets.push(format!(
            "(name = {}, address = {}, http = ({http}), service = {designator})",
            literal(name),
            address(path),
        ));
    }

    /// A module that wrapped bindings may name, and modules of workerd's own may import.
    pub(crate) fn extension(&mut self, name: &str, source: &str) {
        let file = format!("module{}.js", self.files.len());
        self.extensions.push(format!(
            "(name = {}, internal = true, esModule = embed {})",
            literal(name),
            literal(&file)
        ));
        self.files.push((file, Arc::from(source.as_bytes())));
    }

    /// The files.
    pub(crate) fn finish(mut self) -> ConfigFiles {
        let mut text = String::from(
            "using Workerd = import \"/workerd/workerd.capnp\";\nconst config :Workerd.Config = (\n",
        );
        // One JSON line for each message tells user code's lines from workerd's own, whatever they contain.
        text.push_str("  logging = (structuredLogging = true),\n");
        if let Some(mb) = self.heap_mb {
            let _ = writeln!(
                text,
                "  v8Flags = {},",
                list([format!("--max-old-space-size={mb}")])
            );
        }
        if !self.extensions.is_empty() {
            let _ = writeln!(
                text,
                "  extensions = [(modules = [{}])],",
                self.extensions.join(", ")
            );
        }
        let _ = writeln!(
            text,
            "  services = [\n    {}\n  ],",
            self.services.join(",\n    ")
        );
        let _ = writeln!(
            text,
            "  sockets = [\n    {}\n  ]\n);",
            self.sockets.join(",\n    ")
        );
        self.files.push((FILE.into(), text.into_bytes().into()));
        ConfigFiles {
            sockets: self.sockets.len(),
            files: self.files,
        }
    }
}

/// The address of a unix socket as a literal.
pub(crate) fn address(path: &Path) -> String {
    literal(&format!("unix:{}", path.display()))
}
