//! Deployed Workers: each over its versions, of which several are there at once.
//!
//! Every version can have a *front* (a process without state: `fetch`, events, entrypoints that other Workers call) and run
//! processes; each comes when it is first needed. The Worker's Durable Objects live in one process, the *object host*, which
//! all others reach through the relay of `network/`: none of them opens the data.

mod files;
mod fleet;
mod front;
mod objects;
mod public;
mod version;

pub use files::FileOperation;
pub use front::Front;
pub use version::Version;

use crate::events::{EventError, ScheduledOutcome};
use crate::network::{Links, Part};
use crate::process::StartError;
use crate::script::{ObjectClass, Script};
use crate::settings::Settings;
use objects::ObjectHost;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A deployed Worker.
#[derive(Debug)]
pub struct Deployed {
    context: Arc<Context>,
    versions: Mutex<BTreeMap<u32, Weak<Version>>>,
    live: tokio::sync::Mutex<State>,
    /// The version whose front other Workers call.
    called: watch::Sender<Option<Arc<Version>>>,
    waker: JoinHandle<()>,
}

/// What all processes of a Worker have in common.
#[derive(Debug)]
struct Context {
    settings: Arc<Settings>,
    /// The Worker's key.
    key: String,
    object_directory: PathBuf,
}

#[derive(Debug)]
struct State {
    shares: Vec<Share>,
    objects: ObjectHost,
}

/// What of a Worker is live.
#[derive(Debug, Clone, Default)]
pub struct Live {
    /// The versions that serve. Calls of other Workers go to the one with the greatest share (of several, the newest): a
    /// caller's connection stays with one process, so a split by weight would not be one by calls.
    pub shares: Vec<Share>,
    /// The objects, if the Worker has any.
    pub objects: Option<LiveObjects>,
}

/// A version's share of what is new.
#[derive(Debug, Clone)]
pub struct Share {
    /// The version.
    pub version: Arc<Version>,
    /// Its part in a hundred.
    pub percent: f64,
}

/// Which code a Worker's objects run on.
#[derive(Debug, Clone)]
pub struct LiveObjects {
    /// The version whose code it is.
    pub version: Arc<Version>,
    /// The namespaces by their classes in that version.
    pub classes: Vec<ObjectClass>,
}

impl Deployed {
    /// The Worker `key`, without any version. The data of its objects is in `object_directory`, a directory of its own that
    /// is made when it is needed. From now on, what other Workers ask of it waits for it.
    pub fn new(settings: Arc<Settings>, key: &str, object_directory: &Path) -> Self {
        let context = Arc::new(Context {
            key: key.to_owned(),
            object_directory: object_directory.to_owned(),
            settings,
        });
        let network = &context.settings.network;
        network.expect_deployed(key);
        let called = watch::Sender::new(None);
        let missed = network.missed(key, Part::Entrypoints);
        Self {
            live: tokio::sync::Mutex::new(State {
                shares: Vec::new(),
                objects: ObjectHost::new(context.clone()),
            }),
            waker: tokio::spawn(wake(missed, called.subscribe())),
            called,
            versions: Mutex::default(),
            context,
        }
    }

    /// The version [`Script::version`] of this Worker; `script` is looked at only if there is none of that number yet.
    /// Starts nothing. Its name and its object directory become those of this Worker.
    pub fn version(&self, script: Script) -> Arc<Version> {
        let mut versions = self.versions.lock();
        versions.retain(|_, version| version.strong_count() > 0);
        if let Some(version) = versions.get(&script.version).and_then(Weak::upgrade) {
            return version;
        }
        let number = script.version;
        let version = Arc::new(Version::new(self.context.clone(), script));
        versions.insert(number, Arc::downgrade(&version));
        version
    }

    /// The version of this number, if somebody has it.
    pub fn registered(&self, number: u32) -> Option<Arc<Version>> {
        self.versions.lock().get(&number).and_then(Weak::upgrade)
    }

    fn registered_versions(&self) -> Vec<Arc<Version>> {
        self.versions.lock().values().filter_map(Weak::upgrade).collect()
    }

