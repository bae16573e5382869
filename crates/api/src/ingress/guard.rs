//! Which requests are refused before anybody looks at them.
//!
//! Web pages of others are kept away from `/cdn-cgi/`, where a page in the developer's browser could otherwise read and
//! change what the project has: directly (the `Origin` header) or under a name of its own that it lets point to this
//! machine (the `Host` header). Rules and texts are those of `wrangler dev`.

use hyper::header::{HOST, HeaderValue, ORIGIN};
use hyper::http::uri::Authority;
use hyper::{Request, Uri};
use url::Url;

/// The only names under which those paths may be asked for.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// Whether there is one `Host` at most, and it is a host with an optional port: the runtime makes a URL of it, and
/// answers what it cannot with an internal error.
pub(super) fn host_is_well_formed<B>(request: &Request<B>) -> bool {
    let well_formed = |value: &HeaderValue| {
        value.to_str().is_ok_and(|host| {
            !host.contains(['/', '\\', '?', '#', '@']) && Url::parse(&format!("http://{host}/")).is_ok()
        })
    };
    let mut hosts = request.headers().get_all(HOST).iter();
    // HTTP/1.0 does without.
    hosts.next().is_none_or(well_formed) && hosts.next().is_none()
}

/// Checks where a request comes from; `own` is the host that the Worker is told, if it is not the client's.
///
/// # Errors
/// The text of the refusal.
pub(super) fn check<B>(request: &Request<B>, own: Option<&str>) -> Result<(), &'static str> {
    let is_local = |host: &str| is_local(host) || own.is_some_and(|own| own.eq_ignore_ascii_case(host));
    let authority = request.uri().authority().map(Authority::as_str);
    let hosts = request.headers().get_all(HOST).iter().map(HeaderValue::to_str);
    // Nothing at all is a client of HTTP/1.0, which is no browser.
    for host in hosts.chain(authority.map(Ok)) {
        if !host.is_ok_and(&is_local) {
            return Err("Invalid Host header");
        }
    }
    for origin in request.headers().get_all(ORIGIN) {
        let uri = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
        let authority = uri.as_ref().filter(|uri| uri.scheme().is_some());
        let authority = authority.and_then(Uri::authority);
        if !authority.is_some_and(|authority| is_local(authority.as_str())) {
            return Err("Invalid Origin header");
        }
    }
    Ok(())
}

/// Whether `host`, with or without a port, is one of [`LOCAL`].
fn is_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    LOCAL.iter().any(|local| name.eq_ignore_ascii_case(local))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(headers: &[(&str, &str)]) -> Result<(), &'static str> {
        let mut builder = Request::builder().uri("/cdn-cgi/x");
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        check(&builder.body(()).unwrap(), None)
    }

    #[test]
    fn local_names_pass() {
        for host in [
            "localhost",
            "LOCALHOST:8787",
            "127.0.0.1",
            "127.0.0.1:1",
            "[::1]",
            "[::1]:8787",
        ] {
            assert_eq!(checked(&[("host", host)]), Ok(()), "{host}");
            let origin = format!("https://{host}");
            assert_eq!(
                checked(&[("host", "localhost"), ("origin", &origin)]),
                Ok(()),
                "{origin}"
            );
        }
        assert_eq!(checked(&[]), Ok(()));
    }

    #[test]
    fn others_do_not() {
        for host in [
            "evil.example",
            "evil.example:8787",
            "foo.localhost",
            "localhost.evil.example",
            "localhost:8787:1",
            "localhost:x",
            "evil.example@localhost",
            "localhost@evil.example",
            "192.168.0.2",
            "::1",
            "",
        ] {
            assert_eq!(checked(&[("host", host)]), Err("Invalid Host header"), "{host}");
        }
        for origin in [
            "http://evil.example",
            "http://localhost.evil.example",
            "http://localhost@evil.example",
            "null",
            "localhost",
            "",
        ] {
            let headers = [("host", "localhost"), ("origin", origin)];
            assert_eq!(checked(&headers), Err("Invalid Origin header"), "{origin}");
        }
        let both = [("host", "localhost"), ("host", "evil.example")];
        assert_eq!(checked(&both), Err("Invalid Host header"));
        let target = Request::builder()
            .uri("http://evil.example/cdn-cgi/x")
            .header("host", "localhost");
        assert_eq!(check(&target.body(()).unwrap(), None), Err("Invalid Host header"));
    }
    #[test]
    fn the_host_that_the_worker_is_told_passes() {
        let request = Request::builder().header("host", "Shop.example");
        let request = request.body(()).unwrap();
        assert_eq!(check(&request, Some("shop.example")), Ok(()));
        assert_eq!(check(&request, Some("example")), Err("Invalid Host header"));
    }

    #[test]
    fn a_host_must_be_one() {
        let is_well_formed = |hosts: &[&str]| {
            let builder = Request::builder();
            let builder = hosts
                .iter()
                .fold(builder, |builder, host| builder.header("host", *host));
            host_is_well_formed(&builder.body(()).unwrap())
        };
        for good in ["localhost:8787", "example.com", "[::1]:80", "1.2.3.4", "a_b"] {
            assert!(is_well_formed(&[good]), "{good}");
        }
        for bad in [
            "a b",
            "",
            "user@host",
            "host/path",
            "host:port",
            "host:99999",
            "a?b",
            "a\\b",
            "x%zz",
            "bücher",
        ] {
            assert!(!is_well_formed(&[bad]), "{bad}");
        }
        assert!(!is_well_formed(&["a", "b"]));
        assert!(is_well_formed(&[]));
    }
}
