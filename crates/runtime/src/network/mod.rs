//! The ways between the Workers of a session, which live in processes of their own.
//!
//! A caller's configuration names a socket that stays the same for as long as the session lives. This process listens on
//! it and passes on what comes to the callee's current host process. So it owns both ends: a callee can be replaced
//! while its callers go on, and a call that is made in the meantime waits.

mod frames;
mod http;
mod ledger;
mod message;
mod presence;
mod rpc;
mod way;

use crate::directory::SocketDirectory;
use crate::script::Script;
use parking_lot::Mutex;
use presence::Presence;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use way::Way;

/// An entrypoint of a Worker as a binding names it; each has a socket of its own, because only a socket can say so.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Entrypoint {
    /// The exported class; `None` is the default export.
    pub(crate) name: Option<String>,
    /// What it finds in `ctx.props`, as JSON text.
    pub(crate) props: Option<String>,
}

/// What of a Worker is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// An entrypoint.
    Entrypoint(Entrypoint),
    /// Its Durable Objects.
    Objects,
}

/// The sockets of a host process by what they lead to.
pub(crate) type Sockets = BTreeMap<Target, PathBuf>;

/// Where a script's bindings to Workers of the session lead. What is not there is not in the session.
#[derive(Debug, Clone, Default)]
pub(crate) struct Links(BTreeMap<(String, Target), PathBuf>);

impl Links {
    /// The socket for `target` of `worker`.
    pub(crate) fn get(&self, worker: &str, target: Target) -> Option<&Path> {
        self.0.get(&(worker.to_owned(), target)).map(PathBuf::as_path)
    }
}

/// The Workers of one session. They share it by their settings.
#[derive(Debug)]
pub struct Network {
    directory: Arc<SocketDirectory>,
    members: Mutex<BTreeMap<String, Member>>,
}

/// One Worker of the session.
#[derive(Debug, Default)]
struct Member {
    presence: watch::Sender<Presence>,
    /// What passes on something that the Worker should finish.
    busy: watch::Sender<usize>,
    /// What others call of it, by caller.
    wishes: watch::Sender<BTreeMap<String, BTreeSet<Entrypoint>>>,
    relays: BTreeMap<Target, Relay>,
}

/// A socket that passes on what comes to it.
#[derive(Debug)]
struct Relay {
    path: PathBuf,
    task: JoinHandle<()>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Network {
    /// A session without Workers, whose sockets are in `directory`.
    pub fn new(directory: Arc<SocketDirectory>) -> Arc<Self> {
        Arc::new(Self {
            directory,
            members: Mutex::default(),
        })
    }

    /// Says that the Worker `name` belongs to the session, so that what others ask of it before it is there waits for it.
    /// A Worker that is started says so itself.
    pub fn expect(&self, name: &str) {
        self.members.lock().entry(name.to_owned()).or_default();
    }

    /// Says what `script` calls, and makes the ways there.
    ///
    /// # Errors
    /// What the system says if it cannot listen.
    pub(crate) fn announce(&self, script: &Script) -> std::io::Result<Links> {
        self.expect(&script.name);
        let mut members = self.members.lock();
        let mut links = Links::default();
        let mut wishes: BTreeMap<&str, BTreeSet<Entrypoint>> = BTreeMap::new();
        for (name, target) in script.calls() {
            let Some(member) = members.get_mut(name) else {
                continue;
            };
            if let Target::Entrypoint(entrypoint) = &target {
                wishes.entry(name).or_default().insert(entrypoint.clone());
            }
            let path = member.relay(name, target.clone(), &self.directory)?;
            links.0.insert((name.to_owned(), target), path);
        }
        for (name, member) in members.iter_mut() {
            let wishes = wishes.remove(name.as_str()).unwrap_or_default();
            member.wishes.send_if_modified(|all| {
                let before = all.insert(script.name.clone(), wishes.clone());
                before.unwrap_or_default() != wishes
            });
        }
        Ok(links)
    }

    /// What others, and its own runs, call of `worker`; changes when they do.
    pub(crate) fn wishes(&self, worker: &str) -> Wishes {
        let mut members = self.members.lock();
        Wishes(members.entry(worker.to_owned()).or_default().wishes.subscribe())
    }

    /// Says that a host process of `worker` listens on `sockets`.
    pub(crate) fn serving(&self, worker: &str, sockets: Sockets) {
        self.set(worker, Presence::Serving(Arc::new(sockets)));
    }

    /// Says that `worker` has no host process; what still hangs on the last one is cut.
    pub(crate) fn absent(&self, worker: &str) {
        self.set(worker, Presence::Absent);
    }

    /// Brings the host process of `worker` nothing new any more, and waits until it has finished what it has, but not
    /// longer than `patience`.
    pub(crate) async fn drain(&self, worker: &str, patience: Duration) {
        let mut busy = {
            let members = self.members.lock();
            let Some(member) = members.get(worker) else { return };
            member.presence.send_modify(Presence::leave);
            member.busy.subscribe()
        };
        let _ = tokio::time::timeout(patience, busy.wait_for(|busy| *busy == 0)).await;
    }

    fn set(&self, worker: &str, presence: Presence) {
        if let Some(member) = self.members.lock().get(worker) {
            member.presence.send_replace(presence);
        }
    }
}

impl Member {
    /// The socket for `target`, which is made when it is first asked for.
    fn relay(&mut self, name: &str, target: Target, directory: &SocketDirectory) -> std::io::Result<PathBuf> {
        if let Some(relay) = self.relays.get(&target) {
            return Ok(relay.path.clone());
        }
        let path = directory.path(&format!("n{}", directory.number()));
        let listener = UnixListener::bind(&path)?;
        let way = Way {
            worker: name.into(),
            target: target.clone(),
            presence: self.presence.subscribe(),
            busy: self.busy.clone(),
        };
        let task = tokio::spawn(http::serve(listener, way));
        let relay = Relay {
            path: path.clone(),
            task,
        };
        self.relays.insert(target, relay);
        Ok(path)
    }
}

/// What is called of a Worker.
#[derive(Debug)]
pub(crate) struct Wishes(watch::Receiver<BTreeMap<String, BTreeSet<Entrypoint>>>);

impl Wishes {
    /// All of it.
    pub(crate) fn now(&self) -> BTreeSet<Entrypoint> {
        self.0.borrow().values().flatten().cloned().collect()
    }

    /// Waits until there is something that is not in `served`.
    pub(crate) async fn more_than(&mut self, served: &BTreeSet<Entrypoint>) {
        let more = |all: &BTreeMap<String, BTreeSet<Entrypoint>>| {
            all.values().flatten().any(|wish| !served.contains(wish))
        };
        if self.0.wait_for(more).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
