//! Ranges of IP addresses.

use std::net::IpAddr;
use std::str::FromStr;

/// A range of IP addresses, written as `10.1.0.0/16` or as one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// Its first address, as 128 bits. IPv4 is a part of IPv6 here.
    first: u128,
    /// How many bits of it count.
    bits: u32,
}

/// A text that is no range of IP addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no range of IP addresses: write it as 10.1.0.0/16, 2001:db8::/32 or one address")]
pub struct NoNetwork;

impl Network {
    /// Whether `address` is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let mask = u128::MAX.checked_shl(128 - self.bits).unwrap_or(0);
        number(address) & mask == self.first & mask
    }
}

/// An address as 128 bits.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

impl FromStr for Network {
    type Err = NoNetwork;

    fn from_str(text: &str) -> Result<Self, NoNetwork> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NoNetwork)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let length: u32 = match length {
            None => most,
            Some(digits) if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
                digits.parse().map_err(|_| NoNetwork)?
            }
            Some(_) => return Err(NoNetwork),
        };
        if length > most {
            return Err(NoNetwork);
        }
        Ok(Self {
            first: number(address),
            bits: 128 - most + length,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_the_addresses_they_say() {
        for (range, address, is_in) in [
            ("10.1.0.0/16", "10.1.255.255", true),
            ("10.1.0.0/16", "10.2.0.0", false),
            ("10.1.2.3/16", "10.1.0.0", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("127.0.0.1", "::ffff:127.0.0.1", true),
            ("0.0.0.0/0", "1.2.3.4", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "1.2.3.4", true),
            ("2001:db8::/32", "2001:db8:1::", true),
            ("2001:db8::/32", "2001:db9::", false),
        ] {
            let network: Network = range.parse().unwrap();
            assert_eq!(
                network.contains(address.parse().unwrap()),
                is_in,
                "{range} {address}"
            );
        }
        for bad in [
            "",
            "10.1.0.0/",
            "10.1.0.0/33",
            "::/129",
            "10.1/16",
            "example.com",
            "10.0.0.0/+8",
            "::1/x",
        ] {
            assert_eq!(bad.parse::<Network>(), Err(NoNetwork), "{bad}");
        }
    }
}
