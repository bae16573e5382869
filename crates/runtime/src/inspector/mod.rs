//! Debugging: what DevTools and editors can attach to, behind one port.

mod guard;
mod list;
mod server;

pub use server::serve;

use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What of a Worker runs in a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// `fetch`, the other handlers, Durable Objects.
    Host,
    /// `run()` of Workflows.
    Run,
}

/// The processes of a session that can be debugged; in [`Settings`](crate::Settings) it makes them so.
#[derive(Debug, Default)]
pub struct Inspectors {
    targets: Mutex<BTreeMap<String, Arc<Target>>>,
}

/// A process that can be debugged.
#[derive(Debug)]
pub(crate) struct Target {
    worker: String,
    role: Role,
    /// Where workerd listens, on 127.0.0.1.
    port: u16,
    sessions: AtomicUsize,
}

impl Target {
    /// Whether somebody debugs it: it may stand still then.
    pub(crate) fn is_attended(&self) -> bool {
        self.sessions.load(Ordering::Relaxed) > 0
    }

    /// Counts a session until this is dropped.
    fn session(self: &Arc<Self>) -> Session {
        self.sessions.fetch_add(1, Ordering::Relaxed);
        Session(self.clone())
    }
}

/// Somebody debugs a process.
struct Session(Arc<Target>);

impl Drop for Session {
    fn drop(&mut self) {
        self.0.sessions.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A process is in the list until this is dropped.
pub(crate) struct Listed {
    list: Arc<Inspectors>,
    id: String,
    pub(crate) target: Arc<Target>,
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.list.targets.lock().remove(&self.id);
    }
}

impl Inspectors {
    /// None yet.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Lists a process under the first free id of its kind, so that ids come back after a reload.
    pub(crate) fn add(self: &Arc<Self>, worker: &str, role: Role, port: u16) -> Listed {
        let mut targets = self.targets.lock();
        let mut number = 1;
        let id = loop {
            let id = id(worker, role, number);
            if !targets.contains_key(&id) {
                break id;
            }
            number += 1;
        };
        let target = Arc::new(Target {
            worker: worker.to_owned(),
            role,
            port,
            sessions: AtomicUsize::new(0),
        });
        targets.insert(id.clone(), target.clone());
        Listed {
            list: self.clone(),
            id,
            target,
        }
    }

    fn get(&self, id: &str) -> Option<Arc<Target>> {
        self.targets.lock().get(id).cloned()
    }
}

/// The name of a process in addresses.
fn id(worker: &str, role: Role, number: u32) -> String {
    let mut id = worker.to_owned();
    if role == Role::Run {
        id.push_str("-run");
    }
    if number > 1 {
        let _ = write!(id, "-{number}");
    }
    id
}
