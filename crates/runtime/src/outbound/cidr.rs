//! Blocks of addresses in CIDR notation.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A block of addresses, such as `10.1.0.0/16` or `fd00::/8`. A single address is a block too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cidr {
    address: IpAddr,
    prefix: u8,
}

/// Why a text is no block of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CidrError {
    /// What comes before `/` is no address.
    #[error(
        "\"{0}\" is not an IP address or a block of them in CIDR notation, such as 10.1.0.0/16 or fd00::/8"
    )]
    Address(String),
    /// What comes after `/` is no length of a prefix.
    #[error("\"{text}\": the number after \"/\" must be one from 0 to {most}")]
    Prefix {
        /// The text.
        text: String,
        /// The bits of such an address.
        most: u8,
    },
    /// The address has bits beyond the prefix.
    #[error("\"{text}\" has bits set after the first {prefix}; did you mean {meant}?")]
    Bits {
        /// The text.
        text: String,
        /// The length of its prefix.
        prefix: u8,
        /// The block that the address is in.
        meant: Cidr,
    },
}

impl Cidr {
    /// The block of this one address.
    pub fn single(address: IpAddr) -> Self {
        Self {
            address,
            prefix: bits(address),
        }
    }

    /// Its first address.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// How many leading bits its addresses have in common.
    pub fn prefix(&self) -> u8 {
        self.prefix
    }

    /// The same IPv4 addresses behind the prefix by which IPv6-only networks reach them (RFC 6052).
    pub(super) fn translated(&self) -> Option<Self> {
        let IpAddr::V4(address) = self.address else {
            return None;
        };
        let base = u128::from(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0));
        Some(Self {
            address: Ipv6Addr::from(base | u128::from(u32::from(address))).into(),
            prefix: 96 + self.prefix,
        })
    }

    /// The bytes of its first address.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match self.address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        }
    }
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            Ipv4Addr::from(u32::from(address) & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            Ipv6Addr::from(u128::from(address) & mask).into()
        }
    }
}

impl FromStr for Cidr {
    type Err = CidrError;

    fn from_str(text: &str) -> Result<Self, CidrError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| CidrError::Address(text.to_owned()))?;
        let most = bits(address);
        let Some(prefix) = prefix else {
            return Ok(Self::single(address));
        };
        let prefix = prefix
            .parse()
            .ok()
            .filter(|prefix| *prefix <= most)
            .ok_or_else(|| CidrError::Prefix {
                text: text.to_owned(),
                most,
            })?;
        let meant = Self {
            address: masked(address, prefix),
            prefix,
        };
        if meant.address != address {
            return Err(CidrError::Bits {
                text: text.to_owned(),
                prefix,
                meant,
            });
        }
        Ok(meant)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_read_and_written() {
        for (text, shown) in [
            ("10.1.0.0/16", "10.1.0.0/16"),
            ("10.1.2.3", "10.1.2.3/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("fd00::/8", "fd00::/8"),
            ("::1", "::1/128"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(text.parse::<Cidr>().unwrap().to_string(), shown);
        }
        let translated = "10.0.0.0/8".parse::<Cidr>().unwrap().translated().unwrap();
        assert_eq!(translated.to_string(), "64:ff9b::a00:0/104");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, says) in [
            ("localhost", "\"localhost\" is not an IP address"),
            ("", "\"\" is not an IP address"),
            (
                "10.0.0.0/33",
                "\"10.0.0.0/33\": the number after \"/\" must be one from 0 to 32",
            ),
            ("10.0.0.0/", "must be one from 0 to 32"),
            ("::1/-1", "must be one from 0 to 128"),
            (
                "10.1.2.3/8",
                "has bits set after the first 8; did you mean 10.0.0.0/8?",
            ),
        ] {
            let error = text.parse::<Cidr>().unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
