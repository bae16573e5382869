//! Which headers travel, and which are added.

use super::client::Client;
use super::ray::Ray;
use super::{Origin, Peer, cf};
use hyper::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use hyper::http::uri::Authority;
use hyper::{Request, Response, StatusCode};

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
/// What the names of headers begin with that are between Stepwell and the runtime.
const OWN_PREFIX: &str = "stepwell-";
/// The object `request.cf` (`cfBlobHeader` in the runtime's configuration).
const CF_BLOB: HeaderName = HeaderName::from_static("cf-blob");
/// The protocol of `request.url` (`forwardedProtoHeader` in the runtime's configuration).
const PROTOCOL: HeaderName = HeaderName::from_static("stepwell-protocol");
/// The number of a request, for whoever reports a failure and whoever looks for it in the logs.
pub(super) const RAY: HeaderName = HeaderName::from_static("cf-ray");
/// Headers with which a client could claim to be somebody else, beside those that are always set.
const CLAIMS: [&str; 4] = [
    "cf-ipcountry",
    "cf-connecting-ipv6",
    "cf-pseudo-ipv4",
    "true-client-ip",
];
/// Marks an answer that describes what the Worker threw.
pub(super) const UNCAUGHT: HeaderName = HeaderName::from_static("stepwell-uncaught");

/// Who a request is from, and which one it is.
pub(super) struct Who<'a> {
    pub(super) client: &'a Client,
    pub(super) peer: &'a Peer,
    /// In production.
    pub(super) ray: Option<&'a Ray>,
}

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

/// Prepares a client's request for the upstream: the path alone as target, `Host` kept, made from the target or set to
/// `origin`'s, who the client is, and what the runtime is told in headers that nobody sees.
pub(super) fn prepare<B>(request: &mut Request<B>, who: &Who<'_>, origin: &Origin, upgrade: bool) {
    let cf = cf::of(request, who);
    strip(request.headers_mut(), upgrade);
    remove_own(request.headers_mut());
    set_host(request, origin);
    let target = request
        .uri()
        .path_and_query()
        .map_or("/", |target| target.as_str())
        .to_owned();
    if let Ok(target) = target.parse() {
        *request.uri_mut() = target;
    }
    *request.version_mut() = hyper::Version::HTTP_11;
    let secure = origin.https.unwrap_or(who.client.secure);
    let headers = request.headers_mut();
    match who.ray {
        Some(ray) => introduce(headers, who.client, ray, secure),
        // As wrangler has it: whoever develops may say where a request comes from.
        None if headers.contains_key(CLIENT_ADDRESS) => {}
        None => set(headers, CLIENT_ADDRESS, &who.client.address.to_string()),
    }
    if let Some(cf) = cf {
        headers.insert(CF_BLOB, cf);
    }
    if secure {
        headers.insert(PROTOCOL, HeaderValue::from_static("https"));
    }
}

