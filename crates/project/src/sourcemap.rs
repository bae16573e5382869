//! Turns places in the bundle into places in the person's files, in stack traces.

mod calls;

use std::path::Path;

use ::sourcemap::{SourceMap, Token};

use crate::bundle::{Bundle, MODULE_NAME};
pub use calls::Call;

/// The source map cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the source map: {0}")]
pub struct Error(#[from] ::sourcemap::Error);

/// Rewrites the frames of stack traces.
#[derive(Debug)]
pub struct Mapper {
    /// The names of modules with their maps, longer names first.
    modules: Vec<(String, SourceMap)>,
    /// Nobody knows that of an upload.
    project_dir: Option<String>,
}

impl Mapper {
    /// A mapper for the module [`MODULE_NAME`] whose source map is `source_map`. Absolute sources within
    /// `project_dir` are shown relative to it.
    ///
    /// # Errors
    ///
    /// [`Error`] if `source_map` is none.
    pub fn new(source_map: &str, project_dir: &Path) -> Result<Self, Error> {
        let mut mapper = Self::empty(project_dir);
        mapper.add(MODULE_NAME, source_map)?;
        Ok(mapper)
    }

    /// A mapper for all modules of `bundle` that have a source map. One that cannot be read is as good as none: it
    /// comes from the project's own build.
    pub fn of(bundle: &Bundle, project_dir: &Path) -> Self {
        let mut mapper = Self::empty(project_dir);
        let others = bundle
            .modules
            .iter()
            .map(|module| (&module.name, &module.source_map));
        for (name, map) in others.chain([(&bundle.name, &bundle.source_map)]) {
            if let Some(map) = map {
                let _ = mapper.add(name, map);
            }
        }
        mapper
    }

    /// A mapper for these modules, given as names and source maps. One that cannot be read is as good as none. Sources that
    /// are named from a directory of the build are shown from the project's: without the steps upwards that they begin
    /// with.
    pub fn of_modules<'a>(modules: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut mapper = Self {
            modules: Vec::new(),
            project_dir: None,
        };
        for (name, map) in modules {
            let _ = mapper.add(name, map);
        }
        mapper
    }

    fn empty(project_dir: &Path) -> Self {
        Self {
            modules: Vec::new(),
            project_dir: Some(format!("{}/", project_dir.display())),
        }
    }

    fn add(&mut self, name: &str, source_map: &str) -> Result<(), Error> {
        let map = SourceMap::from_slice(source_map.as_bytes())?;
        self.modules.push((name.to_owned(), map));
        self.modules
            .sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Ok(())
    }

    /// `stack` with `index.js:12:34` replaced by `src/index.ts:3:14` wherever a map knows the place;
    /// everything else stays as it is.
    pub fn map_stack(&self, stack: &str) -> String {
        let mut mapped = String::with_capacity(stack.len());
        let mut rest = stack;
        while let Some((at, name, map)) = self.first(rest) {
            let (before, found) = rest.split_at(at);
            let behind = &found[name.len()..];
            if let Some((path, place, length)) = self.frame(map, before, behind) {
                mapped.push_str(&before[..before.len() - path]);
                mapped.push_str(&place);
                rest = &behind[length..];
            } else {
                mapped.push_str(before);
                mapped.push_str(name);
                rest = behind;
            }
        }
        mapped.push_str(rest);
        mapped
    }

    /// Where the first name of a module is in `text`; of several at one place the longest.
    fn first(&self, text: &str) -> Option<(usize, &str, &SourceMap)> {
        let found = self.modules.iter();
        let found = found.filter_map(|(name, map)| Some((text.find(name.as_str())?, name.as_str(), map)));
        found.min_by_key(|(at, _, _)| *at)
    }

    /// For text around the module's name: how many bytes before it belong to its path, the original place,
    /// and how many bytes behind it are the line and column.
    fn frame(&self, map: &SourceMap, before: &str, behind: &str) -> Option<(usize, String, usize)> {
        let start = before.rfind(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '"' | '\''));
        let path = &before[start.map_or(0, |start| start + 1)..];
        // Nothing, or the address under which workerd loads modules; not `other-index.js` or `lib/index.js`.
        if !(path.is_empty() || (path.starts_with("file://") && path.ends_with('/'))) {
            return None;
        }
        let (line, rest) = number(behind.strip_prefix(':')?)?;
        let (column, rest) = number(rest.strip_prefix(':')?)?;
        let place = self.original(map, line, column)?;
        Some((path.len(), place, behind.len() - rest.len()))
    }

    fn original(&self, map: &SourceMap, line: u32, column: u32) -> Option<String> {
        let token = token(map, line, column)?;
        Some(format!(
            "{}:{}:{}",
            self.shown(token.get_source()?),
            token.get_src_line() + 1,
            token.get_src_col() + 1
        ))
    }

    fn shown(&self, source: &str) -> String {
        let shown = match &self.project_dir {
            Some(project_dir) => source.strip_prefix(project_dir).unwrap_or(source),
            None => source.trim_start_matches("../"),
        };
        shown.to_owned()
    }
}

