//! The cache directory and what lies where in it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{Tool, platform};

/// The directory for fetched programs: `STEPWELL_CACHE_DIR`, else `$XDG_CACHE_HOME/stepwell`, else
/// `~/.cache/stepwell`, else (no home directory) a directory for temporary files.
pub fn cache_dir() -> PathBuf {
    from_environment(|name| std::env::var_os(name))
}

fn from_environment(variable: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    let set = |name: &str| {
        variable(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(own) = set("STEPWELL_CACHE_DIR") {
        return std::path::absolute(&own).unwrap_or(own);
    }
    // The XDG specification says that a relative path is to be ignored.
    if let Some(base) = set("XDG_CACHE_HOME").filter(|base| base.is_absolute()) {
        return base.join("stepwell");
    }
    match set("HOME") {
        Some(home) => home.join(".cache").join("stepwell"),
        None => std::env::temp_dir().join("stepwell-cache"),
    }
}

/// Where the pinned `tool` for this platform lies in the cache, whether it is there or not.
pub fn cached_path(cache_dir: &Path, tool: Tool) -> PathBuf {
    let platform = platform::current().map_or("other", platform::Platform::name);
    cache_dir
        .join("tools")
        .join(format!("{}-{}-{platform}", tool.name(), tool.version()))
        .join(tool.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &[(&str, &str)]) -> PathBuf {
        from_environment(|name| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn follows_the_documented_order() {
        let all = [
            ("STEPWELL_CACHE_DIR", "/a"),
            ("XDG_CACHE_HOME", "/b"),
            ("HOME", "/c"),
        ];
        assert_eq!(with(&all), Path::new("/a"));
        assert_eq!(with(&all[1..]), Path::new("/b/stepwell"));
        assert_eq!(with(&all[2..]), Path::new("/c/.cache/stepwell"));
        assert_eq!(
            with(&[("XDG_CACHE_HOME", "relative"), ("HOME", "/c")]),
            Path::new("/c/.cache/stepwell")
        );
        assert_eq!(
            with(&[("STEPWELL_CACHE_DIR", ""), ("HOME", "/c")]),
            Path::new("/c/.cache/stepwell")
        );
    }
}
