//! Which requests are refused before anybody looks at them.
//!
//! Web pages of others are kept away from `/cdn-cgi/`, where a page in the developer's browser could otherwise read and
//! change what the project has: directly (the `Origin` header) or under a name of its own that it lets point to this
//! machine (the `Host` header). Rules and texts are those of `wrangler dev`.

use super::Host;
use hyper::header::{HOST, HeaderValue, ORIGIN};
use hyper::http::uri::Authority;
use hyper::{Method, Request, StatusCode, Uri, Version};

/// The only names under which those paths may be asked for.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The most bytes of a request's address, and of all its headers: Cloudflare's.
const ADDRESS_MAX: usize = 16 << 10;
const HEADERS_MAX: usize = 128 << 10;

/// Why a request is refused: a status, and a text for whoever sent it.
pub(super) type Refusal = (StatusCode, &'static str);

/// Checks the head of a request, and says which host it asks for; a client of HTTP/1.0 may do without.
///
/// # Errors
/// The refusal.
pub(super) fn head<B>(request: &Request<B>) -> Result<Option<Host>, Refusal> {
    size(request)?;
    let host = target(request).and_then(|()| host(request));
    host.map_err(|why| (StatusCode::BAD_REQUEST, why))
}

fn size<B>(request: &Request<B>) -> Result<(), Refusal> {
    let address = request
        .uri()
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    if address > ADDRESS_MAX {
        return Err((StatusCode::URI_TOO_LONG, "The address is too long.\n"));
    }
    let headers = request.headers().iter();
    let headers: usize = headers
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if headers > HEADERS_MAX {
        let why = "The headers are too large.\n";
        return Err((StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, why));
    }
    Ok(())
}

/// Checks that a request names a path, alone or with a host: `CONNECT` names none, and `*` is none.
///
/// # Errors
/// The text of the refusal.
fn target<B>(request: &Request<B>) -> Result<(), &'static str> {
    if request.method() != Method::CONNECT && request.uri().path().starts_with('/') {
        return Ok(());
    }
    Err("The request's target is not a path or an address.\n")
}

/// The host that a request asks for; a client of HTTP/1.0 may do without.
///
/// # Errors
/// The text of the refusal: there are several, or it is none (the runtime makes a URL of it, and answers what it cannot
/// with an internal error), or there is none where there must be one.
fn host<B>(request: &Request<B>) -> Result<Option<Host>, &'static str> {
    const NO_HOST: &str = "The Host header is not a host with an optional port.\n";
    let mut hosts = request.headers().get_all(HOST).iter();
    let header = hosts.next().map(|value| {
        let text = value.to_str().ok();
        text.and_then(Host::parse).ok_or(NO_HOST)
    });
    if hosts.next().is_some() {
        return Err("There is more than one Host header.\n");
    }
    let header = header.transpose()?;
    // Where the target has a host, that one counts (RFC 9112, 3.2.2).
    match request.uri().authority() {
        Some(authority) => match Host::parse(authority.as_str()) {
            Some(host) => Ok(Some(host)),
            None => Err("The request's target has no host with an optional port.\n"),
        },
        None if header.is_none() && request.version() == Version::HTTP_11 => {
            Err("A request of HTTP/1.1 needs a Host header.\n")
        }
        None => Ok(header),
    }
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
        let host_of = |uri: &str, version, hosts: &[&str]| {
            let builder = Request::builder().uri(uri).version(version);
            let builder = hosts
                .iter()
                .fold(builder, |builder, host| builder.header("host", *host));
            let host = host(&builder.body(()).unwrap());
            host.map(|host| host.map(|host| host.to_string()))
        };
        let said = |hosts: &[&str]| host_of("/", Version::HTTP_11, hosts);
        assert_eq!(said(&["Example.com:80"]), Ok(Some("example.com".to_owned())));
        for bad in ["a b", "", "user@host", "b\u{fc}cher"] {
            assert!(said(&[bad]).is_err(), "{bad}");
        }
        assert!(said(&["a", "b"]).is_err());
        assert!(said(&["a", "a"]).is_err());
        assert!(said(&[]).is_err());
        assert_eq!(host_of("/", Version::HTTP_10, &[]), Ok(None));
        let absolute = host_of("http://A.example:81/x", Version::HTTP_11, &["b.example"]);
        assert_eq!(absolute, Ok(Some("a.example".to_owned())));
        assert!(host_of("http://user@a.example/", Version::HTTP_11, &["a"]).is_err());
    }
}
