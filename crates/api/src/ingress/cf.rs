//! `request.cf`: what Cloudflare knows of a connection. Here nothing is known, so it is a placeholder with every field.

use super::headers::Who;
use super::ray;
use hyper::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use hyper::{Request, Version};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// The object for whoever develops, without the fields that depend on the request, up to its closing brace. The place is
/// the one that `wrangler dev` shows when it cannot ask Cloudflare.
static DEVELOPMENT: LazyLock<String> = LazyLock::new(|| {
    let place = json!({
        "asOrganization": "",
        "asn": 395_747,
        "colo": "DFW",
        "city": "Austin",
        "region": "Texas",
        "regionCode": "TX",
        "metroCode": "635",
        "postalCode": "78701",
        "country": "US",
        "continent": "NA",
        "timezone": "America/Chicago",
        "latitude": "30.27130",
        "longitude": "-97.74260",
        "tlsCipher": "AEAD-AES128-GCM-SHA256",
        "tlsVersion": "TLSv1.3",
    });
    open(place)
});

/// The object for strangers, likewise. Where they are is not known, and an invented place would mislead whoever decides
/// something by it.
static PRODUCTION: LazyLock<String> =
    LazyLock::new(|| open(json!({ "asOrganization": "", "colo": ray::COLO })));

/// `object` with what is the same for everybody, up to its closing brace.
fn open(mut object: Value) -> String {
    object["clientTcpRtt"] = 0.into();
    object["requestPriority"] = "weight=192;exclusive=0".into();
    object["tlsClientAuth"] = no_client_certificate();
    object["edgeRequestKeepAliveStatus"] = 0.into();
    object["clientTrustScore"] = 99.into();
    object["botManagement"] = json!({
        "corporateProxy": false, "verifiedBot": false, "staticResource": false, "detectionIds": [], "score": 99,
    });
    let mut text = object.to_string();
    text.pop();
    text
}

fn no_client_certificate() -> Value {
    let mut object = json!({ "certPresented": "0", "certVerified": "NONE", "certRevoked": "0" });
    for name in [
        "certIssuerDN",
        "certSubjectDN",
        "certIssuerDNRFC2253",
        "certSubjectDNRFC2253",
        "certIssuerDNLegacy",
        "certSubjectDNLegacy",
        "certSerial",
        "certIssuerSerial",
        "certSKI",
        "certIssuerSKI",
        "certFingerprintSHA1",
        "certFingerprintSHA256",
        "certNotBefore",
        "certNotAfter",
    ] {
        object[name] = "".into();
    }
    object
}

/// The object for `request`, as the runtime takes it from a header.
pub(super) fn of<B>(request: &Request<B>, who: &Who<'_>) -> Option<HeaderValue> {
    let protocol = match request.version() {
        Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    };
    let encoding = json!(accept_encoding(request.headers()));
    let common = format!("\"httpProtocol\":\"{protocol}\",\"clientAcceptEncoding\":{encoding}");
    let text = if who.ray.is_none() {
        format!("{},{common}}}", DEVELOPMENT.as_str())
    } else {
        // What Cloudflare says where it does not know.
        let country = json!(who.client.country.as_deref().unwrap_or("XX"));
        let (version, cipher) = who.peer.tls.map_or(("", ""), |tls| (tls.version, tls.cipher));
        format!(
            "{},\"country\":{country},\"tlsVersion\":\"{version}\",\"tlsCipher\":\"{cipher}\",{common}}}",
            PRODUCTION.as_str()
        )
    };
    HeaderValue::try_from(text).ok()
}

fn accept_encoding(headers: &HeaderMap) -> &str {
    headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    use super::super::Peer;
    use super::super::client::Client;
    use super::super::ray::Ray;
    use crate::tls::Session;

    fn object(
        request: &Request<()>,
        country: Option<&str>,
        tls: Option<Session>,
        ray: Option<&Ray>,
    ) -> Value {
        let address = "192.0.2.1:1".parse().unwrap();
        let place = None;
        let peer = Peer { address, tls, place };
        let mut client = Client::of(request.headers(), &peer, &[]);
        client.country = country.map(str::to_owned);
        let who = Who {
            client: &client,
            peer: &peer,
            ray,
        };
        serde_json::from_slice(of(request, &who).unwrap().as_bytes()).unwrap()
    }

    #[test]
    fn it_is_an_object_whatever_the_client_sends() {
        for (sent, shown) in [(&b"br, \"x\\\t"[..], "br, \"x\\\t"), (&b"\xff"[..], "")] {
            let request = Request::builder()
                .header("accept-encoding", sent)
                .body(())
                .unwrap();
            let object = object(&request, None, None, None);
            assert_eq!(object["clientAcceptEncoding"], shown);
            assert_eq!(object["httpProtocol"], "HTTP/1.1");
            assert_eq!(object["country"], "US");
            assert_eq!(object["tlsClientAuth"]["certVerified"], "NONE");
        }
    }

    #[test]
    fn strangers_are_nowhere_in_particular() {
        let request = Request::builder().version(Version::HTTP_10).body(()).unwrap();
        let ray = Ray::new();
        let plain = object(&request, None, None, Some(&ray));
        assert_eq!(plain["country"], "XX");
        assert_eq!(plain["httpProtocol"], "HTTP/1.0");
        assert_eq!(plain["tlsVersion"], "");
        assert!(plain.get("city").is_none(), "{plain}");
        let tls = Session {
            version: "TLSv1.3",
            cipher: "TLS13_AES_128_GCM_SHA256",
        };
        let known = object(&request, Some("DE"), Some(tls), Some(&ray));
        assert_eq!(known["country"], "DE");
        assert_eq!(known["tlsVersion"], "TLSv1.3");
    }
}
