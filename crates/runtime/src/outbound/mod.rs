//! Where deployed Workers may connect to.
//!
//! workerd looks at the address that it is about to connect to, after names are resolved: of all blocks that contain it,
//! allowed or denied, the longest decides.

mod cidr;
mod own;

pub use cidr::{Cidr, CidrError};

use serde::Serialize;

/// What the operator allows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutboundPolicy {
    /// Blocks that Workers may connect to beside public addresses. A block that is as long as one that is denied, or
    /// longer, goes before it.
    pub allowed: Vec<Cidr>,
    /// All private networks too. Loopback, link-local addresses and those of this machine stay denied.
    pub private_networks: bool,
}

/// What a block of addresses is for, where it is not for the public.
struct Special {
    block: &'static str,
    what: &'static str,
}

const fn special(block: &'static str, what: &'static str) -> Special {
    Special { block, what }
}

const PRIVATE: &[Special] = &[
    special("10.0.0.0/8", "private"),
    special("100.64.0.0/10", "private"),
    special("172.16.0.0/12", "private"),
    special("192.168.0.0/16", "private"),
    special("fc00::/7", "private"),
];

/// Denied unless they are allowed one by one.
const DENIED: &[Special] = &[
    // Connecting to 0.0.0.0 leads to this machine.
    special("0.0.0.0/8", "this machine"),
    special("127.0.0.0/8", "loopback"),
    special("169.254.0.0/16", "link-local"),
    special("192.0.0.0/24", "reserved"),
    special("198.18.0.0/15", "reserved"),
    special("224.0.0.0/4", "multicast"),
    special("240.0.0.0/4", "reserved"),
    special("::1/128", "loopback"),
    // Unspecified, and IPv4 addresses in forms that some systems translate.
    special("::/96", "reserved"),
    special("::ffff:0:0:0/96", "reserved"),
    special("64:ff9b:1::/48", "reserved"),
    special("2001::/32", "reserved"),
    special("2002::/16", "reserved"),
    special("100::/64", "reserved"),
    special("fe80::/10", "link-local"),
    special("fec0::/10", "site-local"),
    special("ff00::/8", "multicast"),
];

/// A denied block.
#[derive(Debug, Clone)]
pub(crate) struct Denied {
    pub(crate) block: Cidr,
    what: &'static str,
}

/// What the policy comes to on this machine at this moment.
#[derive(Debug)]
pub(crate) struct Rules {
    /// Beside public addresses.
    pub(crate) allowed: Vec<Cidr>,
    pub(crate) denied: Vec<Denied>,
}

/// A rule as the shim reads it.
#[derive(Serialize)]
struct ShownRule {
    bytes: Vec<u8>,
    prefix: u8,
    /// What is denied; nothing if it is allowed.
    what: Option<&'static str>,
}

impl OutboundPolicy {
    /// The rules. This machine's addresses are looked up.
    pub(crate) fn rules(&self) -> Rules {
        let mut allowed = self.allowed.clone();
        let mut denied: Vec<Denied> = DENIED.iter().filter_map(Special::denied).collect();
        let private = PRIVATE.iter().filter_map(Special::denied);
        if self.private_networks {
            allowed.extend(private.map(|private| private.block));
        } else {
            denied.extend(private);
        }
        denied.extend(own::addresses().into_iter().map(|address| Denied {
            block: Cidr::single(address),
            what: "an address of this server",
        }));
        let translated: Vec<Denied> = denied.iter().filter_map(Denied::translated).collect();
        denied.extend(translated);
        denied.retain(|denied| !self.allowed.contains(&denied.block));
        Rules { allowed, denied }
    }
}

impl Special {
    fn denied(&self) -> Option<Denied> {
        // A test sees to it that all can be read.
        let block = self.block.parse().ok()?;
        Some(Denied {
            block,
            what: self.what,
        })
    }
}

impl Denied {
    fn translated(&self) -> Option<Self> {
        Some(Self {
            block: self.block.translated()?,
            what: self.what,
        })
    }
}

impl Rules {
    /// The rules for the shim, as JSON text.
    pub(crate) fn shown(&self) -> String {
        let rule = |block: &Cidr, what| ShownRule {
            bytes: block.bytes(),
            prefix: block.prefix(),
            what,
        };
        let denied = self
            .denied
            .iter()
            .map(|denied| rule(&denied.block, Some(denied.what)));
        let allowed = self.allowed.iter().map(|block| rule(block, None));
        let rules: Vec<ShownRule> = denied.chain(allowed).collect();
        serde_json::to_string(&rules).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_special_blocks_can_be_read() {
        for special in DENIED.iter().chain(PRIVATE) {
            assert!(special.denied().is_some(), "{}", special.block);
        }
    }

    #[test]
    fn what_is_allowed_is_not_denied_any_more() {
        let block: Cidr = "127.0.0.0/8".parse().unwrap();
        let has = |rules: &Rules| rules.denied.iter().any(|denied| denied.block == block);
        assert!(has(&OutboundPolicy::default().rules()));
        let policy = OutboundPolicy {
            allowed: vec![block],
            private_networks: false,
        };
        assert!(!has(&policy.rules()));
        let private: Cidr = "10.0.0.0/8".parse().unwrap();
        let policy = OutboundPolicy {
            private_networks: true,
            ..OutboundPolicy::default()
        };
        assert!(policy.rules().allowed.contains(&private));
        assert!(!policy.rules().denied.iter().any(|denied| denied.block == private));
    }
}
