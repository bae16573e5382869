//! Patterns of routes, as Cloudflare defines them: `https://*.example.com/api/*`.

use super::super::Host;
use std::fmt;
use std::str::FromStr;

/// Which requests a route is for. The host may begin with `*`, the path may end with it; without a path it is `/` alone.
/// The query counts as a part of the path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    pub(super) scheme: Scheme,
    pub(super) host: HostPattern,
    pub(super) path: PathPattern,
}

/// What a pattern says of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Scheme {
    Any,
    Http,
    Https,
}

/// What a pattern says of the host.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum HostPattern {
    /// This one.
    Exact(String),
    /// What ends with this: with `.example.com` hosts below that, with `example.com` that host too, with nothing all.
    Ending(String),
}

/// What a pattern says of path and query.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum PathPattern {
    /// This one.
    Exact(String),
    /// What begins with this.
    Beginning(String),
}

/// Why a text is no pattern. The texts say what to write instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It has a query or a fragment.
    #[error("a route pattern has no query and no fragment: end it with \"*\" to match any query")]
    Query,
    /// It has another scheme.
    #[error("a route pattern begins with http://, https:// or the host")]
    Scheme,
    /// The host has a wildcard elsewhere.
    #[error("\"*\" may only be the first character of a route pattern's host, and the last one of its path")]
    Wildcard,
    /// The host is none, or has a port.
    #[error(
        "a route pattern needs a host without a port, for example \"example.com/*\" or \"*.example.com/*\""
    )]
    Host,
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        if text.contains(['?', '#']) {
            return Err(PatternError::Query);
        }
        let (scheme, rest) = scheme(text)?;
        let (host, path) = match rest.find('/') {
            Some(at) => rest.split_at(at),
            None => (rest, "/"),
        };
        Ok(Self {
            scheme,
            host: host_pattern(host)?,
            path: path_pattern(path)?,
        })
    }
}

fn scheme(text: &str) -> Result<(Scheme, &str), PatternError> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Ok((Scheme::Any, text));
    };
    match scheme.to_ascii_lowercase().as_str() {
        "http" => Ok((Scheme::Http, rest)),
        "https" => Ok((Scheme::Https, rest)),
        _ => Err(PatternError::Scheme),
    }
}

fn host_pattern(text: &str) -> Result<HostPattern, PatternError> {
    let Some(ending) = text.strip_prefix('*') else {
        return plain_host(text).map(HostPattern::Exact);
    };
    if ending.is_empty() {
        return Ok(HostPattern::Ending(String::new()));
    }
    // The dot is none of the host's, but says that there is something before it.
    let (dot, name) = match ending.strip_prefix('.') {
        Some(name) => (".", name),
        None => ("", ending),
    };
    Ok(HostPattern::Ending(format!("{dot}{}", plain_host(name)?)))
}

fn plain_host(text: &str) -> Result<String, PatternError> {
    if text.contains('*') {
        return Err(PatternError::Wildcard);
    }
    if text.starts_with('.') || has_port(text) {
        return Err(PatternError::Host);
    }
    Host::parse(text)
        .map(|host| host.as_str().to_owned())
        .ok_or(PatternError::Host)
}

fn has_port(text: &str) -> bool {
    text.rsplit_once(':')
        .is_some_and(|(_, after)| !after.contains(']'))
}

fn path_pattern(text: &str) -> Result<PathPattern, PatternError> {
    let (stem, is_open) = match text.strip_suffix('*') {
        Some(stem) => (stem, true),
        None => (text, false),
    };
    if stem.contains('*') {
        return Err(PatternError::Wildcard);
    }
    let stem = super::path::normalized(stem).into_owned();
    Ok(if is_open {
        PathPattern::Beginning(stem)
    } else {
        PathPattern::Exact(stem)
    })
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.scheme {
            Scheme::Any => "",
            Scheme::Http => "http://",
            Scheme::Https => "https://",
        })?;
        match &self.host {
            HostPattern::Exact(host) => f.write_str(host)?,
            HostPattern::Ending(ending) => write!(f, "*{ending}")?,
        }
        match &self.path {
            PathPattern::Exact(path) => f.write_str(path),
            PathPattern::Beginning(path) => write!(f, "{path}*"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_read_and_written_in_one_way() {
        for (text, expected) in [
            ("example.com", "example.com/"),
            ("Example.COM/Path", "example.com/Path"),
            ("https://*.example.com/images/*", "https://*.example.com/images/*"),
            ("HTTP://example.com./*", "http://example.com/*"),
            ("*example.com/*", "*example.com/*"),
            ("*/*", "*/*"),
            ("*", "*/"),
            ("*-dev.example.com/*", "*-dev.example.com/*"),
            ("*.bücher.example/ä*", "*.xn--bcher-kva.example/%C3%A4*"),
            ("[::1]/*", "[::1]/*"),
            ("example.com/a/../b/*", "example.com/b/*"),
        ] {
            let pattern: Pattern = text.parse().unwrap();
            assert_eq!(pattern.to_string(), expected, "{text}");
            assert_eq!(expected.parse(), Ok(pattern), "{expected}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        for (text, expected) in [
            ("example.com/?a=*", PatternError::Query),
            ("example.com/#a", PatternError::Query),
            ("ftp://example.com/*", PatternError::Scheme),
            ("example.com/*.jpg", PatternError::Wildcard),
            ("a.*.example.com/*", PatternError::Wildcard),
            ("**.example.com/", PatternError::Wildcard),
            ("example.com/**", PatternError::Wildcard),
            ("", PatternError::Host),
            ("/api/*", PatternError::Host),
            ("example.com:8080/*", PatternError::Host),
            ("*..example.com/*", PatternError::Host),
            ("a b.example/*", PatternError::Host),
            ("*./x", PatternError::Host),
            ("user@example.com/", PatternError::Host),
        ] {
            assert_eq!(text.parse::<Pattern>(), Err(expected), "{text}");
        }
    }
}
