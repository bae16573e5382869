//! Opening connections with the settings of spec/storage.md 1.5.

use crate::Options;
use crate::fault::Fault;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;
use stepwell_store::StoreError;

/// Bytes per page: neighbouring steps of an instance share one.
pub(crate) const PAGE_BYTES: u64 = 8192;
/// Oldest SQLite without the WAL-reset race.
const OLDEST_SQLITE: i32 = 3_051_003;
/// The log file is kept at this size, so that it is overwritten rather than extended: half the time of an fsync.
const LOG_KEPT_BYTES: i64 = 256 << 20;
/// Connections of one process wait for each other at most this long; only a checkpoint makes them.
const BUSY: Duration = Duration::from_secs(10);

/// Refuses an SQLite with the WAL-reset race (3.7.0 to 3.51.2).
pub(crate) fn check_version() -> Result<(), StoreError> {
    if rusqlite::version_number() >= OLDEST_SQLITE {
        return Ok(());
    }
    Err(StoreError::Invalid(format!(
        "this build has SQLite {}, which can lose data; 3.51.3 or newer is needed",
        rusqlite::version()
    )))
}

/// The connection that writes. Creates the file.
pub(crate) fn open_writer(file: &Path, options: &Options) -> Result<Connection, Fault> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY)?;
    // These two take effect in a new file only, and before anything else touches it.
    connection.pragma_update(None, "page_size", PAGE_BYTES as i64)?;
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    let mode: String = connection.query_row("PRAGMA journal_mode=WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(Fault::Invalid(format!(
            "the file system of {} does not support a write-ahead log (journal mode {mode})",
            file.display()
        )));
    }
    settle(&connection, options.cache_bytes)?;
    connection.pragma_update(None, "journal_size_limit", LOG_KEPT_BYTES)?;
    if let Some(bytes) = options.max_bytes {
        let pages = i64::try_from(bytes / PAGE_BYTES).unwrap_or(i64::MAX);
        connection.query_row(&format!("PRAGMA max_page_count={pages}"), [], |_| Ok(()))?;
    }
    Ok(connection)
}

/// The connection that moves the log into the file.
pub(crate) fn open_checkpointer(file: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY)?;
    settle(&connection, 256 << 10)?;
    Ok(connection)
}

/// A connection that reads.
pub(crate) fn open_reader(file: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY)?;
    settle(&connection, 2 << 20)?;
    Ok(connection)
}

fn settle(connection: &Connection, cache_bytes: u64) -> Result<(), Fault> {
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Checkpoints are asked for by the writer. This also takes SQLite's own hook away.
    connection.query_row("PRAGMA wal_autocheckpoint=0", [], |_| Ok(()))?;
    // Negative means KiB.
    connection.pragma_update(None, "cache_size", -((cache_bytes >> 10).min(1 << 30) as i64))?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.query_row("PRAGMA mmap_size=0", [], |_| Ok(()))?;
    // Else SQLite compiles a statement with `LIMIT ?` anew each time that it is given a number.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}
