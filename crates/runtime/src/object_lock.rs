//! The lock on the data directory of Durable Objects: an object lives in exactly one process, and workerd itself
//! takes no lock.
//!
//! The host process inherits the lock's descriptor, so that the lock is free only when the engine *and* its host are
//! gone: an engine that was killed does not leave a moment in which the next one could start a second host.

use crate::process::StartError;
use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

const FILE: &str = ".stepwell-lock";
/// How long the host of an engine that was killed may take to go.
const PATIENCE: Duration = Duration::from_secs(2);

/// The lock, held until this and every descriptor made from it is closed.
#[derive(Debug)]
pub struct ObjectLock {
    file: File,
}

impl ObjectLock {
    /// Takes the lock on `directory`, which is made if it is missing. Waits a moment for a dying holder.
    ///
    /// # Errors
    /// [`StartError::ObjectsInUse`] with the holder; [`StartError::Io`] if the directory cannot be used.
    pub async fn take(directory: &Path) -> Result<Self, StartError> {
        let error = |source| {
            StartError::io(
                format!("the Durable Object directory {}", directory.display()),
                source,
            )
        };
        std::fs::create_dir_all(directory).map_err(error)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(directory.join(FILE))
            .map_err(error)?;
        let deadline = Instant::now() + PATIENCE;
        while let Err(errno) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
            if errno != rustix::io::Errno::WOULDBLOCK {
                return Err(error(errno.into()));
            }
            if Instant::now() > deadline {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                return Err(StartError::ObjectsInUse {
                    directory: directory.to_owned(),
                    holder: Some(holder.trim().to_owned()).filter(|holder| !holder.is_empty()),
                });
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let _ = file.set_len(0);
        let _ = file.rewind();
        let _ = writeln!(file, "process {}", std::process::id());
        Ok(Self { file })
    }

    /// A descriptor that holds the lock too.
    pub(crate) fn share(&self) -> std::io::Result<OwnedFd> {
        Ok(self.file.try_clone()?.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_second_holder_is_refused_until_every_descriptor_is_closed() {
        let directory = tempfile::tempdir().unwrap();
        let lock = ObjectLock::take(directory.path()).await.unwrap();
        let refused = ObjectLock::take(directory.path()).await.unwrap_err();
        assert!(
            refused
                .to_string()
                .contains(&format!("process {}", std::process::id())),
            "{refused}"
        );
        let shared = lock.share().unwrap();
        drop(lock);
        let waiting = ObjectLock::take(directory.path());
        let closing = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            drop(shared);
        };
        tokio::join!(async { waiting.await.unwrap() }, closing);
    }
}
