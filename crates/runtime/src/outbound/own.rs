//! The addresses of this machine's own interfaces.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses of all interfaces save loopback, as far as the system tells (on Linux, by `/proc`).
pub(super) fn addresses() -> BTreeSet<IpAddr> {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    let mut all = v4(&read("/proc/net/fib_trie"));
    all.extend(v6(&read("/proc/net/if_inet6")));
    all.retain(|address| !address.is_loopback());
    all
}

/// Those that the routing table calls local: a line with the address, then one that says so.
fn v4(table: &str) -> BTreeSet<IpAddr> {
    let mut last: Option<Ipv4Addr> = None;
    let mut found = BTreeSet::new();
    for line in table.lines() {
        let line = line.trim();
        if let Some(address) = line.strip_prefix("|-- ") {
            last = address.parse().ok();
        } else if line == "/32 host LOCAL" {
            found.extend(last.map(IpAddr::from));
        }
    }
    found
}

/// Lines that begin with the 32 digits of an address.
fn v6(table: &str) -> BTreeSet<IpAddr> {
    let digits = table.lines().filter_map(|line| line.split_whitespace().next());
    digits
        .filter_map(|digits| u128::from_str_radix(digits, 16).ok())
        .map(|address| Ipv6Addr::from(address).into())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_the_kernel_are_read() {
        let table = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n     +-- 10.2.0.0/24 2 0 2\n\
            \x20          |-- 10.2.0.2\n              /32 host LOCAL\n           |-- 10.2.0.255\n              /32 link BROADCAST\n";
        assert_eq!(v4(table), ["10.2.0.2".parse().unwrap()].into());
        let table = "fd000000000000000000000000000002 04 40 00 82     eth0\n00000000000000000000000000000001 01 80 10 80       lo\n";
        assert_eq!(
            v6(table),
            ["::1".parse().unwrap(), "fd00::2".parse().unwrap()].into()
        );
        assert_eq!(v4("garbage").len() + v6("garbage").len(), 0);
    }
}
