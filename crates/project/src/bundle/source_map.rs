//! Adjusts the source map that esbuild wrote to where the code ends up.

use std::path::{Component, Path, PathBuf};

use base64::Engine as _;
use serde_json::Value;

use super::Error;
use super::metafile::normalize;

/// The map with its sources relative to `project_dir` instead of `directory`, for code that has `lines` more lines
/// in front.
pub(super) fn relocate(
    map: &str,
    directory: &Path,
    project_dir: &Path,
    lines: usize,
) -> Result<String, Error> {
    let failed = |source| Error::Output {
        what: "the source map",
        source,
    };
    let mut map: Value = serde_json::from_str(map).map_err(failed)?;
    let root = map.get_mut("sourceRoot").map(Value::take);
    let directory = match root.as_ref().and_then(Value::as_str) {
        Some(root) if root.contains("://") => None,
        root => Some(directory.join(root.unwrap_or_default())),
    };
    if let (Some(directory), Some(Value::Array(sources))) = (directory, map.get_mut("sources")) {
        for source in sources {
            if let Some(path) = source.as_str().filter(|path| !path.contains("://")) {
                *source = Value::String(relative(&normalize(&directory.join(path)), project_dir));
            }
        }
    }
    if lines > 0
        && let Some(Value::String(mappings)) = map.get_mut("mappings")
    {
        // Each semicolon ends the mappings of one line.
        mappings.insert_str(0, &";".repeat(lines));
    }
    serde_json::to_string(&map).map_err(failed)
}

/// The source map that a file of the project names in its last line, if it can be read; else nothing.
pub(super) fn named_by(code: &[u8], file: &Path, project_dir: &Path) -> Option<String> {
    let code = std::str::from_utf8(code).ok()?;
    let mut lines = code.lines().rev().map(str::trim).filter(|line| !line.is_empty());
    let mut comments = lines
        .by_ref()
        .take_while(|line| line.starts_with("//#") || line.starts_with("//@"));
    let name = comments
        .find_map(|line| line.strip_prefix("//# sourceMappingURL="))?
        .trim();
    let directory = file.parent()?;
    if let Some(data) = name.strip_prefix("data:") {
        let (_, encoded) = data.split_once(";base64,")?;
        let map = base64::engine::general_purpose::STANDARD.decode(encoded).ok()?;
        return relocate(std::str::from_utf8(&map).ok()?, directory, project_dir, 0).ok();
    }
    let path = directory.join(name);
    let map = std::fs::read_to_string(&path).ok()?;
    relocate(&map, path.parent()?, project_dir, 0).ok()
}

/// `path` seen from `base`, with `/` between the parts.
pub(super) fn relative(path: &Path, base: &Path) -> String {
    let common = path
        .components()
        .zip(base.components())
        .take_while(|(a, b)| a == b)
        .count();
    if common <= 1 {
        // Nothing but the root in common: `../../../..` would help nobody.
        return path.display().to_string();
    }
    let up = base.components().skip(common).map(|_| Component::ParentDir);
    let all: PathBuf = up.chain(path.components().skip(common)).collect();
    all.components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sources_as_the_project_does() {
        let map = r#"{"version":3,"sources":["../../home/ada/app/src/a.ts","../../home/ada/lib/b.ts"],"mappings":"AAAA"}"#;
        let map = relocate(map, Path::new("/tmp/out"), Path::new("/home/ada/app"), 2).unwrap();
        let map: Value = serde_json::from_str(&map).unwrap();
        assert_eq!(map["sources"], serde_json::json!(["src/a.ts", "../lib/b.ts"]));
        assert_eq!(map["mappings"], ";;AAAA");
        assert_eq!(relative(Path::new("/x/y"), Path::new("/home/ada/app")), "/x/y");
    }
}
