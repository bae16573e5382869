//! `request.cf`: what Cloudflare knows of a connection. Here nothing is known, so it is a placeholder with every field.

use hyper::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use hyper::{Request, Version};
use serde_json::{Value, json};
use std::sync::LazyLock;

/// The object without the fields that depend on the request, up to its closing brace. The place is the one that
/// `wrangler dev` shows when it cannot ask Cloudflare.
static FIXED: LazyLock<String> = LazyLock::new(|| {
    let mut text = json!({
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
        "clientTcpRtt": 0,
        "requestPriority": "weight=192;exclusive=0",
        "tlsCipher": "AEAD-AES128-GCM-SHA256",
        "tlsVersion": "TLSv1.3",
        "tlsClientAuth": no_client_certificate(),
        "edgeRequestKeepAliveStatus": 0,
        "clientTrustScore": 99,
        "botManagement": {
            "corporateProxy": false, "verifiedBot": false, "staticResource": false, "detectionIds": [], "score": 99,
        },
    })
    .to_string();
    text.pop();
    text
});

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
pub(super) fn of<B>(request: &Request<B>) -> Option<HeaderValue> {
    let protocol = match request.version() {
        Version::HTTP_10 => "HTTP/1.0",
        _ => "HTTP/1.1",
    };
    let encoding = json!(accept_encoding(request.headers()));
    let text = format!(
        "{},\"httpProtocol\":\"{protocol}\",\"clientAcceptEncoding\":{encoding}}}",
        FIXED.as_str()
    );
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

    #[test]
    fn it_is_an_object_whatever_the_client_sends() {
        for (sent, shown) in [(&b"br, \"x\\\t"[..], "br, \"x\\\t"), (&b"\xff"[..], "")] {
            let request = Request::builder()
                .header("accept-encoding", sent)
                .body(())
                .unwrap();
            let header = of(&request).unwrap();
            let object: Value = serde_json::from_slice(header.as_bytes()).unwrap();
            assert_eq!(object["clientAcceptEncoding"], shown);
            assert_eq!(object["httpProtocol"], "HTTP/1.1");
            assert_eq!(object["country"], "US");
            assert_eq!(object["tlsClientAuth"]["certVerified"], "NONE");
        }
    }
}
