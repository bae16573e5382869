//! Numbers that nobody can foresee.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

/// 64 random bits: a keyed hash of nothing, under a key that no other call has.
pub(super) fn bits() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// A number from 0 to 1, without 1.
pub(super) fn ticket() -> f64 {
    (bits() >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickets_are_spread_evenly() {
        let mut tenths = [0; 10];
        for _ in 0..10_000 {
            tenths[(ticket() * 10.0) as usize] += 1;
        }
        assert!(
            tenths.iter().all(|count| (700..1300).contains(count)),
            "{tenths:?}"
        );
    }
}
