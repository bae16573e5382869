//! The host that a client asks for.

use std::fmt;
use std::net::Ipv4Addr;
use url::{Host as Kind, Url};

/// A host in the one way to write it: lower case, Punycode, without port and without the dot of the root.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Host {
    name: String,
    is_address: bool,
}

impl Host {
    /// The host of `text`, which may have a port, as in the header `Host`; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        if text.contains(['/', '\\', '?', '#', '@', '\t']) {
            return None;
        }
        // The runtime makes a URL of it too, and must come to the same.
        let url = Url::parse(&format!("http://{text}/")).ok()?;
        let is_address = !matches!(url.host()?, Kind::Domain(_));
        let name = url.host_str()?;
        let name = name.strip_suffix('.').unwrap_or(name);
        (!name.is_empty()).then(|| Self {
            name: name.to_owned(),
            is_address,
        })
    }

    /// As text; an IPv6 address is in brackets.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Whether it names a machine rather than a site: `localhost` or an IP address.
    pub fn is_machine(&self) -> bool {
        self.is_address || self.name == "localhost"
    }

    /// Whether it names the machine of whoever asks: a web page of somebody else cannot have such a name.
    pub(super) fn is_local(&self) -> bool {
        let is_loopback = |address: &str| address.parse().is_ok_and(|ip: Ipv4Addr| ip.is_loopback());
        self.name == "localhost"
            || self.name.ends_with(".localhost")
            || (self.is_address && (self.name == "[::1]" || is_loopback(&self.name)))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_way_to_write_a_host() {
        for (text, expected) in [
            ("Shop.Example:8787", "shop.example"),
            ("shop.example.", "shop.example"),
            ("shop.example.:80", "shop.example"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            ("127.0.0.1:80", "127.0.0.1"),
            ("127.1", "127.0.0.1"),
            ("[::1]:80", "[::1]"),
            ("[0:0::1]", "[::1]"),
            ("a_b", "a_b"),
        ] {
            let host = Host::parse(text).map(|host| host.to_string());
            assert_eq!(host.as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_host_is_none() {
        for text in [
            "",
            ".",
            ":80",
            "a b",
            "a\tb",
            "user@host",
            "host/path",
            "host:port",
            "host:99999",
            "a?b",
            "a\\b",
            "x%zz",
            "[::1",
            "1.2.3.4.5",
            "999.1.1.1",
            "a#b",
            "a\u{0}b",
            "%00",
        ] {
            assert_eq!(Host::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn machines_and_sites_are_told_apart() {
        let of = |text| Host::parse(text).map(|host| (host.is_machine(), host.is_local()));
        for (text, expected) in [
            ("localhost", (true, true)),
            ("127.0.0.2", (true, true)),
            ("[::1]", (true, true)),
            ("192.168.0.2", (true, false)),
            ("shop.localhost", (false, true)),
            ("localhost.example", (false, false)),
        ] {
            assert_eq!(of(text), Some(expected), "{text}");
        }
    }
}