fn token(map: &SourceMap, line: u32, column: u32) -> Option<Token<'_>> {
    // Stack traces count from one, source maps from zero.
    let (line, column) = (line.checked_sub(1)?, column.checked_sub(1)?);
    // The nearest token before may be one of another line, which says nothing about this one.
    map.lookup_token(line, column)
        .filter(|token| token.get_dst_line() == line)
}

fn number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..end].parse().ok()?, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Line 1 column 1 is src/index.ts:3:5, line 2 column 11 is src/lib.ts:1:1.
    const MAP: &str =
        r#"{"version":3,"sources":["src/index.ts","src/lib.ts"],"names":[],"mappings":"AAEI;UCFJ"}"#;

    #[test]
    fn maps_frames_and_leaves_the_rest() {
        let mapper = Mapper::new(MAP, Path::new("/home/ada")).unwrap();
        let stack = "Error: index.js is bad\n    at run (index.js:1:1)\n    at index.js:2:15\n    at async file:///bundle/index.js:1:3\n    at x (node-internal:streams:3:4)\n    at y (other-index.js:1:1)\n    at z (index.js:900:1)\n    at w (index.js:0:0)\n    at v (index.js:99999999999:1)";
        let expected = "Error: index.js is bad\n    at run (src/index.ts:3:5)\n    at src/lib.ts:1:1\n    at async src/index.ts:3:5\n    at x (node-internal:streams:3:4)\n    at y (other-index.js:1:1)\n    at z (index.js:900:1)\n    at w (index.js:0:0)\n    at v (index.js:99999999999:1)";
        assert_eq!(mapper.map_stack(stack), expected);
        assert_eq!(mapper.map_stack("index.js:1:"), "index.js:1:");
        assert_eq!(mapper.map_stack(""), "");
    }

    #[test]
    fn sources_of_an_upload_are_shown_without_the_way_from_the_build() {
        let map = MAP.replace("src/index.ts", "../../src/index.ts");
        let mapper = Mapper::of_modules([("index.js", map.as_str()), ("lib.js", "no map")]);
        let stack = "at a (index.js:1:1) at b (lib.js:1:1)";
        assert_eq!(
            mapper.map_stack(stack),
            "at a (src/index.ts:3:5) at b (lib.js:1:1)"
        );
    }

    #[test]
    fn knows_several_modules() {
        let mut mapper = Mapper::new(MAP, Path::new("/home/ada")).unwrap();
        let other = MAP.replace("src/index.ts", "index.js");
        mapper.add("lib/index.js", &other).unwrap();
        assert_eq!(
            mapper.map_stack(
                "at a (lib/index.js:1:2)\nat b (file:///x/index.js:1:2)\nat c (file:///lib/index.js:1:1)"
            ),
            "at a (index.js:3:5)\nat b (src/index.ts:3:5)\nat c (index.js:3:5)"
        );
        assert!(
            Mapper::new("{}", Path::new("/")).is_err() || Mapper::new("nonsense", Path::new("/")).is_err()
        );
    }
}
