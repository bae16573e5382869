//! A cursor over the bytes of a binary value that never goes past their end.

use super::Error;
use super::format::{BLOB, BUFFER, STREAM, TEXT, VIEW, WIDE};
use std::borrow::Cow;

/// Reads from the front of `bytes`.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], position: usize) -> Self {
        Self { bytes, position }
    }

    /// Where the next byte is.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// Goes on reading there.
    pub(super) fn seek(&mut self, position: usize) {
        self.position = position;
    }

    /// How many bytes are left.
    pub(super) fn remaining(&self) -> usize {
        self.bytes.len().saturating_sub(self.position)
    }

    /// An error about the byte that was just read.
    pub(super) fn invalid(&self, what: &'static str) -> Error {
        Error::Invalid {
            what,
            at: self.position.saturating_sub(1),
        }
    }

    pub(super) fn byte(&mut self) -> Result<u8, Error> {
        let byte = *self
            .bytes
            .get(self.position)
            .ok_or(Error::CutOff(self.position))?;
        self.position += 1;
        Ok(byte)
    }

    /// The next `length` bytes.
    pub(super) fn take(&mut self, length: u64) -> Result<&'a [u8], Error> {
        let length = usize::try_from(length).map_err(|_| Error::CutOff(self.position))?;
        let end = self
            .position
            .checked_add(length)
            .ok_or(Error::CutOff(self.position))?;
        let taken = self
            .bytes
            .get(self.position..end)
            .ok_or(Error::CutOff(self.position))?;
        self.position = end;
        Ok(taken)
    }

    /// An unsigned LEB128 number of at most 53 bits, written as short as possible.
    pub(super) fn number(&mut self) -> Result<u64, Error> {
        let mut number = 0_u64;
        for shift in (0..56).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                if (byte == 0 && shift > 0) || number >= 1 << 53 {
                    break;
                }
                return Ok(number);
            }
        }
        Err(self.invalid("number"))
    }

    /// A number of things that take at least one byte each, so it cannot be more than the bytes that are left.
    pub(super) fn count(&mut self) -> Result<u64, Error> {
        let count = self.number()?;
        if count > self.remaining() as u64 {
            return Err(Error::CutOff(self.bytes.len()));
        }
        Ok(count)
    }

    /// A zigzag LEB128 number of 32 bits.
    pub(super) fn int(&mut self) -> Result<i32, Error> {
        let zigzag = u32::try_from(self.number()?).map_err(|_| self.invalid("number"))?;
        Ok((zigzag >> 1) as i32 ^ -((zigzag & 1) as i32))
    }

    pub(super) fn float(&mut self) -> Result<f64, Error> {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(self.take(8)?);
        Ok(f64::from_le_bytes(bytes))
    }

    /// A length and as many bytes.
    pub(super) fn blob(&mut self) -> Result<&'a [u8], Error> {
        let length = self.number()?;
        self.take(length)
    }

    /// What follows a string's tag. Halves of characters are replaced, JSON has no place for them.
    pub(super) fn string(&mut self, tag: u8) -> Result<Cow<'a, str>, Error> {
        match tag {
            TEXT => Ok(Cow::Borrowed(std::str::from_utf8(self.blob()?)?)),
            WIDE => {
                let units = self.number()?;
                let bytes = self.take(units.saturating_mul(2))?;
                let units: Vec<u16> = bytes
                    .chunks_exact(2)
                    .map(|pair| u16::from(pair[0]) | u16::from(pair[1]) << 8)
                    .collect();
                Ok(Cow::Owned(String::from_utf16_lossy(&units)))
            }
            _ => Err(self.invalid("string")),
        }
    }

    /// A string, tag and all.
    pub(super) fn tagged_string(&mut self) -> Result<Cow<'a, str>, Error> {
        let tag = self.byte()?;
        self.string(tag)
    }

    /// A string or `undefined`.
    pub(super) fn optional_string(&mut self) -> Result<Option<Cow<'a, str>>, Error> {
        match self.byte()? {
            super::format::UNDEFINED => Ok(None),
            tag => self.string(tag).map(Some),
        }
    }
}

/// The bytes of the data alone, if the node is nothing but data.
pub(super) fn payload_len(node: &[u8]) -> Option<usize> {
    let mut reader = Reader::new(node, 0);
    match reader.byte().ok()? {
        tag @ (TEXT | WIDE) => {
            let length = reader.number().ok()?;
            let length = if tag == WIDE {
                length.checked_mul(2)?
            } else {
                length
            };
            Some(reader.take(length).ok()?.len())
        }
        STREAM => Some(reader.blob().ok()?.len()),
        BUFFER => {
            reader.number().ok()?;
            Some(reader.blob().ok()?.len())
        }
        VIEW => {
            reader.byte().ok()?;
            Some(reader.blob().ok()?.len())
        }
        BLOB => {
            reader.tagged_string().ok()?;
            Some(reader.blob().ok()?.len())
        }
        _ => None,
    }
}

/// The bytes of a byte stream, if the node is one.
pub(super) fn stream(node: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(node, 0);
    (reader.byte().ok()? == STREAM).then(|| reader.blob().ok())?
}
