//! The source maps that a version was uploaded with.

use bytes::Bytes;
use std::sync::{Arc, OnceLock};
use stepwell_control::model::{ModuleKind, ScriptVersion};
use stepwell_project::sourcemap::Mapper;
use stepwell_runtime::logs::{SourceMaps, Stacks};

/// Source maps, which are read when something names a place that they may know.
#[derive(Debug)]
struct Uploaded {
    /// The names of modules, with their maps.
    maps: Vec<(String, Bytes)>,
    mapper: OnceLock<Mapper>,
}

/// Those of a version; `modules` are the bytes of its modules, in their order.
pub(super) fn of(facts: &ScriptVersion, modules: &[Bytes]) -> Stacks {
    let uploaded = facts.modules.iter().zip(modules);
    let maps: Vec<_> = uploaded
        .filter(|(module, _)| module.kind == ModuleKind::SourceMap)
        .filter_map(|(module, bytes)| Some((module.name.strip_suffix(".map")?.to_owned(), bytes.clone())))
        .collect();
    if maps.is_empty() {
        return Stacks::default();
    }
    Stacks::of(Arc::new(Uploaded {
        maps,
        mapper: OnceLock::new(),
    }))
}

impl SourceMaps for Uploaded {
    fn mapped(&self, text: &str) -> Option<String> {
        let mut names = self.maps.iter().map(|(name, _)| name.as_str());
        if !names.any(|name| text.contains(name)) {
            return None;
        }
        let mapper = self.mapper.get_or_init(|| {
            let maps = self.maps.iter();
            Mapper::of_modules(
                maps.filter_map(|(name, bytes)| Some((name.as_str(), std::str::from_utf8(bytes).ok()?))),
            )
        });
        Some(mapper.map_stack(text))
    }
}
