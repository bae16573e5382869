//! The rows of the catalogue.

use crate::fault::Fault;
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension};
use stepwell_catalogue::{Change, Digest, Document};

/// Covers the whole row, so that a body under a wrong key is found too.
fn checksum(kind: &str, key: &str, body: &[u8]) -> i64 {
    let mut sum = crc32c::crc32c(kind.as_bytes());
    sum = crc32c::crc32c_append(sum, &[0xff]);
    sum = crc32c::crc32c_append(sum, key.as_bytes());
    sum = crc32c::crc32c_append(sum, &[0xff]);
    i64::from(crc32c::crc32c_append(sum, body))
}

pub(super) fn documents(connection: &Connection) -> Result<Vec<Document>, Fault> {
    let mut statement =
        connection.prepare_cached("SELECT kind, key, checksum, body FROM document ORDER BY kind, key")?;
    let mut rows = statement.query([])?;
    let mut documents = Vec::new();
    while let Some(row) = rows.next()? {
        let document = Document {
            kind: row.get(0)?,
            key: row.get(1)?,
            body: Bytes::from(row.get::<_, Vec<u8>>(3)?),
        };
        if row.get::<_, i64>(2)? != checksum(&document.kind, &document.key, &document.body) {
            let at = format!("the catalogue's {} \"{}\"", document.kind, document.key);
            return Err(Fault::Corrupt(at));
        }
        documents.push(document);
    }
    Ok(documents)
}

pub(super) fn apply(connection: &Connection, changes: &[Change]) -> Result<(), Fault> {
    for change in changes {
        match change {
            Change::Put(Document { kind, key, body }) => connection
                .prepare_cached(
                    "INSERT INTO document (kind, key, checksum, body) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (kind, key) DO UPDATE SET checksum = excluded.checksum, body = excluded.body",
                )?
                .execute((kind, key, checksum(kind, key, body), &**body))?,
            Change::Delete { kind, key } => connection
                .prepare_cached("DELETE FROM document WHERE kind = ?1 AND key = ?2")?
                .execute((kind, key))?,
        };
    }
    Ok(())
}

pub(super) fn has_blob(connection: &Connection, digest: Digest) -> Result<bool, Fault> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM blob WHERE digest = ?1")?;
    Ok(statement.exists([digest.0])?)
}

pub(super) fn put_blob(connection: &Connection, digest: Digest, body: &[u8]) -> Result<(), Fault> {
    connection
        .prepare_cached("INSERT INTO blob (digest, body) VALUES (?1, ?2)")?
        .execute((digest.0, body))?;
    Ok(())
}

pub(super) fn blob(connection: &Connection, digest: Digest) -> Result<Option<Bytes>, Fault> {
    let body: Option<Vec<u8>> = connection
        .prepare_cached("SELECT body FROM blob WHERE digest = ?1")?
        .query_row([digest.0], |row| row.get(0))
        .optional()?;
    match body {
        Some(body) if Digest::of(&body) != digest => {
            Err(Fault::Corrupt(format!("the catalogue's blob {digest}")))
        }
        body => Ok(body.map(Bytes::from)),
    }
}

pub(super) fn blobs(connection: &Connection) -> Result<Vec<Digest>, Fault> {
    let mut statement = connection.prepare_cached("SELECT digest FROM blob ORDER BY digest")?;
    let digests = statement.query_map([], |row| row.get(0).map(Digest))?;
    Ok(digests.collect::<Result<_, _>>()?)
}

pub(super) fn delete_blobs(connection: &Connection, digests: &[Digest]) -> Result<(), Fault> {
    let mut statement = connection.prepare_cached("DELETE FROM blob WHERE digest = ?1")?;
    for digest in digests {
        statement.execute([digest.0])?;
    }
    Ok(())
}