    /// Makes `live` what is live.
    ///
    /// Fronts of versions that are not live (any longer) take nothing new, finish what they have begun (as long as
    /// [`Settings::front_drain`] allows) and end; that goes on after this has returned. If the object host changes, or
    /// `operations` touch the data: what is asked of objects waits, what has begun gets [`Settings::stop_grace`], the old
    /// process ends, `operations` are carried out in order, and the new one starts.
    ///
    /// # Errors
    /// [`StartError`] if the object host does not start (which is tried again and again; all else is as `live` says), or if
    /// a file operation failed (the Worker is without objects then: call again).
    pub async fn set_live(&self, live: Live, operations: Vec<FileOperation>) -> Result<(), StartError> {
        let mut state = self.live.lock().await;
        for share in &live.shares {
            share.version.front().live(true);
        }
        let called = most_called(&live.shares);
        let before = self.called.send_replace(called.clone());
        if let Some(called) = &called {
            called.front().call(true);
        }
        let is_called = |version: &Arc<Version>| called.as_ref().is_some_and(|new| Arc::ptr_eq(new, version));
        if let Some(before) = before.filter(|before| !is_called(before)) {
            before.front().call(false);
        }
        // They are held before they are let go of: nobody else may.
        let mut others = self.registered_versions();
        state.shares = live.shares;
        let is_live = |version: &Arc<Version>| {
            let mut shares = state.shares.iter();
            shares.any(|share| Arc::ptr_eq(&share.version, version))
        };
        others.retain(|version| !is_live(version));
        for version in others {
            version.front().live(false);
            tokio::spawn(async move { version.front().retire().await });
        }
        state.objects.switch(live.objects, operations).await
    }

    /// Calls `scheduled()` of the version with the greatest share.
    ///
    /// # Errors
    /// [`EventError`] if no version is live, its front does not come within some seconds, or it ends during the call.
    pub async fn scheduled(&self, cron: &str, time_ms: i64) -> Result<ScheduledOutcome, EventError> {
        let called = self.called.borrow().clone();
        match called {
            Some(version) => version.front().scheduled(cron, time_ms).await,
            None => Err(EventError::Absent("no version of it is live".into())),
        }
    }

    /// The process that has the objects, for diagnostics.
    pub async fn object_process_id(&self) -> Option<u32> {
        self.live.lock().await.objects.process_id()
    }

    /// Ends all processes; their end is confirmed when it returns. Runs get `Lost(Released)`.
    pub async fn stop(&self) {
        let mut state = self.live.lock().await;
        self.called.send_replace(None);
        state.shares.clear();
        let stopping: Vec<_> = self
            .registered_versions()
            .into_iter()
            .map(|version| tokio::spawn(async move { version.stop().await }))
            .collect();
        for stopping in stopping {
            let _ = stopping.await;
        }
        state.objects.stop().await;
    }
}

impl Drop for Deployed {
    fn drop(&mut self) {
        self.waker.abort();
    }
}

impl Context {
    /// Says what the processes of `script` call; where their calls lead.
    fn links(&self, script: &Script) -> Result<Arc<Links>, StartError> {
        let links = self.settings.network.announce(&script.label(), script);
        Ok(Arc::new(links.map_err(|e| {
            StartError::io("a socket of a service binding", e)
        })?))
    }

    /// The way to the Worker's objects.
    fn door(&self) -> Result<PathBuf, StartError> {
        let door = self.settings.network.door(&self.key);
        door.map_err(|e| StartError::io("the socket of the objects", e))
    }
}

/// The version with the greatest share; of several, the newest.
fn most_called(shares: &[Share]) -> Option<Arc<Version>> {
    let by_percent = |a: &&Share, b: &&Share| {
        a.percent
            .total_cmp(&b.percent)
            .then(a.version.number().cmp(&b.version.number()))
    };
    Some(shares.iter().max_by(by_percent)?.version.clone())
}

/// Starts the front that is called when a call finds no process.
async fn wake(mut missed: watch::Receiver<u64>, called: watch::Receiver<Option<Arc<Version>>>) {
    while missed.changed().await.is_ok() {
        let version = called.borrow().clone();
        if let Some(version) = version {
            version.front().wake();
        }
    }
}
