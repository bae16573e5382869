//! The process of a version that serves: `fetch`, events, and the entrypoints that other Workers call.

use super::Context;
use super::public::{Public, Shared};
use super::version::Current;
use crate::config::host::{HostSockets, Role};
use crate::events::{self, EventError, ScheduledOutcome};
use crate::host::{Host, HostState, Plan};
use crate::process::StartError;
use crate::script::Script;
use crate::validate::Exports;
use futures_util::future::BoxFuture;
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;
use stepwell_logs::Stacks;
use tokio::sync::{Mutex as AsyncMutex, watch};
use tokio::time::Instant;

/// How long an event waits for the process.
const PATIENCE: Duration = Duration::from_secs(10);
/// After a start that failed, the next one is not tried before this.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a process still serves after another one took its place, and still listens after it was said to take nothing
/// new: somebody may be on the way.
const LINGER: Duration = Duration::from_millis(500);

/// The front of a version. It is started by [`Front::start`], and while the version is live by [`Front::wake`] and when another
/// Worker calls it.
#[derive(Debug)]
pub struct Front {
    context: Arc<Context>,
    script: Arc<Current>,
    this: Weak<Self>,
    running: AsyncMutex<Running>,
    /// Processes that finish what they have begun.
    leaving: watch::Sender<usize>,
    /// They are to hurry.
    hurry: watch::Sender<bool>,
    shared: Arc<Shared>,
}

/// A process that is counted among those that leave.
struct Leaving<'a> {
    process: FrontProcess,
    _count: Count<'a>,
}

struct Count<'a>(&'a watch::Sender<usize>);

impl Drop for Count<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

#[derive(Debug, Default)]
struct Running {
    process: Option<FrontProcess>,
    failed: Option<Instant>,
    stopped: bool,
}

#[derive(Debug)]
struct FrontProcess {
    host: Host,
    public: Arc<Public>,
    exports: Exports,
    /// Follows what is called of the Worker.
    _follower: Follower,
}

#[derive(Debug)]
struct Follower(tokio::task::JoinHandle<()>);

impl Drop for Follower {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Front {
    pub(super) fn new(context: Arc<Context>, script: Arc<Current>) -> Arc<Self> {
        let shared = Shared::new(context.clone());
        Arc::new_cyclic(|this| Self {
            context,
            script,
            this: this.clone(),
            running: AsyncMutex::default(),
            leaving: watch::Sender::new(0),
            hurry: watch::Sender::new(false),
            shared,
        })
    }

    /// Where its `fetch` is. [`Front::wake`] asks for it.
    pub fn state(&self) -> watch::Receiver<HostState> {
        self.shared.state.subscribe()
    }

    /// Has it started, if its version is live and it does not run. Returns at once; [`Front::state`] tells what became of
    /// it.
    pub fn wake(&self) {
        let Some(this) = self.this.upgrade() else { return };
        if !self.shared.want() {
            return;
        }
        // Whoever has the lock is about to start it, or to say why not.
        let Ok(running) = self.running.try_lock() else {
            return;
        };
        let soon = running.failed.is_some_and(|at| at.elapsed() < PAUSE);
        if running.process.is_some() || soon {
            return;
        }
        drop(running);
        tokio::spawn(async move {
            if let Err(error) = this.start().await {
                tracing::error!("cannot start the front of {}: {error}", this.script.label());
            }
        });
    }

    /// Starts it, if it does not run, and checks what its module exports; says what it does export.
    ///
    /// # Errors
    /// [`StartError`]; nothing is left running then.
    pub async fn start(&self) -> Result<Exports, StartError> {
        let mut running = self.running.lock().await;
        if let Some(process) = &running.process {
            return Ok(process.exports.clone());
        }
        if running.stopped {
            return Err(StartError::io(
                "the front",
                std::io::Error::other("the server is stopping"),
            ));
        }
        match self.launch().await {
            Ok(process) => {
                let exports = process.exports.clone();
                running.process = Some(process);
                running.failed = None;
                Ok(exports)
            }
            Err(error) => {
                running.failed = Some(Instant::now());
                self.shared.absent(&error.to_string());
                Err(error)
            }
        }
    }

    /// Calls the version's `scheduled()` and waits for its end, and for what it gives to `waitUntil`.
    ///
    /// # Errors
    /// [`EventError`] if the process does not come within some seconds, or ends during the call.
    pub async fn scheduled(&self, cron: &str, time_ms: i64) -> Result<ScheduledOutcome, EventError> {
        self.wake();
        let mut events = self.shared.events.subscribe();
        // What is borrowed must be given back before anything else is awaited.
        let serving = async { events.wait_for(Option::is_some).await.ok()?.clone() };
        match tokio::time::timeout(PATIENCE, serving).await.ok().flatten() {
            Some(socket) => events::scheduled(&socket, cron, time_ms).await,
            None => Err(EventError::Absent(self.shared.state.borrow().to_string())),
        }
    }

    /// The source maps of its version.
    pub fn stacks(&self) -> &Stacks {
        self.script.stacks()
    }

    /// Its process, if it has one; for diagnostics.
    pub async fn process_id(&self) -> Option<u32> {
        let running = self.running.lock().await;
        running.process.as_ref().map(|process| process.host.process_id())
    }

    /// Whether the version is live.
    pub(super) fn live(&self, live: bool) {
        let was_wanted = self.shared.live(live);
        if live && was_wanted {
            self.wake();
        }
    }

