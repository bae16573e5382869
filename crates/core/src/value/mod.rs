//! Values of user code (structured-clone data) in the form in which they are recorded.
//!
//! A value is either **text** or **binary**. Text is JSON without a raw newline, used for what JSON carries without
//! loss. It never starts with a byte below 0x20, binary always does: its first byte is the version, 0x01, and one
//! node follows. Numbers are little-endian, *n* is an unsigned LEB128 number of up to 53 bits.
//!
//! | Tag | Node | Follows |
//! | --- | --- | --- |
//! | 00 01 02 03 | undefined, null, false, true | |
//! | 04 | a whole number | zigzag LEB128 of a 32-bit integer |
//! | 05 | a number | 8 bytes, IEEE 754 |
//! | 06 | a string | *n*, *n* bytes of UTF-8 |
//! | 07 | a string with lone surrogates | *n*, *n* UTF-16 units |
//! | 08 | a BigInt | sign (0 or 1), *n*, *n* bytes of its magnitude |
//! | 09 | back reference | *n*: the object with this number |
//! | 10 | plain object | *n*, *n* × (string, node) |
//! | 11 | array | *n*, *n* nodes |
//! | 12 | array with gaps or own properties | its length *n*, *n*, *n* × (string, node) |
//! | 13 14 | Map, Set | *n*, *n* × (node, node); *n*, *n* nodes |
//! | 15 | Date | 8 bytes: milliseconds, NaN if invalid |
//! | 16 | RegExp | string: source; string: flags |
//! | 17 | Error | class (0 to 6, [`format::ERROR_NAMES`]), string or 00: message, the same: stack, 0 or 1, the cause if 1 |
//! | 18 | boxed primitive | the primitive's node |
//! | 19 | `ArrayBuffer` | *n*: 0, or 1 + its largest length; *n*, *n* bytes |
//! | 1a | view | class (0 to 12, [`format::VIEW_NAMES`]), *n*, the *n* bytes in its window |
//! | 1b | `Headers` | *n*, *n* × (string: name, string: value) |
//! | 1c | `Request` | one node, a plain object: `method`, `url`, `headers`, `body` and so on |
//! | 1d | `Blob` | string: its type; *n*, *n* bytes |
//! | 1e | `DOMException` | string: name; string: message; string or 00: stack |
//! | 1f | byte stream | *n*, *n* bytes |
//!
//! Nodes from 10 on are objects, numbered from 0 in the order in which their tags come. A back reference may name any
//! object whose tag came before it, also one that is still open: that is a cycle. Nodes are at most [`MAX_DEPTH`] deep.
//!
//! The JavaScript end is `crates/runtime/shim/values.js`; `tests/fixtures/values.txt` holds both to one format.

mod date;
mod error;
pub mod format;
mod json;
mod preview;
mod reader;
mod validate;

pub use date::iso_string;
pub use error::Error;

use bytes::Bytes;

/// The first byte of binary values.
pub const VERSION: u8 = 0x01;

/// How deep nodes may lie in each other.
pub const MAX_DEPTH: usize = 2000;

/// One recorded value, text or binary (see the module's documentation).
///
/// What comes from outside is taken as it is; [`Value::validate`] tells whether it is well-formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value(Bytes);

impl Value {
    /// Takes bytes as recorded or as sent by the shim.
    pub fn from_bytes(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// The recorded bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// `undefined`: what a step without a result returns, and what params are that nobody gave.
    pub fn undefined() -> Self {
        Self(Bytes::from_static(&[VERSION, format::UNDEFINED]))
    }

    /// The value that is written like this in JSON.
    ///
    /// Prefer [`Value::json_text`] where there is text: it keeps the numbers and the order of the keys as written.
    pub fn from_json(json: &serde_json::Value) -> Self {
        Self(Bytes::from(json.to_string()))
    }

    /// The value of JSON text, such as params of the REST API. Space between the tokens is dropped.
    ///
    /// # Errors
    /// [`Error::Json`]: not JSON, or deeper than 127, or with escapes of half a character.
    pub fn json_text(text: &str) -> Result<Self, Error> {
        let _: serde_json::Value = serde_json::from_str(text)?;
        Ok(Self(Bytes::from(json::compact(text))))
    }

    /// Whether this is the text form.
    pub fn is_text(&self) -> bool {
        self.0.first().is_some_and(|first| *first >= 0x20)
    }

    /// How many bytes count for the limits of 1 MiB: the recorded bytes, for binary data, streams and strings those
    /// of the data alone, so that exactly 1 MiB fits.
    pub fn raw_bytes_len(&self) -> usize {
        match self.0.first() {
            Some(b'"') => self.0.len().saturating_sub(2),
            Some(&VERSION) => reader::payload_len(&self.0[1..]).unwrap_or(self.0.len() - 1),
            _ => self.0.len(),
        }
    }

    /// The bytes of a byte stream; `None` if the value is none.
    pub fn stream(&self) -> Option<Bytes> {
        let node = self.0.strip_prefix(&[VERSION])?;
        reader::stream(node).map(|bytes| self.0.slice_ref(bytes))
    }

    /// Checks that the bytes are well-formed: known tags, lengths that fit, back references to objects that exist,
    /// depth within [`MAX_DEPTH`], nothing left over. Takes time and memory in proportion to the bytes that are
    /// there, whatever lengths they claim.
    pub fn validate(&self) -> Result<(), Error> {
        if self.is_text() {
            let _: serde::de::IgnoredAny = serde_json::from_str(std::str::from_utf8(&self.0)?)?;
            // A line of the run channel ends with one.
            return match self.0.iter().position(|byte| *byte == b'\n') {
                Some(at) => Err(Error::Invalid { what: "newline", at }),
                None => Ok(()),
            };
        }
        validate::objects(&self.0).map(drop)
    }

    /// The JSON view of the API and the dashboard (spec 2.5). `undefined` itself is null.
    ///
    /// As `JSON.stringify` has it: a Date is an ISO string, fields that are `undefined` vanish, NaN is null, a boxed
    /// primitive is the primitive. As the original shows them: `[BigInt(1)]`, `[Uint8Array(3 bytes)]`. Where
    /// `JSON.stringify` would show `{}` there is something to read instead: a Map is an object (or an array of pairs,
    /// if not all keys are strings), a Set an array, an Error its name and message, a RegExp its source. A cycle is
    /// `[Circular]`; what lies deeper than JSON readers take is `[Nested deeper]`.
    pub fn to_json(&self) -> Result<serde_json::Value, Error> {
        if self.is_text() {
            return Ok(serde_json::from_slice(&self.0)?);
        }
        json::view(&self.0)
    }

    /// What logs show: the compact JSON view, its first `limit` characters and then `[truncated output]`
    /// (`limits::PREVIEW_CHARS` in the original). Bytes that are not well-formed are `[damaged value]`.
    pub fn preview(&self, limit: usize) -> String {
        preview::of(self, limit)
    }
}
