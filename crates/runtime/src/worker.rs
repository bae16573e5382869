//! One Worker over its versions: the host process, the current fleet, and the change from one version to the next.

use crate::config::host::Role;
use crate::events::{self, EventError, ScheduledOutcome};
use crate::fleet::Fleet;
use crate::host::{Audience, Host, HostState, Plan, door};
use crate::network::Links;
use crate::object_lock::ObjectLock;
use crate::process::StartError;
use crate::script::Script;
use crate::settings::Settings;
use crate::validate::Exports;
use crate::whole::Shared;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, watch};

/// How long an event waits for a host process.
const PATIENCE: Duration = Duration::from_secs(10);

/// One Worker: exactly one host process, and the fleet of run processes of the current version.
#[derive(Debug)]
pub struct Worker {
    settings: Arc<Settings>,
    shared: Arc<Shared>,
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    fleet: Arc<Fleet>,
    host: Option<Host>,
    lock: Option<(PathBuf, Arc<ObjectLock>)>,
}

impl Worker {
    /// Starts the host process and the run processes of `script`, and checks what its module exports.
    ///
    /// # Errors
    /// [`StartError`]; nothing is left running then.
    pub async fn start(settings: Settings, script: Script) -> Result<Self, StartError> {
        let settings = Arc::new(settings);
        let script = prepared(&settings, script);
        let links = links(&settings, &script)?;
        let shared = Arc::new(Shared::starting(&script.name, &settings.network));
        let lock = lock_objects(&script, None).await?;
        let number = settings.directory.number();
        // At once, because each takes tens of milliseconds. What the run processes say has precedence: they look at
        // the module's exports, the host can only fail on them.
        let (fleet, host) = tokio::join!(
            Fleet::start(
                settings.clone(),
                script.clone(),
                door(&settings, number),
                links.clone(),
                Exports::demand,
            ),
            Host::start(Plan {
                settings: settings.clone(),
                script: script.clone(),
                number,
                role: Role::Whole,
                links,
                lock: lock.as_ref().map(|(_, lock)| lock.clone()),
                entrypoints: None,
                audience: shared.clone(),
            }),
        );
        let (fleet, host) = match (fleet, host) {
            (Ok(fleet), Ok(host)) => (Arc::new(fleet), host),
            (Err(error), host) => {
                if let Ok(host) = host {
                    host.stop(settings.stop_grace).await;
                }
                return Err(error);
            }
            (Ok(fleet), Err(error)) => {
                fleet.release().await;
                return Err(error);
            }
        };
        shared.learn(fleet.exports().has_fetch());
        fleet.open();
        Ok(Self {
            settings,
            shared,
            current: Mutex::new(Current {
                fleet,
                host: Some(host),
                lock,
            }),
        })
    }

    /// Where the Worker's `fetch` is; lives across versions.
    pub fn host(&self) -> watch::Receiver<HostState> {
        self.shared.state.subscribe()
    }

    /// The fleet of the current version.
    pub async fn fleet(&self) -> Arc<Fleet> {
        self.current.lock().await.fleet.clone()
    }

    /// Calls the Worker's `scheduled()` and waits for its end, and for what it gives to `waitUntil`. While the Worker is
    /// being reloaded it waits for the new version.
    ///
    /// # Errors
    /// [`EventError`] if there is no host process within some seconds, or if it ends during the call.
    pub async fn scheduled(&self, cron: &str, time_ms: i64) -> Result<ScheduledOutcome, EventError> {
        let mut events = self.shared.events.subscribe();
        // What is borrowed must be given back before anything else is awaited.
        let serving = async { events.wait_for(Option::is_some).await.ok()?.clone() };
        match tokio::time::timeout(PATIENCE, serving).await.ok().flatten() {
            Some(socket) => events::scheduled(&socket, cron, time_ms).await,
            None => Err(EventError::Absent(self.shared.state.borrow().to_string())),
        }
    }

