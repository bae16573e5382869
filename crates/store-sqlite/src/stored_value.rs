//! Values of user code in rows: small ones inside the row, large ones as a row of `blob`.
//!
//! Three columns hold one: `value` is a BLOB (the value), an INTEGER (the id of a `blob` row) or NULL (none), `bytes`
//! its length, `value_crc` its checksum together with the key of the row.

use crate::checksum::Checksum;
use crate::fault::Fault;
use crate::tables::blob;
use bytes::Bytes;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row};
use stepwell_core::value::Value;

/// Values up to this many bytes stay in the row (spec/storage.md 1.5).
const INLINE_BYTES: usize = 2048;

/// The three columns of a value to be written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns<'a> {
    pub(crate) value: Place<'a>,
    pub(crate) bytes: Option<i64>,
    pub(crate) crc: Option<i64>,
}

/// Where a value is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    None,
    Inline(&'a [u8]),
    Blob(i64),
}

impl ToSql for Place<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::None => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::Inline(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Self::Blob(id) => ToSqlOutput::Borrowed(ValueRef::Integer(*id)),
        })
    }
}

/// Writes the value if it is large, and says what goes into the row with the key `key`. `crc` is the CRC-32C of the
/// value's bytes.
pub(crate) fn put<'a, const N: usize>(
    connection: &Connection,
    value: Option<&'a Value>,
    crc: u32,
    key: [i64; N],
) -> Result<Columns<'a>, Fault> {
    let Some(value) = value else {
        return Ok(Columns {
            value: Place::None,
            bytes: None,
            crc: None,
        });
    };
    let bytes = value.bytes();
    let place = if bytes.len() <= INLINE_BYTES {
        Place::Inline(bytes)
    } else {
        Place::Blob(blob::insert(connection, bytes)?)
    };
    Ok(Columns {
        value: place,
        bytes: Some(bytes.len() as i64),
        crc: Some(Checksum::after(crc).numbers(key).finish()),
    })
}

/// Reads the value of the row with the key `key`, from its columns at `value` and `value_crc`. `what` names the row in
/// an error.
pub(crate) fn get<const N: usize>(
    connection: &Connection,
    row: &Row<'_>,
    (value, value_crc): (usize, usize),
    key: [i64; N],
    what: impl Fn() -> String,
) -> Result<Option<Value>, Fault> {
    let bytes: Bytes = match row.get_ref(value)? {
        ValueRef::Null => return Ok(None),
        ValueRef::Blob(bytes) => Bytes::copy_from_slice(bytes),
        ValueRef::Integer(id) => blob::get(connection, id)?.ok_or_else(|| Fault::Corrupt(what()))?,
        ValueRef::Real(_) | ValueRef::Text(_) => return Err(Fault::Corrupt(what())),
    };
    let crc: i64 = row.get(value_crc)?;
    if Checksum::after(crc32c::crc32c(&bytes)).numbers(key).finish() != crc {
        return Err(Fault::Corrupt(what()));
    }
    Ok(Some(Value::from_bytes(bytes)))
}