/// Says who the client is, in the headers that Cloudflare uses for it, whatever the client says itself.
fn introduce(headers: &mut HeaderMap, client: &Client, ray: &Ray, secure: bool) {
    let scheme = if secure { "https" } else { "http" };
    let address = client.address.to_string();
    for name in CLAIMS {
        headers.remove(name);
    }
    set(headers, CLIENT_ADDRESS, &address);
    set(headers, HeaderName::from_static("x-real-ip"), &address);
    set(headers, HeaderName::from_static("x-forwarded-proto"), scheme);
    let visitor = format!("{{\"scheme\":\"{scheme}\"}}");
    set(headers, HeaderName::from_static("cf-visitor"), &visitor);
    set(headers, RAY, ray.as_str());
    if let Some(country) = &client.country {
        set(headers, HeaderName::from_static("cf-ipcountry"), country);
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn set_host<B>(request: &mut Request<B>, origin: &Origin) {
    let authority = request.uri().authority().map(Authority::as_str);
    let host = match origin.host.as_deref().or(authority) {
        Some(host) => HeaderValue::from_str(host).ok(),
        // HTTP/1.0 does without; workerd does not.
        None if !request.headers().contains_key(HOST) => Some(HeaderValue::from_static("localhost")),
        None => None,
    };
    if let Some(host) = host {
        request.headers_mut().insert(HOST, host);
    }
}

/// Removes what only Stepwell and the runtime say to each other.
pub(super) fn remove_own(headers: &mut HeaderMap) {
    let own: Vec<HeaderName> = headers
        .keys()
        .filter(|name| name.as_str().starts_with(OWN_PREFIX) || **name == CF_BLOB)
        .cloned()
        .collect();
    for name in own {
        headers.remove(name);
    }
}

/// Whether the runtime gave this answer because the Worker will give none: what a handler throws is told in another way, and
/// what it answers has a type or another length.
pub(super) fn is_runtimes_own_failure<B>(answer: &Response<B>) -> bool {
    const TEXT: &str = "Internal Server Error";
    let headers = answer.headers();
    let length = headers.get(CONTENT_LENGTH).map(HeaderValue::as_bytes);
    answer.status() == StatusCode::INTERNAL_SERVER_ERROR
        && !headers.contains_key(CONTENT_TYPE)
        && length == Some(TEXT.len().to_string().as_bytes())
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

    fn peer(address: &str) -> Peer {
        Peer {
            address: address.parse().unwrap(),
            tls: None,
            place: None,
        }
    }

    fn prepare_from(address: &str, request: &mut Request<()>, origin: &Origin, upgrade: bool) {
        let peer = peer(address);
        let client = Client::of(request.headers(), &peer, &[]);
        let who = Who {
            client: &client,
            peer: &peer,
            ray: None,
        };
        prepare(request, &who, origin, upgrade);
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
        prepare_from("[::ffff:10.0.0.1]:1", &mut request, &Origin::default(), false);
        let names: Vec<&str> = request.headers().keys().map(HeaderName::as_str).collect();
        assert_eq!(names.len(), 4, "{names:?}");
        assert_eq!(request.headers()["x-other"], "2");
        assert_eq!(request.headers()["host"], "example.com");
        assert_eq!(request.headers()["cf-connecting-ip"], "10.0.0.1");
        assert_eq!(request.uri(), "/a?b");
    }

    #[test]
    fn an_upgrade_keeps_its_headers() {
        let headers = [
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "websocket"),
            ("host", "h"),
        ];
        let mut request = request(&headers, "/");
        assert!(wants_upgrade(&request));
        prepare_from("[::1]:1", &mut request, &Origin::default(), true);
        assert_eq!(request.headers()["connection"], "upgrade");
        assert_eq!(request.headers()["upgrade"], "websocket");
        assert_eq!(request.headers()["host"], "h");
        assert_eq!(request.headers()["cf-connecting-ip"], "::1");
    }

    #[test]
    fn what_the_runtime_believes_no_client_can_say() {
        let headers = [
            ("host", "h"),
            ("cf-blob", "{\"country\":\"XX\"}"),
            ("stepwell-protocol", "https"),
            ("Stepwell-Anything", "1"),
            ("cf-connecting-ip", "192.0.2.1"),
        ];
        let mut sent = request(&headers, "/");
        prepare_from("127.0.0.1:1", &mut sent, &Origin::default(), false);
        assert!(!sent.headers().contains_key("stepwell-protocol"));
        assert!(!sent.headers().contains_key("stepwell-anything"));
        assert_eq!(sent.headers().get_all("cf-blob").iter().count(), 1);
        assert!(sent.headers()["cf-blob"].to_str().unwrap().contains("\"US\""));
        assert_eq!(sent.headers()["cf-connecting-ip"], "192.0.2.1");
    }

    #[test]
    fn the_url_is_that_of_the_origin() {
        let origin = Origin {
            host: Some("shop.example".into()),
            https: Some(true),
        };
        let mut sent = request(&[("host", "localhost:8787")], "/a");
        prepare_from("127.0.0.1:1", &mut sent, &origin, false);
        assert_eq!(sent.headers()["host"], "shop.example");
        assert_eq!(sent.headers()["stepwell-protocol"], "https");
    }
}
