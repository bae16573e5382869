//! Numbers that nobody can foresee.

use std::collections::hash_map::{DefaultHasher, RandomState};
use std::hash::{BuildHasher as _, Hasher as _};

/// 64 random bits: a keyed hash of nothing, under a key that no other call has.
pub(super) fn bits() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// A number from 0 to 1, without 1.
pub(super) fn ticket() -> f64 {
    fraction(bits())
}

/// A number from 0 to 1, without 1, which is always the same for the same `key`.
pub(super) fn ticket_of(key: &[u8]) -> f64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(key);
    fraction(hasher.finish())
}

fn fraction(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_even(tickets: impl Iterator<Item = f64>) -> bool {
        let mut tenths = [0; 10];
        tickets.for_each(|ticket| tenths[(ticket * 10.0) as usize] += 1);
        tenths.iter().all(|count| (700..1300).contains(count))
    }

    #[test]
    fn tickets_are_spread_evenly() {
        assert!(is_even((0..10_000).map(|_| ticket())));
        assert!(is_even((0..10_000).map(|key: u32| ticket_of(&key.to_be_bytes()))));
    }

    #[test]
    fn a_key_has_one_ticket() {
        let tickets = [ticket_of(b"user 1"), ticket_of(b"user 1")];
        assert_eq!(tickets[0].to_bits(), tickets[1].to_bits());
    }
}
