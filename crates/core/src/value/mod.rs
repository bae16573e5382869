//! Values of user code (structured-clone data) in the form in which they are recorded.

use bytes::Bytes;

/// One recorded value. Either plain JSON text (the fast path: what JSON carries without loss), or, when the first
/// byte is below 0x20, the tagged binary form whose version that byte is. JSON text never starts with such a byte.
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
}
