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
use crate::script::{Script, shown_name};
use parking_lot::Mutex;
pub(crate) use presence::Callee;
use presence::Presence;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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

/// A part of a Worker: each can have a process of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Its entrypoints.
    Entrypoints,
    /// Its Durable Objects.
    Objects,
}

impl Part {
    /// Both.
    pub(crate) const ALL: &[Self] = &[Self::Entrypoints, Self::Objects];
}

impl Target {
    fn part(&self) -> Part {
        match self {
            Self::Entrypoint(_) => Part::Entrypoints,
            Self::Objects => Part::Objects,
        }
    }
}

/// The sockets of a process by what they lead to.
pub(crate) type Sockets = BTreeMap<Target, PathBuf>;

/// Where a script's bindings to Workers of the session lead. What is not there is not in the session.
#[derive(Debug, Clone, Default)]
pub(crate) struct Links {
    ways: BTreeMap<(String, Target), PathBuf>,
    on_server: bool,
}

impl Links {
    /// The socket for `target` of `worker`.
    pub(crate) fn get(&self, worker: &str, target: Target) -> Option<&Path> {
        self.ways.get(&(worker.to_owned(), target)).map(PathBuf::as_path)
    }

    /// Why a Worker is not among them, and what helps.
    pub(crate) fn absence(&self, worker: &str) -> String {
        let worker = shown_name(worker);
        if self.on_server {
            return format!("Worker \"{worker}\" not found: deploy it, and then again what calls it.");
        }
        format!(
            "Worker \"{worker}\" not found. Make sure it is running locally: start it in the same session, with one -c for the \
             configuration of each Worker."
        )
    }
}

/// The Workers of one session. They share it by their settings.
#[derive(Debug)]
pub struct Network {
    directory: Arc<SocketDirectory>,
    members: Mutex<BTreeMap<String, Member>>,
    /// The Workers are deployed ones.
    on_server: AtomicBool,
}

/// One Worker of the session.
#[derive(Debug, Default)]
struct Member {
    entrypoints: Half,
    objects: Half,
    /// What others call of it, by caller.
    wishes: watch::Sender<BTreeMap<String, BTreeSet<Entrypoint>>>,
    relays: BTreeMap<Target, Relay>,
}

/// A [`Part`] of a Worker.
#[derive(Debug, Default)]
struct Half {
    presence: watch::Sender<Presence>,
    /// Counts calls that found no process.
    missed: watch::Sender<u64>,
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
            on_server: AtomicBool::new(false),
        })
    }

    /// Says that the Worker `name` belongs to the session, so that what others ask of it before it is there waits for it.
    /// A Worker that is started says so itself.
    pub fn expect(&self, name: &str) {
        self.members.lock().entry(name.to_owned()).or_default();
    }

    /// As [`Network::expect`], for a deployed Worker: such wait longer for each other, and texts are those for a server.
    pub(crate) fn expect_deployed(&self, name: &str) {
        self.on_server.store(true, Ordering::Relaxed);
        self.expect(name);
    }

    /// Says what the processes `caller` of `script` call, in place of what was said of them before, and makes the ways
    /// there.
    ///
    /// # Errors
    /// What the system says if it cannot listen.
    pub(crate) fn announce(&self, caller: &str, script: &Script) -> std::io::Result<Links> {
        self.expect(&script.name);
        let mut members = self.members.lock();
        let on_server = self.on_server.load(Ordering::Relaxed);
        let mut links = Links {
            on_server,
            ..Links::default()
        };
        let mut wishes: BTreeMap<&str, BTreeSet<Entrypoint>> = BTreeMap::new();
        for (name, target) in script.calls() {
            let Some(member) = members.get_mut(name) else {
                continue;
            };
            if let Target::Entrypoint(entrypoint) = &target {
                wishes.entry(name).or_default().insert(entrypoint.clone());
            }
            let path = member.relay(name, target.clone(), &self.directory, on_server)?;
            links.ways.insert((name.to_owned(), target), path);
        }
        for (name, member) in members.iter_mut() {
            let wishes = wishes.remove(name.as_str()).unwrap_or_default();
            member.wishes.send_if_modified(|all| {
                let before = if wishes.is_empty() {
                    all.remove(caller)
                } else {
                    all.insert(caller.to_owned(), wishes.clone())
                };
                before.unwrap_or_default() != wishes
            });
        }
        Ok(links)
    }

    /// The processes `caller` call nothing any more.
    pub(crate) fn forget(&self, caller: &str) {
        for member in self.members.lock().values() {
            member
                .wishes
                .send_if_modified(|all| all.remove(caller).is_some_and(|wishes| !wishes.is_empty()));
        }
    }

    /// The way to the objects of `worker`, for its own processes that do not have them.
    ///
    /// # Errors
    /// What the system says if it cannot listen.
    pub(crate) fn door(&self, worker: &str) -> std::io::Result<PathBuf> {
        let mut members = self.members.lock();
        let member = members.entry(worker.to_owned()).or_default();
        let on_server = self.on_server.load(Ordering::Relaxed);
        member.relay(worker, Target::Objects, &self.directory, on_server)
    }

    /// What others, and its own runs, call of `worker`; changes when they do.
    pub(crate) fn wishes(&self, worker: &str) -> Wishes {
        let mut members = self.members.lock();
        Wishes(members.entry(worker.to_owned()).or_default().wishes.subscribe())
    }

    /// Counts the calls of a part of `worker` that found no process. They wait for one.
    pub(crate) fn missed(&self, worker: &str, part: Part) -> watch::Receiver<u64> {
        let mut members = self.members.lock();
        let member = members.entry(worker.to_owned()).or_default();
        member.half(part).missed.subscribe()
    }

    /// Says that a process of `worker` takes what is new for these parts of the Worker. The one before does no more.
    pub(crate) fn serve(&self, worker: &str, parts: &[Part], callee: &Arc<Callee>) {
        let mut members = self.members.lock();
        let member = members.entry(worker.to_owned()).or_default();
        for part in parts {
            let presence = &member.half(*part).presence;
            presence.send_modify(|presence| presence.serve(callee));
        }
    }

    /// Brings the process nothing new any more.
    pub(crate) fn leave(&self, worker: &str, callee: &Arc<Callee>) {
        self.tell(worker, |presence| presence.leave(callee));
    }

    /// Says that the process has ended; what still hangs on it is cut.
    pub(crate) fn lose(&self, worker: &str, callee: &Arc<Callee>) {
        self.tell(worker, |presence| presence.lose(callee));
    }

    fn tell(&self, worker: &str, change: impl Fn(&mut Presence)) {
        if let Some(member) = self.members.lock().get(worker) {
            for part in Part::ALL {
                member.half(*part).presence.send_modify(&change);
            }
        }
    }
}

impl Member {
    fn half(&self, part: Part) -> &Half {
        match part {
            Part::Entrypoints => &self.entrypoints,
            Part::Objects => &self.objects,
        }
    }

    /// The socket for `target`, which is made when it is first asked for.
    fn relay(
        &mut self,
        name: &str,
        target: Target,
        directory: &SocketDirectory,
        on_server: bool,
    ) -> std::io::Result<PathBuf> {
        if let Some(relay) = self.relays.get(&target) {
            return Ok(relay.path.clone());
        }
        let path = directory.path(&format!("n{}", directory.number()));
        let listener = UnixListener::bind(&path)?;
        let half = self.half(target.part());
        let way = Way {
            worker: shown_name(name).into(),
            on_server,
            target: target.clone(),
            presence: half.presence.subscribe(),
            missed: half.missed.clone(),
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
