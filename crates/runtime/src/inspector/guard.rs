//! Who may debug: nobody that a web page of somebody else's could be.

use hyper::header::{HOST, HeaderMap, ORIGIN};
use hyper::http::uri::Authority;
use hyper::{StatusCode, Uri};

/// What a debugger on this machine calls it. Another `Host` is that of a page whose name was made to lead here.
const OWN_NAMES: &[&str] = &["127.0.0.1", "[::1]", "localhost"];

/// Where Cloudflare's DevTools are served.
const DEVTOOLS: &[&str] = &[
    "devtools.devprod.cloudflare.dev",
    "cloudflare-devtools.devprod.workers.dev",
    "cloudflare-devtools.pages.dev",
];

/// # Errors
/// The status and text of the refusal.
pub(super) fn check_host(headers: &HeaderMap) -> Result<(), (StatusCode, &'static str)> {
    let host = headers.get(HOST).and_then(|value| value.to_str().ok());
    match host.and_then(|host| host.parse::<Authority>().ok()) {
        None => Err((StatusCode::BAD_REQUEST, "Expected `Host` header")),
        Some(host) if OWN_NAMES.contains(&host.host()) => Ok(()),
        Some(_) => Err((StatusCode::UNAUTHORIZED, "Disallowed `Host` header")),
    }
}

/// Browsers always send an `Origin` with a WebSocket; what sends none is a program.
///
/// # Errors
/// The status and text of the refusal.
pub(super) fn check_origin(headers: &HeaderMap) -> Result<(), (StatusCode, &'static str)> {
    let Some(origin) = headers.get(ORIGIN) else {
        return Ok(());
    };
    let origin = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
    let Some(origin) = origin else {
        return Err((StatusCode::BAD_REQUEST, "Expected `Origin` header"));
    };
    let host = origin.host().unwrap_or_default();
    // The DevTools inside Chrome.
    let built_in = origin.scheme_str() == Some("devtools");
    if built_in || OWN_NAMES.contains(&host) || DEVTOOLS.contains(&host) {
        Ok(())
    } else {
        Err((StatusCode::UNAUTHORIZED, "Disallowed `Origin` header"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_others_are_refused() {
        let headers = |name, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            headers
        };
        for host in ["localhost:9229", "127.0.0.1", "[::1]:1"] {
            check_host(&headers(HOST, host)).unwrap();
        }
        for host in [
            "evil.example",
            "localhost.evil.example:9229",
            "127.0.0.1.evil.example",
            "a b",
            "",
        ] {
            check_host(&headers(HOST, host)).unwrap_err();
        }
        check_host(&HeaderMap::new()).unwrap_err();
        for origin in [
            "http://localhost:5173",
            "devtools://devtools",
            "https://devtools.devprod.cloudflare.dev",
        ] {
            check_origin(&headers(ORIGIN, origin)).unwrap();
        }
        for origin in [
            "https://evil.example",
            "null",
            "http://localhost.evil.example",
            "",
        ] {
            check_origin(&headers(ORIGIN, origin)).unwrap_err();
        }
        check_origin(&HeaderMap::new()).unwrap();
    }
}
