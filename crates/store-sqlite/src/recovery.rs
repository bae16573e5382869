//! What is done before a file is opened that was not closed.

use rustix::fs::{Advice, fadvise};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Makes the system read the files from the disk again, if the last process did not close them. After a failed fsync
/// its memory of them can hold pages that never reached the disk, and that no later fsync would write: a store that
/// goes on from them loses everything after them at the next loss of power (spec/storage.md 4.1).
pub(crate) fn forget_cached_pages(database: &Path) {
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    let log = PathBuf::from(log);
    // A store that is closed in order removes its log.
    if std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        for file in [database, &log] {
            let dropped = File::open(file)
                .and_then(|file| fadvise(&file, 0, None, Advice::DontNeed).map_err(Into::into));
            if let Err(error) = dropped {
                tracing::warn!(%error, file = %file.display(), "cannot make the system read it again from the disk");
            }
        }
    }
}
