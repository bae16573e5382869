//! One workerd process: started, watched for its end, ended.

mod before_exec;
pub(crate) mod cpu;
mod error;
mod exit;
mod explain;
pub(crate) mod memory;
mod meters;
mod monitor;
mod output;
mod ready;
mod spawner;

pub use error::{Fault, StartError};
pub use exit::Exit;
pub(crate) use exit::{CPU_LIMIT, MEMORY_LIMIT};
pub(crate) use meters::Kind;
pub use meters::ProcessMeters;
pub(crate) use ready::within as within_cpu;

use crate::config::{ConfigFiles, FILE};
use crate::directory::SocketDirectory;
use crate::inspector::{Inspectors, Listed, Role, Target};
use monitor::{Monitor, Order};
use output::{LastWords, Writer};
use parking_lot::Mutex;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use stepwell_logs::Stacks;
use tokio::process::Command;
use tokio::sync::{mpsc, watch};

/// Variables of the environment that workerd is given; it needs no others, and user code must not find secrets.
const ENVIRONMENT: &[&str] = &["PATH", "HOME", "TMPDIR", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR"];

/// What a process is started with.
pub(crate) struct Spec {
    /// The name in logs, such as `host of orders v3`.
    pub(crate) label: String,
    /// The Worker, for errors.
    pub(crate) worker: String,
    /// The Worker as logs name it.
    pub(crate) key: String,
    /// The version's source maps.
    pub(crate) stacks: Stacks,
    /// Its configuration.
    pub(crate) config: ConfigFiles,
    /// Its heap limit, for the text of its exit.
    pub(crate) heap_mb: u32,
    /// Descriptors that it keeps open for as long as it lives.
    pub(crate) inherit: Vec<OwnedFd>,
    /// The list of what can be debugged, if it is to be in it, and as what.
    pub(crate) inspected: Option<(Arc<Inspectors>, Role)>,
    /// The CPU time that it may use until every socket listens.
    pub(crate) start_cpu: Duration,
    /// The bound on its memory, in MiB, with what is outside of the JavaScript heap; an allocation beyond it fails.
    pub(crate) memory_mb: Option<u64>,
}

/// A running workerd. When the last clone is dropped, it is killed.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pid: u32,
    label: Arc<str>,
    orders: mpsc::UnboundedSender<Order>,
    exit: watch::Receiver<Option<Exit>>,
    inspected: Arc<OnceLock<Arc<Target>>>,
}

