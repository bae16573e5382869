//! The data directory and the lock on it.

use rustix::fs::{FlockOperation, flock};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use stepwell_store::StoreError;

/// Who holds a directory, as its lock file says.
#[derive(serde::Serialize, serde::Deserialize)]
struct Holder {
    pid: u32,
    command: String,
    started: String,
}

/// A data directory that this value holds, alone, until it is dropped.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    /// The lock is on the open file: it goes away with the process however that ends.
    _lock: File,
}

impl Directory {
    /// Creates the directory if it is missing, and locks it.
    ///
    /// # Errors
    /// `InUse` if somebody has it (this process included); `Directory` if it cannot be created or written.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let refuse = |what: &str, error: &io::Error| unusable(path, what, error);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(|error| refuse("it cannot be created", &error))?;
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path.join("LOCK"))
            .map_err(|error| refuse("it cannot be written", &error))?;
        if let Err(error) = flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            if error == rustix::io::Errno::WOULDBLOCK {
                return Err(StoreError::InUse {
                    directory: path.display().to_string(),
                    holder: holder(&mut lock),
                });
            }
            return Err(refuse("it cannot be locked", &error.into()));
        }
        sign(&mut lock).map_err(|error| refuse("it cannot be written", &error))?;
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The database file.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("stepwell.db")
    }

    /// The catalogue's file.
    pub(crate) fn catalogue(&self) -> PathBuf {
        self.path.join("catalogue.sqlite")
    }

    /// Makes the names of new files durable: an fsync of a file does not cover its entry in the directory.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        let sync = |path: &Path| File::open(path).and_then(|directory| directory.sync_all());
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        sync(&self.path)
            // A parent that may not be read (a mount in somebody else's directory) was not written by us either.
            .and_then(|()| parent.map_or(Ok(()), |parent| ignore_denied(sync(parent))))
            .map_err(|error| unusable(&self.path, "it cannot be synced", &error))
    }
}

fn ignore_denied(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        other => other,
    }
}

fn unusable(path: &Path, what: &str, error: &io::Error) -> StoreError {
    let remedy = match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "give this user the right to read, write and enter it, or use another directory"
        }
        io::ErrorKind::ReadOnlyFilesystem => "use a directory on a file system that can be written",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on the disk",
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "a file is in its place: use another directory"
        }
        _ => "use another directory",
    };
    StoreError::Directory {
        directory: path.display().to_string(),
        message: format!("{what} ({error}); {remedy}"),
    }
}

/// Names this process in the lock file, for the message that a second process shows.
fn sign(lock: &mut File) -> io::Result<()> {
    let arguments = std::env::args_os().map(|argument| argument.to_string_lossy().into_owned());
    let command = without_secrets(arguments);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let holder = Holder {
        pid: std::process::id(),
        command: command.chars().take(200).collect(),
        started: utc(now.as_secs()),
    };
    let text = serde_json::to_string(&holder).map_err(io::Error::other)?;
    lock.set_len(0)?;
    lock.rewind()?;
    lock.write_all(text.as_bytes())
}

/// A command line whose options keep their values for themselves if these are secrets: it is shown to whoever starts a
/// second process.
fn without_secrets(arguments: impl Iterator<Item = String>) -> String {
    let mut shown: Vec<String> = Vec::new();
    let mut is_secret = false;
    for argument in arguments {
        let name = argument.split('=').next().unwrap_or_default();
        let names_secret = name.starts_with("--") && (name.ends_with("token") || name.ends_with("secret"));
        shown.push(match (std::mem::take(&mut is_secret), names_secret) {
            (true, _) => "…".to_owned(),
            (false, true) if name != argument => format!("{name}=…"),
            (false, _) => argument.clone(),
        });
        is_secret = names_secret && name == argument;
    }
    shown.join(" ")
}

/// The holder in words. A file that cannot be understood belongs to a process that is just writing it.
fn holder(lock: &mut File) -> String {
    let mut text = String::new();
    let read = lock.rewind().and_then(|()| lock.read_to_string(&mut text));
    let holder = read.ok().and_then(|_| serde_json::from_str::<Holder>(&text).ok());
    holder.map_or_else(
        || "another process".to_owned(),
        |holder| {
            format!(
                "process {} ({}), which runs since {}",
                holder.pid, holder.command, holder.started
            )
        },
    )
}

/// Seconds since 1970 as `2026-11-22T18:24:08Z`.
fn utc(seconds: u64) -> String {
    let (mut days, second) = (seconds / 86_400, seconds % 86_400);
    let leap = |year: u64| {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        u64::from(leap)
    };
    let mut year = 1970;
    while days >= 365 + leap(year) {
        days -= 365 + leap(year);
        year += 1;
    }
    let lengths = [31, 28 + leap(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while days >= lengths[month] {
        days -= lengths[month];
        month += 1;
    }
    format!(
        "{year:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        month + 1,
        days + 1,
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right() {
        assert_eq!(utc(0), "1970-01-01T00:00:00Z");
        assert_eq!(utc(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(utc(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(utc(1_795_371_848), "2026-11-22T18:24:08Z");
        assert_eq!(utc(4_107_542_399), "2100-02-28T23:59:59Z");
        assert_eq!(utc(4_107_542_400), "2100-03-01T00:00:00Z");
    }

    #[test]
    fn secrets_of_the_command_line_are_not_shown() {
        let shown = |line: &str| without_secrets(line.split(' ').map(str::to_owned));
        assert_eq!(
            shown("stepwell serve --bootstrap-token abc --data D"),
            "stepwell serve --bootstrap-token … --data D"
        );
        assert_eq!(
            shown("stepwell serve --bootstrap-token=abc= --data=D"),
            "stepwell serve --bootstrap-token=… --data=D"
        );
        assert_eq!(
            shown("stepwell token --bootstrap-token"),
            "stepwell token --bootstrap-token"
        );
    }

    #[test]
    fn a_held_directory_is_refused_and_the_holder_named() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        let held = Directory::open(&path).unwrap();
        let Err(StoreError::InUse { directory, holder }) = Directory::open(&path) else {
            panic!("it must be refused");
        };
        assert_eq!(directory, path.display().to_string());
        assert!(
            holder.contains(&format!("process {} (", std::process::id())),
            "{holder}"
        );
        drop(held);
        Directory::open(&path).unwrap();
    }

    #[test]
    fn a_file_in_its_place_is_refused_with_a_remedy() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("data");
        std::fs::write(&path, "x").unwrap();
        let Err(StoreError::Directory { message, .. }) = Directory::open(&path) else {
            panic!("it must be refused");
        };
        assert!(message.contains("use another directory"), "{message}");
    }
}
