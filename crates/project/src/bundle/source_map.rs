//! Adjusts the source map that esbuild wrote to where the code ends up.

use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::Error;
use super::metafile::normalize;

/// The map with its sources relative to `project_dir` instead of `out`, for code that has `lines` more lines
/// in front.
pub(super) fn relocate(map: &str, out: &Path, project_dir: &Path, lines: usize) -> Result<String, Error> {
    let failed = |source| Error::Output {
        what: "the source map",
        source,
    };
    let mut map: Value = serde_json::from_str(map).map_err(failed)?;
    if let Some(Value::Array(sources)) = map.get_mut("sources") {
        for source in sources {
            if let Some(path) = source.as_str() {
                *source = Value::String(relative(&normalize(&out.join(path)), project_dir));
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

/// `path` seen from `base`, with `/` between the parts.
fn relative(path: &Path, base: &Path) -> String {
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
