//! The tags of binary values. The module above says what follows each.

/// `undefined`
pub const UNDEFINED: u8 = 0x00;
/// `null`
pub const NULL: u8 = 0x01;
/// `false`
pub const FALSE: u8 = 0x02;
/// `true`
pub const TRUE: u8 = 0x03;
/// A 32-bit whole number.
pub const INT: u8 = 0x04;
/// Any number.
pub const FLOAT: u8 = 0x05;
/// A string in UTF-8.
pub const TEXT: u8 = 0x06;
/// A string in UTF-16, because it has lone surrogates.
pub const WIDE: u8 = 0x07;
/// A BigInt.
pub const BIGINT: u8 = 0x08;
/// An object that came before.
pub const REFERENCE: u8 = 0x09;
/// The first tag that is an object, and takes a number.
pub const FIRST_OBJECT: u8 = OBJECT;
/// A plain object.
pub const OBJECT: u8 = 0x10;
/// An array without gaps and own properties.
pub const ARRAY: u8 = 0x11;
/// Any other array.
pub const SPARSE_ARRAY: u8 = 0x12;
/// A Map.
pub const MAP: u8 = 0x13;
/// A Set.
pub const SET: u8 = 0x14;
/// A Date.
pub const DATE: u8 = 0x15;
/// A RegExp.
pub const REGEXP: u8 = 0x16;
/// An Error of one of the classes in [`ERROR_NAMES`].
pub const ERROR: u8 = 0x17;
/// `Object(primitive)`
pub const BOXED: u8 = 0x18;
/// An ArrayBuffer.
pub const BUFFER: u8 = 0x19;
/// A typed array or DataView, of one of the classes in [`VIEW_NAMES`].
pub const VIEW: u8 = 0x1a;
/// Headers.
pub const HEADERS: u8 = 0x1b;
/// A Request.
pub const REQUEST: u8 = 0x1c;
/// A Blob.
pub const BLOB: u8 = 0x1d;
/// A DOMException.
pub const DOM_EXCEPTION: u8 = 0x1e;
/// A byte stream, read to its end.
pub const STREAM: u8 = 0x1f;

/// The classes of errors that structured clone knows, by number.
pub const ERROR_NAMES: [&str; 7] = [
    "Error",
    "EvalError",
    "RangeError",
    "ReferenceError",
    "SyntaxError",
    "TypeError",
    "URIError",
];

/// The classes of views, by number, with the size of their elements in bytes.
pub const VIEW_NAMES: [(&str, u64); 13] = [
    ("Int8Array", 1),
    ("Uint8Array", 1),
    ("Uint8ClampedArray", 1),
    ("Int16Array", 2),
    ("Uint16Array", 2),
    ("Int32Array", 4),
    ("Uint32Array", 4),
    ("Float32Array", 4),
    ("Float64Array", 8),
    ("BigInt64Array", 8),
    ("BigUint64Array", 8),
    ("DataView", 1),
    ("Float16Array", 2),
];
