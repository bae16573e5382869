//! The format of the catalogue's file.

use crate::directory::Directory;
use crate::fault::Fault;
use rusqlite::Connection;
use stepwell_store::StoreError;

/// Newest format that this build knows, and the one it writes.
const FORMAT: u32 = 1;
/// Marks the file as Stepwell's catalogue ("StCa") for `file(1)` and against other programs' databases.
const APPLICATION_ID: i32 = 0x5374_4361;

const TABLES: &str = "
CREATE TABLE document (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  checksum INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE blob (
  id INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE,
  body BLOB NOT NULL
) STRICT;
";

/// Makes the tables if the file is new, and checks its format if it is not. Returns whether it is new.
///
/// # Errors
/// `NewerFormat` for a newer file, `Directory` for another program's.
pub(super) fn prepare(connection: &Connection, directory: &Directory) -> Result<bool, StoreError> {
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|error| Fault::from(error).on_write())?;
    if tables == 0 {
        create(connection).map_err(Fault::on_write)?;
        directory.sync()?;
        return Ok(true);
    }
    let number = |name: &str| -> Result<i32, StoreError> {
        let value = connection.pragma_query_value(None, name, |row| row.get(0));
        value.map_err(|error| Fault::from(error).on_read())
    };
    if number("application_id")? != APPLICATION_ID {
        return Err(StoreError::Directory {
            directory: directory.catalogue().display().to_string(),
            message: "it is not a Stepwell catalogue; use another directory".to_owned(),
        });
    }
    let found = number("user_version")?.unsigned_abs();
    if found > FORMAT {
        return Err(StoreError::NewerFormat { found, known: FORMAT });
    }
    Ok(false)
}

fn create(connection: &Connection) -> Result<(), Fault> {
    // All in one transaction: a crash leaves an empty file or a whole one.
    let transaction = connection.unchecked_transaction()?;
    transaction.execute_batch(TABLES)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()?;
    Ok(())
}
