//! Watches a project's files and says when something changed that it is made from.
//!
//! Directories are watched, not files: editors save by writing another file and renaming it over the old
//! one, after which a watch on the file itself would see nothing more.

mod filter;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::mpsc::{self as events, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use crate::config::Loaded;
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

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The configuration, a file of variables, or a build tool's redirection.
    Configuration,
    /// What the bundle is made from.
    Source,
    /// What the project's own build command reads (`build.watch_dir`).
    Build,
    /// A static asset.
    Asset,
}

/// Something changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The files, in no particular order.
    pub paths: Vec<PathBuf>,
    /// What they are; each kind once.
    pub kinds: Vec<Kind>,
}

impl Change {
    /// Whether nothing but static assets changed: the code need not be built again.
    pub fn is_assets_only(&self) -> bool {
        self.kinds == [Kind::Asset]
    }
}

/// What to watch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watched {
    /// Files, which may not exist yet ([`Loaded::watched`]).
    pub configuration: Vec<PathBuf>,
    /// The entry files; the directories that they are in are watched too.
    pub entries: Vec<PathBuf>,
    /// Directories of static assets, with everything below.
    pub assets: Vec<PathBuf>,
    /// Files or directories that the build command reads, with everything below.
    pub build: Vec<PathBuf>,
    /// What the build command writes: it must not be started by that.
    pub built: Vec<PathBuf>,
}

impl Watched {
    /// What a configuration asks for.
    pub fn of(loaded: &Loaded) -> Self {
        let config = &loaded.config;
        let main: Vec<PathBuf> = config.main.iter().cloned().collect();
        let (entries, built) = match &config.bundling.build {
            Some(_) => (Vec::new(), main),
            None => (main, Vec::new()),
        };
        Self {
            configuration: loaded.watched.clone(),
            entries,
            built,
            assets: config
                .assets
                .iter()
                .map(|assets| assets.directory.clone())
                .collect(),
            build: config
                .bundling
                .build
                .iter()
                .flat_map(|build| build.watch.clone())
                .collect(),
        }
    }
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
    /// Watches `what`. Changes arrive on the receiver; while one waits there, later ones are
    /// gathered into the next.
    ///
    /// # Errors
    ///
    /// [`Error`] if the system cannot watch files.
    pub fn new(what: &Watched) -> Result<(Self, mpsc::Receiver<Change>), Error> {
        let (event_sender, event_receiver) = events::channel();
        // The callback runs on the watcher's own thread, on which directories cannot be added.
        let watcher = notify::recommended_watcher(move |event| {
            let _ = event_sender.send(event);
        })?;
        let mut shared = Shared {
            watcher,
            directories: HashSet::new(),
            filter: Filter::new(what),
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
                while let Some(change) = collector.next(|event| match weak.upgrade() {
                    Some(shared) => lock(&shared).relevant(event),
                    None => Vec::new(),
                }) {
                    if collector.sender.blocking_send(change).is_err() {
                        break;
                    }
                }
            })
            .map_err(notify::Error::io)?;
        Ok((Self { shared }, receiver))
    }

    /// Watches this from now on, and the `inputs` of the bundle: call it after each build. What cannot be watched
    /// is left out.
    pub fn follow(&mut self, watched: &Watched, inputs: &[PathBuf]) {
        let mut shared = lock(&self.shared);
        shared.filter.follow(watched, inputs);
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
    /// Watches what there is, until nothing has come while it did so.
    fn watch_directories(&mut self) -> Result<(), Error> {
        while self.watch_wanted()? {}
        Ok(())
    }

    /// Watches the directories that matter and no others; whether any is new.
    fn watch_wanted(&mut self) -> Result<bool, Error> {
        let wanted = self.filter.directories();
        let gone: Vec<PathBuf> = self.directories.difference(&wanted).cloned().collect();
        for directory in gone {
            // It may be gone from the disk too.
            let _ = self.watcher.unwatch(&directory);
            self.directories.remove(&directory);
        }
        let (mut failure, mut has_new) = (None, false);
        for directory in wanted {
            if self.directories.contains(&directory) || !directory.is_dir() {
                continue;
            }
            match self.watcher.watch(&directory, RecursiveMode::NonRecursive) {
                Ok(()) => has_new |= self.directories.insert(directory),
                Err(error) => failure = Some(error),
            }
        }
        failure.map_or(Ok(has_new), |error| Err(error.into()))
    }

    /// The changed files of an event that matter.
    fn relevant(&mut self, event: &notify::Event) -> Vec<(PathBuf, Kind)> {
        let mut is_other = false;
        for path in &event.paths {
            if self.directories.contains(path) && !path.is_dir() {
                // Removed: if it comes back, it is another directory to the system.
                let _ = self.watcher.unwatch(path);
                self.directories.remove(path);
                is_other = true;
            }
        }
        let mut found = self.filter.relevant(event);
        // A new directory may be the one that an import is missing, and gets its files a moment later.
        for (path, _) in found
            .iter()
            .filter(|(path, kind)| *kind == Kind::Source && path.is_dir())
        {
            self.filter.add_directory(path);
            is_other = true;
        }
        let new = |path: &&PathBuf| path.is_dir() && !self.directories.contains(*path);
        let new: Vec<PathBuf> = event.paths.iter().filter(new).cloned().collect();
        is_other |= new
            .iter()
            .any(|path| self.filter.leads_to_fixed(path) || found.iter().any(|(found, _)| found == path));
        if is_other {
            let _ = self.watch_directories();
            // What came before the watch began makes no event.
            found.extend(new.iter().flat_map(|path| self.filter.brought(path)));
        }
        found
    }
}

struct Collector {
    events: events::Receiver<notify::Result<notify::Event>>,
    sender: mpsc::Sender<Change>,
}

impl Collector {
    /// Waits for a relevant event and then for quiet; `None` when the watcher is gone.
    fn next(&self, relevant: impl Fn(&notify::Event) -> Vec<(PathBuf, Kind)>) -> Option<Change> {
        // Events were lost, for example by an overflow: anything may have changed.
        let lost = |error: notify::Error| error.paths.into_iter().map(|path| (path, Kind::Configuration));
        let mut found = Vec::new();
        while found.is_empty() {
            match self.events.recv() {
                Ok(Ok(event)) => found = relevant(&event),
                Ok(Err(error)) => found.extend(lost(error)),
                Err(_) => return None,
            }
        }
        let end = Instant::now() + LONGEST;
        loop {
            let patience = QUIET.min(end.saturating_duration_since(Instant::now()));
            match self.events.recv_timeout(patience) {
                Ok(Ok(event)) => found.extend(relevant(&event)),
                Ok(Err(error)) => found.extend(lost(error)),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
            if Instant::now() >= end {
                break;
            }
        }
        let (mut paths, mut kinds): (Vec<PathBuf>, Vec<Kind>) = found.into_iter().unzip();
        paths.sort();
        paths.dedup();
        kinds.sort();
        kinds.dedup();
        Some(Change { paths, kinds })
    }
}
