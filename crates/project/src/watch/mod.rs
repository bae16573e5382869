//! Watches a project's files and says when something changed that the bundle is made from.
//!
//! Directories are watched, not files: editors save by writing another file and renaming it over the old
//! one, after which a watch on the file itself would see nothing more.

mod filter;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self as events, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use filter::Filter;

/// How long nothing must happen before a change is reported. Saving in an editor is several events.
const QUIET: Duration = Duration::from_millis(50);

/// How long a change is held back at most while files keep changing.
const LONGEST: Duration = Duration::from_secs(1);

/// Files cannot be watched.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot watch the project's files for changes: {0}; on Linux the limit is in /proc/sys/fs/inotify/max_user_watches"
)]
pub struct Error(#[from] notify::Error);

/// Something changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The files, in no particular order.
    pub paths: Vec<PathBuf>,
}

/// Watches until it is dropped.
pub struct Watcher {
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    watcher: RecommendedWatcher,
    directories: HashSet<PathBuf>,
    filter: Filter,
}

impl Watcher {
    /// Watches the configuration file `config`, the `.dev.vars` beside it, and the directory of the entry file
    /// `main`. Changes arrive on the receiver; while one waits there, later ones are left out, because it is
    /// about to be dealt with anyway.
    ///
    /// # Errors
    ///
    /// [`Error`] if the system cannot watch files.
    pub fn new(config: &Path, main: Option<&Path>) -> Result<(Self, mpsc::Receiver<Change>), Error> {
        let (event_sender, event_receiver) = events::channel();
        // The callback runs on the watcher's own thread, on which directories cannot be added.
        let watcher = notify::recommended_watcher(move |event| {
            let _ = event_sender.send(event);
        })?;
        let mut shared = Shared {
            watcher,
            directories: HashSet::new(),
            filter: Filter::new(config, main),
        };
        shared.watch_directories()?;
        let shared = Arc::new(Mutex::new(shared));
        let (sender, receiver) = mpsc::channel(1);
        let weak = Arc::downgrade(&shared);
        let collector = Collector {
            events: event_receiver,
            sender,
        };
        std::thread::Builder::new()
            .name("stepwell-watch".to_owned())
            .spawn(move || {
                // The thread ends with the watcher, which holds the other end of the events.
                while let Some(paths) = collector.next(|event| match weak.upgrade() {
                    Some(shared) => lock(&shared).relevant(event),
                    None => Vec::new(),
                }) {
                    let _ = collector.sender.try_send(Change { paths });
                }
            })
            .map_err(notify::Error::io)?;
        Ok((Self { shared }, receiver))
    }

    /// Watches these files from now on, besides the configuration and `.dev.vars`: call it after each build
    /// with the bundle's inputs. What cannot be watched is left out.
    pub fn set_inputs(&mut self, inputs: &[PathBuf]) {
        let mut shared = lock(&self.shared);
        shared.filter.set_inputs(inputs);
        if let Err(error) = shared.watch_directories() {
            tracing::warn!("{error}");
        }
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    // Nothing in here can be left half done by a panic.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn watch_directories(&mut self) -> Result<(), Error> {
        let wanted = self.filter.directories();
        let gone: Vec<PathBuf> = self.directories.difference(&wanted).cloned().collect();
        for directory in gone {
            // It may be gone from the disk too.
            let _ = self.watcher.unwatch(&directory);
            self.directories.remove(&directory);
        }
        let mut failure = None;
        for directory in wanted {
            if self.directories.contains(&directory) || !directory.is_dir() {
                continue;
            }
            match self.watcher.watch(&directory, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.directories.insert(directory);
                }
                Err(error) => failure = Some(error),
            }
        }
        failure.map_or(Ok(()), |error| Err(error.into()))
    }

    /// The changed files of an event that matter.
    fn relevant(&mut self, event: &notify::Event) -> Vec<PathBuf> {
        for path in &event.paths {
            if self.directories.contains(path) && !path.is_dir() {
                // Removed: if it comes back, it is another directory to the system.
                let _ = self.watcher.unwatch(path);
                self.directories.remove(path);
            }
        }
        let paths = self.filter.relevant(event);
        // A new directory may be the one that an import is missing, and gets its files a moment later.
        if paths.iter().any(|path| path.is_dir()) {
            for path in paths.iter().filter(|path| path.is_dir()) {
                self.filter.add_directory(path);
            }
            let _ = self.watch_directories();
        }
        paths
    }
}

struct Collector {
    events: events::Receiver<notify::Result<notify::Event>>,
    sender: mpsc::Sender<Change>,
}

impl Collector {
    /// Waits for a relevant event and then for quiet; `None` when the watcher is gone.
    fn next(&self, relevant: impl Fn(&notify::Event) -> Vec<PathBuf>) -> Option<Vec<PathBuf>> {
        let mut paths = Vec::new();
        while paths.is_empty() {
            match self.events.recv() {
                Ok(Ok(event)) => paths = relevant(&event),
                // Events were lost, for example by an overflow; something has changed.
                Ok(Err(error)) => paths = error.paths,
                Err(_) => return None,
            }
        }
        let end = Instant::now() + LONGEST;
        loop {
            let patience = QUIET.min(end.saturating_duration_since(Instant::now()));
            match self.events.recv_timeout(patience) {
                Ok(Ok(event)) => paths.extend(relevant(&event)),
                Ok(Err(error)) => paths.extend(error.paths),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
            if Instant::now() >= end {
                break;
            }
        }
        paths.sort();
        paths.dedup();
        Some(paths)
    }
}