    /// Whether other Workers call this version.
    pub(super) fn call(&self, called: bool) {
        self.shared.call(called);
    }

    /// Takes nothing new any more, finishes what it has begun, and ends. It can be started again meanwhile.
    /// [`Deployed::set_live`](super::Deployed::set_live) does it for versions that are live no longer; this is for one that was
    /// started and then not made live.
    pub async fn retire(&self) {
        let mut running = self.running.lock().await;
        // It is counted before the lock is given back, so that it is always known of.
        let leaving = running.process.take().map(|process| self.counted(process));
        drop(running);
        if let Some(leaving) = leaving {
            self.let_go(leaving).await;
        }
    }

    fn counted(&self, process: FrontProcess) -> Leaving<'_> {
        self.leaving.send_modify(|count| *count += 1);
        Leaving {
            process,
            _count: Count(&self.leaving),
        }
    }

    /// Has a process finish what it has begun, and end.
    async fn let_go(&self, leaving: Leaving<'_>) {
        let Leaving { process, _count } = leaving;
        let FrontProcess { host, public, .. } = process;
        let settings = &self.context.settings;
        let deadline = Instant::now() + settings.front_drain;
        let mut hurry = self.hurry.subscribe();
        public.leave();
        let gently = async {
            // Whoever chose this version for a request just now still finds it, and whoever knows its socket too.
            tokio::time::sleep(LINGER).await;
            self.shared.leave(&public);
            tokio::time::sleep(LINGER).await;
            public.finish(settings.front_drain).await;
        };
        tokio::select! {
            () = gently => {}
            _ = hurry.wait_for(|hurry| *hurry) => {}
        }
        self.shared.leave(&public);
        public.finish(Duration::ZERO).await;
        let rest = deadline.saturating_duration_since(Instant::now());
        let hurried = async {
            let _ = hurry.wait_for(|hurry| *hurry).await;
            tokio::time::sleep(settings.stop_grace).await;
        };
        tokio::select! {
            () = host.stop(rest.max(LINGER)) => {}
            // What is dropped is killed.
            () = hurried => {}
        }
    }

    /// Ends, for good.
    pub(super) async fn stop(&self) {
        let process = {
            let mut running = self.running.lock().await;
            running.stopped = true;
            running.process.take()
        };
        self.hurry.send_replace(true);
        self.shared.call(false);
        self.shared.absent("the server is stopping");
        if let Some(process) = process {
            self.let_go(self.counted(process)).await;
        }
        let mut leaving = self.leaving.subscribe();
        let _ = leaving.wait_for(|count| *count == 0).await;
    }

    /// Starts a process, and makes it the current one if its module exports what it should.
    async fn launch(&self) -> Result<FrontProcess, StartError> {
        let settings = &self.context.settings;
        let script = self.script.get();
        let links = self.context.links(&script)?;
        let door = if script.own_objects().is_empty() {
            PathBuf::new()
        } else {
            self.context.door()?
        };
        let mut wishes = settings.network.wishes(&self.context.key);
        let served = wishes.now();
        let public = Public::new(&self.shared);
        let host = Host::start(Plan {
            settings: settings.clone(),
            script: script.clone(),
            number: settings.directory.number(),
            role: Role::Front(door),
            links,
            lock: None,
            entrypoints: Some(served.clone()),
            audience: public.clone(),
        })
        .await?;
        let exports = match checked(&script, host.sockets()).await {
            Ok(exports) => exports,
            Err(error) => {
                host.stop(Duration::ZERO).await;
                return Err(error);
            }
        };
        self.shared.adopt(&public, exports.has_fetch());
        let this = self.this.clone();
        let follower = tokio::spawn(async move {
            wishes.more_than(&served).await;
            // Not in this task, which ends with the process that is replaced.
            if let Some(this) = this.upgrade() {
                let what = format!("more than {} entrypoints", served.len());
                tokio::spawn(async move { this.renew(&what).await });
            }
        });
        Ok(FrontProcess {
            host,
            public,
            exports,
            _follower: Follower(follower),
        })
    }

    /// Replaces the process, if there is one: its bindings lead elsewhere now. Returns when the new one serves, or cannot.
    pub(super) async fn rebound(&self) {
        self.renew("other bindings").await;
    }

    /// Replaces the process by one that has what is wanted now, `what`. The old one ends by itself.
    fn renew<'a>(&'a self, what: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let mut running = self.running.lock().await;
            if running.process.is_none() {
                return;
            }
            match self.launch().await {
                Ok(process) => {
                    let old = running.process.replace(process);
                    // It is counted before the lock is given back, so that it is always known of.
                    let this = self.this.upgrade().zip(old);
                    if let Some((this, old)) = this {
                        this.leaving.send_modify(|count| *count += 1);
                        tokio::spawn(async move {
                            let leaving = Leaving {
                                process: old,
                                _count: Count(&this.leaving),
                            };
                            this.let_go(leaving).await;
                        });
                    }
                }
                Err(error) => tracing::error!(
                    "cannot start the front of {} with {what}: {error}",
                    self.script.label()
                ),
            }
        })
    }
}

async fn checked(script: &Script, sockets: &HostSockets) -> Result<Exports, StartError> {
    let exports = Exports::ask(&sockets.inspect).await;
    let exports = exports.map_err(|error| StartError::io("the list of exports", error))?;
    exports.demand(script)?;
    Ok(exports)
}
