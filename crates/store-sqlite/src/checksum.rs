//! CRC-32C of rows: SQLite's pages have no checksum of their own (spec/storage.md 1.5, I22).

/// A checksum over several fields. Byte strings carry their length, so that bytes cannot move between fields unnoticed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checksum(u32);

impl Checksum {
    /// The checksum of nothing.
    pub(crate) fn new() -> Self {
        Self(0)
    }

    /// Goes on from the CRC-32C of a byte string that was computed elsewhere.
    pub(crate) fn after(crc: u32) -> Self {
        Self(crc)
    }

    /// With these numbers.
    pub(crate) fn numbers<const N: usize>(mut self, numbers: [i64; N]) -> Self {
        for number in numbers {
            self.0 = crc32c::crc32c_append(self.0, &number.to_le_bytes());
        }
        self
    }

    /// With this byte string.
    pub(crate) fn bytes(self, bytes: &[u8]) -> Self {
        let with_length = self.numbers([bytes.len() as i64]);
        Self(crc32c::crc32c_append(with_length.0, bytes))
    }

    /// The value to store.
    pub(crate) fn finish(self) -> i64 {
        i64::from(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_part_of_the_format() {
        let sum = Checksum::after(crc32c::crc32c(b"value"))
            .numbers([1, -2])
            .bytes(b"head");
        assert_eq!(sum.finish(), 2_500_506_566);
    }

    #[test]
    fn a_byte_in_another_field_is_another_sum() {
        let one = Checksum::new().bytes(b"ab").bytes(b"c").finish();
        let other = Checksum::new().bytes(b"a").bytes(b"bc").finish();
        assert_ne!(one, other);
    }
}