    /// The process id of the host process, for diagnostics.
    pub async fn host_process_id(&self) -> Option<u32> {
        self.current.lock().await.host.as_ref().map(Host::process_id)
    }

    /// Replaces the version by `script`. The new version's run processes are started and checked first; then `adopt`
    /// is called, from when on the engine must start runs on the new fleet (they wait until the host is there);
    /// then all runs of the old one get `Lost(Released)`, and the host process is stopped, its end confirmed, and
    /// started anew.
    ///
    /// # Errors
    /// [`StartError`] of the new version; as long as `adopt` was not called, the old one goes on untouched. If the
    /// new host process fails after that, which the check of the run processes makes unlikely, the new version is
    /// in force without a host: call again with a script that works.
    pub async fn replace(
        &self,
        script: Script,
        adopt: impl FnOnce(Arc<Fleet>),
    ) -> Result<Exports, StartError> {
        let script = prepared(&self.settings, script);
        let mut current = self.current.lock().await;
        let links = links(&self.settings, &script)?;
        let number = self.settings.directory.number();
        let fleet = Fleet::start(
            self.settings.clone(),
            script.clone(),
            door(&self.settings, number),
            links.clone(),
            Exports::demand,
        )
        .await?;
        let fleet = Arc::new(fleet);
        let lock = match lock_objects(&script, current.lock.as_ref()).await {
            Ok(lock) => lock,
            Err(error) => {
                fleet.release().await;
                return Err(error);
            }
        };
        adopt(fleet.clone());
        let old = std::mem::replace(&mut current.fleet, fleet.clone());
        let why = "it is being reloaded";
        self.shared.leaving(why);
        // First the run processes: a connection of theirs would keep the old host alive after SIGTERM.
        old.release().await;
        self.shared.retreat(why, self.settings.stop_grace).await;
        if let Some(host) = current.host.take() {
            host.stop(self.settings.stop_grace).await;
        }
        current.lock = lock;
        self.shared.learn(fleet.exports().has_fetch());
        let lock = current.lock.as_ref().map(|(_, lock)| lock.clone());
        let host = Host::start(Plan {
            settings: self.settings.clone(),
            script,
            number,
            role: Role::Whole,
            links,
            lock,
            entrypoints: None,
            audience: self.shared.clone(),
        })
        .await;
        // Without a host, runs go on; only what they ask of objects fails.
        fleet.open();
        match host {
            Ok(host) => current.host = Some(host),
            Err(error) => {
                self.shared.absent(&error.to_string());
                return Err(error);
            }
        }
        Ok(fleet.exports().clone())
    }

    /// Ends all processes; their end is confirmed when it returns.
    pub async fn stop(&self) {
        let mut current = self.current.lock().await;
        self.shared.absent("the server is stopping");
        current.fleet.release().await;
        if let Some(host) = current.host.take() {
            host.stop(self.settings.stop_grace).await;
        }
        current.lock = None;
    }
}

fn prepared(settings: &Settings, script: Script) -> Arc<Script> {
    Arc::new(if settings.inspectors.is_some() {
        script.with_source_map()
    } else {
        script
    })
}

/// Says in the session what `script` calls; where its calls lead.
fn links(settings: &Settings, script: &Script) -> Result<Arc<Links>, StartError> {
    let links = settings.network.announce(&script.name, script);
    Ok(Arc::new(links.map_err(|e| {
        StartError::io("a socket of a service binding", e)
    })?))
}

/// The lock on the object data of `script`: the one that is held if it is for the same directory.
async fn lock_objects(
    script: &Script,
    held: Option<&(PathBuf, Arc<ObjectLock>)>,
) -> Result<Option<(PathBuf, Arc<ObjectLock>)>, StartError> {
    if script.own_objects().is_empty() {
        return Ok(None);
    }
    let directory = &script.object_directory;
    match held {
        Some((path, lock)) if path == directory => Ok(Some((path.clone(), lock.clone()))),
        _ => Ok(Some((
            directory.clone(),
            Arc::new(ObjectLock::take(directory).await?),
        ))),
    }
}
