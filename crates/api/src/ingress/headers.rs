//! Which headers travel, and which are added.

use hyper::Request;
use hyper::header::{
    CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE,
    TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use std::net::IpAddr;

/// Headers that concern one connection only (RFC 9110, 7.6.1).
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("cf-connecting-ip");

/// Whether the request asks for another protocol, a WebSocket as a rule.
pub(super) fn wants_upgrade<B>(request: &Request<B>) -> bool {
    let named = |value: &HeaderValue| {
        value.to_str().is_ok_and(|value| {
            value
                .split(',')
                .any(|token| token.trim().eq_ignore_ascii_case("upgrade"))
        })
    };
    request.headers().contains_key(UPGRADE) && request.headers().get_all(CONNECTION).iter().any(named)
}

/// Removes the headers that concern one connection only, those that `Connection` names included. An upgrade's own
/// headers stay if `upgrade`.
pub(super) fn strip(headers: &mut HeaderMap, upgrade: bool) {
    let protocol = if upgrade {
        headers.get(UPGRADE).cloned()
    } else {
        None
    };
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|token| token.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
    if let Some(protocol) = protocol {
        headers.insert(UPGRADE, protocol);
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    }
}

/// Prepares a client's request for the upstream: the path alone as target, `Host` kept or made from the target, the
/// client's address.
pub(super) fn prepare<B>(request: &mut Request<B>, peer: IpAddr, upgrade: bool) {
    strip(request.headers_mut(), upgrade);
    let authority = request
        .uri()
        .authority()
        .map(|authority| HeaderValue::from_str(authority.as_str()));
    match authority {
        Some(Ok(authority)) => {
            request.headers_mut().insert(HOST, authority);
        }
        // HTTP/1.0 does without; workerd does not.
        _ if !request.headers().contains_key(HOST) => {
            request
                .headers_mut()
                .insert(HOST, HeaderValue::from_static("localhost"));
        }
        _ => {}
    }
    let target = request
        .uri()
        .path_and_query()
        .map_or("/", |target| target.as_str())
        .to_owned();
    if let Ok(target) = target.parse() {
        *request.uri_mut() = target;
    }
    *request.version_mut() = hyper::Version::HTTP_11;
    if let Ok(address) = HeaderValue::from_str(&peer.to_canonical().to_string()) {
        request.headers_mut().insert(CLIENT_ADDRESS, address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)], uri: &str) -> Request<()> {
        let mut builder = Request::builder().uri(uri);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(()).unwrap()
    }

    #[test]
    fn headers_of_one_connection_stay_behind() {
        let mut request = request(
            &[
                ("connection", "close, X-Mine"),
                ("x-mine", "1"),
                ("te", "trailers"),
                ("x-other", "2"),
            ],
            "http://example.com/a?b",
        );
        assert!(!wants_upgrade(&request));
        prepare(&mut request, "::ffff:10.0.0.1".parse().unwrap(), false);
        let names: Vec<&str> = request.headers().keys().map(HeaderName::as_str).collect();
        assert_eq!(names.len(), 3, "{names:?}");
        assert_eq!(request.headers()["x-other"], "2");
        assert_eq!(request.headers()["host"], "example.com");
        assert_eq!(request.headers()["cf-connecting-ip"], "10.0.0.1");
        assert_eq!(request.uri(), "/a?b");
    }

    #[test]
    fn an_upgrade_keeps_its_headers_and_a_forged_address_goes() {
        let mut request = request(
            &[
                ("connection", "keep-alive, Upgrade"),
                ("upgrade", "websocket"),
                ("host", "h"),
                ("cf-connecting-ip", "x"),
            ],
            "/",
        );
        assert!(wants_upgrade(&request));
        prepare(&mut request, "::1".parse().unwrap(), true);
        assert_eq!(request.headers()["connection"], "upgrade");
        assert_eq!(request.headers()["upgrade"], "websocket");
        assert_eq!(request.headers()["host"], "h");
        assert_eq!(request.headers().get_all("cf-connecting-ip").iter().count(), 1);
        assert_eq!(request.headers()["cf-connecting-ip"], "::1");
    }
}
