//! The one thread that spawns all children.
//!
//! The kernel's parent-death signal fires when the spawning *thread* ends, and the threads of an async runtime come
//! and go; this one lives as long as the process.

use rustix::process::{Resource, getrlimit, setrlimit};
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

struct Job {
    command: Command,
    runtime: Handle,
    reply: oneshot::Sender<std::io::Result<Child>>,
}

static SPAWNER: OnceLock<Sender<Job>> = OnceLock::new();

/// Spawns `command` so that it ends when this process ends.
pub(super) async fn spawn(command: Command) -> std::io::Result<Child> {
    let (reply, answer) = oneshot::channel();
    let job = Job {
        command,
        runtime: Handle::current(),
        reply,
    };
    let gone = || std::io::Error::other("the thread that starts processes is gone");
    SPAWNER.get_or_init(start).send(job).map_err(|_| gone())?;
    answer.await.map_err(|_| gone())?
}

fn start() -> Sender<Job> {
    raise_descriptor_limit();
    let (sender, jobs) = channel::<Job>();
    let work = move || {
        for mut job in jobs {
            let _entered = job.runtime.enter();
            let _ = job.reply.send(job.command.spawn());
        }
    };
    // If no thread can be started, the receiver is dropped with the closure and `spawn` says so.
    let _ = std::thread::Builder::new().name("spawner".into()).spawn(work);
    sender
}

/// Each run holds a socket at both ends, and children inherit the limit: as many as the system allows.
fn raise_descriptor_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!("the limit of open files stays as it is: {error}");
    }
}
