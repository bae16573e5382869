//! Space given back to the file system.

use super::Writer;
use stepwell_store::StoreError;

/// Free pages that stay in the file for what comes next (8 MiB).
const KEEP: i64 = 1024;
/// Pages given back in one transaction.
const SLICE: i64 = 256;

impl Writer {
    /// Gives some free pages back. Returns whether there are more.
    pub(crate) fn give_back(&mut self) -> Result<bool, StoreError> {
        self.transaction(|connection, _| {
            let free: i64 = connection
                .prepare_cached("PRAGMA freelist_count")?
                .query_row([], |row| row.get(0))?;
            let slice = SLICE.min(free - KEEP);
            if slice <= 0 {
                return Ok((false, false));
            }
            let mut vacuum = connection.prepare_cached(&format!("PRAGMA incremental_vacuum({slice})"))?;
            let mut pages = vacuum.query([])?;
            // Each row is a page given back.
            while pages.next()?.is_some() {}
            Ok((free - KEEP > slice, true))
        })
    }
}
