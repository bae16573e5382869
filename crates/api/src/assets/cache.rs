//! Uploaded assets as files, so that they can be sent from any place in them: made when they are first asked for.

use async_trait::async_trait;
use bytes::Bytes;
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use stepwell_assets::Contents;
use tokio::runtime::Handle;

/// Where the bytes of uploaded assets are.
#[async_trait]
pub trait Blobs: Send + Sync + 'static {
    /// Those of this name; `None` if there are none.
    ///
    /// # Errors
    /// Why they cannot be read.
    async fn blob(&self, name: &str) -> io::Result<Option<Bytes>>;
}

/// A directory with those assets that have been asked for. It may be deleted while nobody uses it.
pub struct AssetCache {
    directory: PathBuf,
    blobs: Arc<dyn Blobs>,
    runtime: Handle,
    written: AtomicU64,
}

impl AssetCache {
    /// The cache in `directory`, which is made. To be called in a runtime of tokio.
    ///
    /// # Errors
    /// The directory cannot be made.
    pub fn new(directory: PathBuf, blobs: Arc<dyn Blobs>) -> io::Result<Self> {
        fs::create_dir_all(&directory)?;
        Ok(Self {
            directory,
            blobs,
            runtime: Handle::current(),
            written: AtomicU64::new(0),
        })
    }

    /// Deletes the files of names that are not among these, and what a crash has left half written. Blocks. Nobody may be
    /// using the cache yet.
    ///
    /// # Errors
    /// What cannot be deleted, or read.
    pub fn sweep(&self, kept: &HashSet<String>) -> io::Result<()> {
        for part in fs::read_dir(&self.directory)? {
            let part = part?.path();
            if !part.is_dir() {
                continue;
            }
            for file in fs::read_dir(part)? {
                let file = file?;
                let is_kept = file.file_name().to_str().is_some_and(|name| kept.contains(name));
                if !is_kept {
                    fs::remove_file(file.path())?;
                }
            }
        }
        Ok(())
    }

    /// The path of a file. Few in each directory, as there may be many.
    fn path(&self, name: &str) -> io::Result<PathBuf> {
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match name.get(..2) {
            Some(part) if is_name => Ok(self.directory.join(part).join(name)),
            _ => Err(ErrorKind::NotFound.into()),
        }
    }

    /// Writes the file, and opens it.
    fn fetch(&self, name: &str, path: &Path) -> io::Result<File> {
        let Some(bytes) = self.runtime.block_on(self.blobs.blob(name))? else {
            return Err(ErrorKind::NotFound.into());
        };
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let unfinished = path.with_extension(format!("{number}.new"));
        if let Some(part) = path.parent() {
            fs::create_dir_all(part)?;
        }
        let mut file = File::create(&unfinished)?;
        file.write_all(&bytes)?;
        // A crash of the machine must not leave the name without the bytes.
        file.sync_all()?;
        fs::rename(&unfinished, path)?;
        File::open(path)
    }
}

impl Contents for AssetCache {
    fn open(&self, name: &str) -> io::Result<File> {
        let path = self.path(name)?;
        let opened = match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => self.fetch(name, &path),
            opened => opened,
        };
        if let Err(error) = &opened {
            tracing::error!("the asset {name} cannot be read: {error}");
        }
        opened
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;
    use std::sync::atomic::AtomicUsize;

    #[derive(Default)]
    struct Counted(AtomicUsize);

    #[async_trait]
    impl Blobs for Counted {
        async fn blob(&self, name: &str) -> io::Result<Option<Bytes>> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok((name != "none").then(|| Bytes::from(format!("bytes of {name}"))))
        }
    }

    async fn open(cache: &Arc<AssetCache>, name: &'static str) -> io::Result<String> {
        let cache = cache.clone();
        let opened = tokio::task::spawn_blocking(move || {
            let mut text = String::new();
            cache.open(name)?.read_to_string(&mut text)?;
            Ok(text)
        });
        opened.await.unwrap()
    }

    #[tokio::test]
    async fn what_was_asked_for_once_is_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let blobs = Arc::new(Counted::default());
        let cache = AssetCache::new(directory.path().join("cache"), blobs.clone()).unwrap();
        let cache = Arc::new(cache);
        assert_eq!(open(&cache, "abcd").await.unwrap(), "bytes of abcd");
        assert_eq!(open(&cache, "abcd").await.unwrap(), "bytes of abcd");
        assert_eq!(open(&cache, "abef").await.unwrap(), "bytes of abef");
        assert_eq!(blobs.0.load(Ordering::Relaxed), 2);
        for bad in ["none", "../secret", "", "a"] {
            assert_eq!(
                open(&cache, bad).await.unwrap_err().kind(),
                ErrorKind::NotFound,
                "{bad}"
            );
        }
        cache.sweep(&HashSet::from(["abcd".to_owned()])).unwrap();
        assert_eq!(open(&cache, "abcd").await.unwrap(), "bytes of abcd");
        assert_eq!(blobs.0.load(Ordering::Relaxed), 3, "that was \"none\" once more");
        open(&cache, "abef").await.unwrap();
        assert_eq!(blobs.0.load(Ordering::Relaxed), 4);
    }
}
