//! Errors inside this crate, and what they mean to a caller.

use rusqlite::ErrorCode;
use std::time::Duration;
use stepwell_store::{ConflictKind, StoreError};

/// What went wrong in a table.
#[derive(Debug)]
pub(crate) enum Fault {
    /// SQLite said no.
    Sql(rusqlite::Error),
    /// A record is not what was written.
    Corrupt(String),
    /// An op contradicts what is stored.
    Conflict(ConflictKind),
    /// A bug of the caller.
    Invalid(String),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

/// Extended code of an error while the shared-memory index of the log grows.
const IOERR_SHMSIZE: i32 = rusqlite::ffi::SQLITE_IOERR_SHMSIZE;

impl Fault {
    /// What a failed write means. `Poisoned` is the default: what is not understood must not be retried.
    pub(crate) fn on_write(self) -> StoreError {
        let error = match self {
            Self::Sql(error) => error,
            other => return other.without_sql(),
        };
        match error.sqlite_error() {
            Some(code) if code.code == ErrorCode::DiskFull => StoreError::Full,
            // The index lives in a file too and grows by writing to it; it holds nothing that must survive.
            Some(code) if code.extended_code == IOERR_SHMSIZE => StoreError::Full,
            Some(code) => match code.code {
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => corrupt("the database file", &error),
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::OutOfMemory => {
                    unavailable(&error)
                }
                // The ops were checked before: an index that disagrees with its table is damage.
                ErrorCode::ConstraintViolation => corrupt("an index", &error),
                _ => StoreError::Poisoned {
                    message: error.to_string(),
                },
            },
            None => corrupt("a row", &error),
        }
    }

    /// What a failed read means.
    pub(crate) fn on_read(self) -> StoreError {
        let error = match self {
            Self::Sql(error) => error,
            other => return other.without_sql(),
        };
        match error.sqlite_error().map(|code| code.code) {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::OutOfMemory) => {
                unavailable(&error)
            }
            Some(_) => corrupt("the database file", &error),
            None => corrupt("a row", &error),
        }
    }

    fn without_sql(self) -> StoreError {
        match self {
            Self::Corrupt(at) => StoreError::Corrupt { at },
            Self::Conflict(what) => StoreError::Invalid(format!("unexpected conflict: {what:?}")),
            Self::Invalid(message) => StoreError::Invalid(message),
            Self::Sql(error) => corrupt("the database file", &error),
        }
    }
}

fn corrupt(what: &str, error: &rusqlite::Error) -> StoreError {
    StoreError::Corrupt {
        at: format!("{what} ({error})"),
    }
}

fn unavailable(error: &rusqlite::Error) -> StoreError {
    StoreError::Unavailable {
        retry_after: Duration::from_millis(100),
        message: error.to_string(),
    }
}
