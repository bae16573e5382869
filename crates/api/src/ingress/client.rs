//! Who asks, behind proxies that are believed.

use super::{Network, Peer};
use hyper::header::{HeaderMap, HeaderName};
use std::net::{IpAddr, SocketAddr};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTOCOL: HeaderName = HeaderName::from_static("x-forwarded-proto");
const CONNECTING_IP: HeaderName = HeaderName::from_static("cf-connecting-ip");
const COUNTRY: HeaderName = HeaderName::from_static("cf-ipcountry");

/// Who asks, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Client {
    pub(super) address: IpAddr,
    /// Whether it speaks https.
    pub(super) secure: bool,
    /// Its country's code, if a proxy knows it.
    pub(super) country: Option<String>,
    /// Whether it is a program on this machine that asks without anybody in between.
    pub(super) is_here: bool,
}

impl Client {
    /// Who asks with these headers over a connection of `peer`; those of `trusted` proxies are believed.
    pub(super) fn of(headers: &HeaderMap, peer: &Peer, trusted: &[Network]) -> Self {
        let address = peer.address.ip().to_canonical();
        let mut client = Self {
            address,
            secure: peer.tls.is_some(),
            country: None,
            is_here: address.is_loopback() && !is_forwarded(headers),
        };
        let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
        if is_trusted(address) {
            client.address = forwarded_for(headers, address, is_trusted);
            match text(headers, &FORWARDED_PROTOCOL).map(last) {
                Some("https") => client.secure = true,
                Some("http") => client.secure = false,
                _ => {}
            }
            let country = text(headers, &COUNTRY).filter(|code| code.len() == 2 && code.bytes().all(is_code));
            client.country = country.map(str::to_owned);
        }
        client
    }
}

/// The last address that no trusted proxy has, of those that proxies have noted: whatever is before it, anybody may have
/// written. `CF-Connecting-IP` counts where that header is missing, because many proxies pass on a client's own.
fn forwarded_for(headers: &HeaderMap, peer: IpAddr, is_trusted: impl Fn(IpAddr) -> bool) -> IpAddr {
    if !headers.contains_key(FORWARDED_FOR) {
        let stated = text(headers, &CONNECTING_IP).and_then(address);
        return stated.unwrap_or(peer);
    }
    let values = headers.get_all(FORWARDED_FOR).iter().rev();
    let noted = values.flat_map(|value| value.to_str().unwrap_or_default().rsplit(','));
    let mut known = peer;
    for noted in noted {
        let Some(address) = address(noted.trim()) else {
            break;
        };
        known = address;
        if !is_trusted(address) {
            break;
        }
    }
    known
}

/// An address, which may have a port.
fn address(text: &str) -> Option<IpAddr> {
    let plain = text.trim_start_matches('[').trim_end_matches(']');
    let address = plain.parse().ok();
    let address = address.or_else(|| Some(text.parse::<SocketAddr>().ok()?.ip()));
    Some(address?.to_canonical())
}

/// Whether anybody has passed the request on.
fn is_forwarded(headers: &HeaderMap) -> bool {
    let names = [
        "x-forwarded-for",
        "x-forwarded-host",
        "x-real-ip",
        "forwarded",
        "via",
        "cf-ray",
    ];
    names.iter().any(|name| headers.contains_key(*name))
}

fn is_code(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The last element of a list.
fn last(list: &str) -> &str {
    list.rsplit(',').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn client(peer: &str, headers: &[(&'static str, &'static str)]) -> Client {
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let trusted = ["10.0.0.0/8", "127.0.0.1"].map(|network| network.parse().unwrap());
        let peer = Peer {
            address: format!("{peer}:1").parse().unwrap(),
            tls: None,
            place: None,
        };
        Client::of(&all, &peer, &trusted)
    }

    fn address_of(peer: &str, headers: &[(&'static str, &'static str)]) -> String {
        client(peer, headers).address.to_string()
    }

    #[test]
    fn nobody_else_says_who_asks() {
        let forged = [
            ("x-forwarded-for", "192.0.2.1"),
            ("cf-connecting-ip", "192.0.2.1"),
            ("x-forwarded-proto", "https"),
            ("cf-ipcountry", "DE"),
        ];
        let found = client("203.0.113.9", &forged);
        assert_eq!(found.address.to_string(), "203.0.113.9");
        assert!(!found.secure && found.country.is_none());
    }

    #[test]
    fn the_last_untrusted_address_counts() {
        for (noted, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            ("6.6.6.6, 192.0.2.1", "192.0.2.1"),
            ("6.6.6.6, 192.0.2.1, 10.0.0.7", "192.0.2.1"),
            ("10.0.0.8, 10.0.0.7", "10.0.0.8"),
            ("192.0.2.1:4711", "192.0.2.1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("192.0.2.1, nonsense, 10.0.0.7", "10.0.0.7"),
            ("nonsense", "10.0.0.1"),
            ("", "10.0.0.1"),
        ] {
            assert_eq!(
                address_of("10.0.0.1", &[("x-forwarded-for", noted)]),
                expected,
                "{noted}"
            );
        }
        let twice = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "192.0.2.1")];
        assert_eq!(address_of("10.0.0.1", &twice), "192.0.2.1");
    }

    #[test]
    fn a_connecting_ip_counts_where_nothing_else_is_noted() {
        let own = ("cf-connecting-ip", "192.0.2.1");
        assert_eq!(address_of("10.0.0.1", &[own]), "192.0.2.1");
        let both = [own, ("x-forwarded-for", "192.0.2.2")];
        assert_eq!(address_of("10.0.0.1", &both), "192.0.2.2");
        let told = [("x-forwarded-proto", "http, https"), ("cf-ipcountry", "DE")];
        let found = client("10.0.0.1", &told);
        assert!(found.secure);
        assert_eq!(found.country.as_deref(), Some("DE"));
    }

    #[test]
    fn a_client_behind_a_proxy_is_not_here() {
        assert!(client("127.0.0.1", &[]).is_here);
        assert!(client("127.0.0.2", &[]).is_here);
        assert!(!client("127.0.0.1", &[("x-forwarded-for", "192.0.2.1")]).is_here);
        assert!(!client("127.0.0.1", &[("via", "1.1 proxy")]).is_here);
        assert!(!client("10.0.0.1", &[]).is_here);
    }
}
