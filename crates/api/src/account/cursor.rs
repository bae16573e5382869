//! Where the next page of a list begins. Clients hand cursors back as they got them: what is not one of this list is
//! refused.

use super::{Problem, codes};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

const POSITION: usize = 8;
const CHECK: usize = 8;

/// A cursor for this position in this list. `list` says what the list is of, and in which order.
pub(crate) fn encode(list: &str, position: u64) -> String {
    let position = position.to_be_bytes();
    let bytes = [position, check(list, position)].concat();
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The position in this list that a cursor stands for.
///
/// # Errors
/// It is none of this list's.
pub(crate) fn decode(list: &str, cursor: &str) -> Result<u64, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).unwrap_or_default();
    let parts = bytes.split_first_chunk::<POSITION>();
    match parts {
        Some((position, given)) if *given == check(list, *position) => Ok(u64::from_be_bytes(*position)),
        _ => Err(Problem::of(codes::BAD_CURSOR)),
    }
}

/// No secret is needed: a position says nothing that the list does not.
fn check(list: &str, position: [u8; POSITION]) -> [u8; CHECK] {
    let digest = Sha256::new().chain_update(position).chain_update(list).finalize();
    let mut check = [0; CHECK];
    check.copy_from_slice(&digest[..CHECK]);
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_belong_to_their_list() {
        let cursor = encode("a", u64::MAX - 5);
        assert_eq!(decode("a", &cursor).unwrap(), u64::MAX - 5);
        assert!(decode("b", &cursor).is_err());
        for at in 0..cursor.len() {
            let mut other = cursor.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            assert!(decode("a", std::str::from_utf8(&other).unwrap()).is_err(), "{at}");
        }
        for wrong in ["", "x", "!", &cursor[1..], &format!("{cursor}AAAA")] {
            assert!(decode("a", wrong).is_err(), "{wrong}");
        }
    }
}