impl Process {
    /// Starts workerd and waits until all its sockets listen.
    ///
    /// # Errors
    /// [`StartError`]; nothing is left running then.
    pub(crate) async fn start(
        workerd: &Path,
        directory: &SocketDirectory,
        spec: Spec,
    ) -> Result<Self, StartError> {
        let files = ConfigDirectory::write(directory, &spec.config)?;
        let pipe = || -> std::io::Result<_> {
            let (reader, writer) = std::io::pipe()?;
            Ok((ready::Announcements::new(reader)?, OwnedFd::from(writer)))
        };
        let (announcements, writer) = pipe().map_err(|e| StartError::io("a pipe", e))?;

        let mut command = Command::new(workerd);
        command
            .arg("serve")
            .arg(format!("--control-fd={}", writer.as_raw_fd()))
            .args(spec.inspected.as_ref().map(|_| "--inspector-addr=127.0.0.1:0"))
            .arg(files.path.join(FILE))
            .env_clear()
            .envs(
                ENVIRONMENT
                    .iter()
                    .filter_map(|name| Some((name, std::env::var_os(name)?))),
            )
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C in a terminal is for the engine, which ends its processes in order.
            .process_group(0)
            .kill_on_drop(true);
        let mut inherit = spec.inherit;
        inherit.push(writer);
        before_exec::prepare(&mut command, inherit, spec.memory_mb);
        let mut child = spawner::spawn(command)
            .await
            .map_err(|source| StartError::CannotRun {
                path: workerd.to_owned(),
                source,
            })?;

        let label: Arc<str> = spec.label.into();
        let words = Arc::new(Mutex::new(LastWords::default()));
        let writer = Arc::new(Writer {
            process: label.clone(),
            worker: spec.key,
            stacks: spec.stacks,
        });
        let outputs = [
            child
                .stdout
                .take()
                .map(|s| tokio::spawn(output::read(s, writer.clone(), words.clone()))),
            child
                .stderr
                .take()
                .map(|s| tokio::spawn(output::read(s, writer, words.clone()))),
        ];
        let (orders, inbox) = mpsc::unbounded_channel();
        let (exit_sender, exit) = watch::channel(None);
        let process = Self {
            pid: child.id().unwrap_or_default(),
            label,
            orders,
            exit,
            inspected: Arc::default(),
        };
        tokio::spawn(
            Monitor {
                child,
                orders: inbox,
                exit: exit_sender,
                words: words.clone(),
                outputs: outputs.into_iter().flatten().collect(),
                heap_mb: spec.heap_mb,
                label: process.label.clone(),
            }
            .run(),
        );

        match ready::within(
            process.pid,
            spec.start_cpu,
            announcements.wait_for(spec.config.sockets, spec.inspected.is_some()),
        )
        .await
        {
            Some(Some(ready)) => {
                words.lock().started = true;
                if let (Some((list, role)), Some(port)) = (spec.inspected, ready.inspector_port) {
                    process.list(list.add(&spec.worker, role, port));
                }
                Ok(process)
            }
            Some(None) => {
                // The pipe's other end is closed: the process has ended, or is about to.
                let exit = process
                    .stop(Duration::from_millis(500), "it failed to start")
                    .await;
                let words = words.lock();
                let memory = StartError::Memory {
                    worker: spec.worker.clone(),
                    limit_mb: spec.heap_mb,
                };
                if words.heap_exhausted {
                    return Err(memory);
                }
                let messages = words.errors.iter().map(String::as_str);
                Err(match explain::explain(&spec.worker, messages, &exit) {
                    StartError::Died { .. } if words.memory_exhausted => memory,
                    error => error,
                })
            }
            None => {
                process.kill("it did not start in time").await;
                Err(StartError::EndlessStart {
                    worker: spec.worker,
                    within: spec.start_cpu,
                })
            }
        }
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Its name in logs.
    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    /// Keeps it in the list of what can be debugged until it has ended.
    fn list(&self, listed: Listed) {
        let _ = self.inspected.set(listed.target.clone());
        let mut exit = self.exit.clone();
        tokio::spawn(async move {
            let _ = exit.wait_for(Option::is_some).await;
            drop(listed);
        });
    }

    /// Whether somebody debugs it: it may stand still then.
    pub(crate) fn is_attended(&self) -> bool {
        self.inspected.get().is_some_and(|target| target.is_attended())
    }

    /// How it ended, if it has.
    pub(crate) fn exit(&self) -> Option<Exit> {
        self.exit.borrow().clone()
    }

    /// Waits until it has ended, by itself or not.
    pub(crate) async fn exited(&self) -> Exit {
        self.end().await
    }

    /// The same for who must not keep it alive.
    pub(crate) fn end(&self) -> impl Future<Output = Exit> + Send + use<> {
        let mut exit = self.exit.clone();
        async move {
            match exit.wait_for(Option::is_some).await {
                Ok(exit) => exit.clone(),
                Err(_) => None,
            }
            .unwrap_or_else(|| Exit::Killed("the engine is stopping".into()))
        }
    }

    /// Kills it, and returns when its end is confirmed.
    pub(crate) async fn kill(&self, reason: &str) -> Exit {
        self.order_kill(reason);
        self.exited().await
    }

    /// Kills it without waiting for its end.
    pub(crate) fn order_kill(&self, reason: &str) {
        let _ = self.orders.send(Order::Kill(reason.to_owned()));
    }

    /// Asks it to end, which lets requests in flight finish, and kills it after `grace`. Returns when its end is
    /// confirmed.
    pub(crate) async fn stop(&self, grace: Duration, reason: &str) -> Exit {
        let _ = self.orders.send(Order::Stop(reason.to_owned()));
        match tokio::time::timeout(grace, self.exited()).await {
            Ok(exit) => exit,
            Err(_) => self.kill(reason).await,
        }
    }
}

/// The generated configuration on disk. Removed when it is dropped: workerd reads it at start only, and it may hold
/// secrets.
struct ConfigDirectory {
    path: PathBuf,
}

impl ConfigDirectory {
    fn write(directory: &SocketDirectory, config: &ConfigFiles) -> Result<Self, StartError> {
        let this = Self {
            path: directory.path(&format!("c{}", directory.number())),
        };
        let write = || -> std::io::Result<()> {
            std::fs::create_dir(&this.path)?;
            for (name, content) in &config.files {
                std::fs::write(this.path.join(name), content)?;
            }
            Ok(())
        };
        write().map_err(|e| StartError::io("workerd's configuration", e))?;
        Ok(this)
    }
}

impl Drop for ConfigDirectory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
