//! The writer: one thread that owns the write connection. Jobs come over a channel; each is one transaction.

mod apply;
mod checkpoint;
mod commit;
mod known;
mod maintain;

use crate::Options;
use crate::directory::Directory;
use crate::fault::Fault;
use crate::health::Health;
use crate::tables::shard_lease::{self, LeaseRow};
use checkpoint::Checkpointer;
use known::KnownInstances;
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use stepwell_store::StoreError;
use tokio::sync::oneshot;

/// Work for the writer thread.
type Job = Box<dyn FnOnce(&mut Writer) + Send>;

/// What the writer thread owns.
pub(crate) struct Writer {
    /// `None` once the store is poisoned: the connection was leaked then, because closing it would fsync.
    connection: Option<Connection>,
    state: State,
    health: Arc<Health>,
    checkpointer: Checkpointer,
}

/// What the writer knows without reading. Valid as long as nobody else writes.
pub(crate) struct State {
    /// By shard.
    pub(crate) leases: Vec<LeaseRow>,
    pub(crate) instances: KnownInstances,
}

impl Writer {
    /// Runs `work` as one transaction that is durable when this returns `Ok`. `work` says whether it wrote anything.
    pub(crate) fn transaction<T>(
        &mut self,
        work: impl FnOnce(&Connection, &mut State) -> Result<(T, bool), Fault>,
    ) -> Result<T, StoreError> {
        match self.try_transaction(work) {
            Ok(result) => Ok(result),
            Err(fault) => Err(self.failed(fault)),
        }
    }

    /// As `transaction`, without a judgement on what failed: the transaction may be open.
    fn try_transaction<T>(
        &mut self,
        work: impl FnOnce(&Connection, &mut State) -> Result<(T, bool), Fault>,
    ) -> Result<T, Fault> {
        let Some(connection) = &self.connection else {
            // `failed` answers with the cause.
            return Err(Fault::Invalid(String::new()));
        };
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let (result, wrote) = work(connection, &mut self.state)?;
        if wrote {
            connection.prepare_cached("COMMIT")?.execute([])?;
            self.state.instances.committed();
            self.health.commits.fetch_add(1, Ordering::Relaxed);
            let pages = self.health.log_pages.load(Ordering::Relaxed);
            self.checkpointer.after_commit(connection, pages, &self.health);
        } else {
            connection.prepare_cached("ROLLBACK")?.execute([])?;
        }
        Ok(result)
    }

    /// Takes the open transaction back, or gives the store up if the error says so.
    fn failed(&mut self, fault: Fault) -> StoreError {
        if let Err(poisoned) = self.health.check() {
            self.give_up();
            return poisoned;
        }
        let error = fault.on_write();
        if let StoreError::Poisoned { message } = &error {
            self.health.poison(message);
            self.give_up();
        } else if let Err(undo) = self.roll_back() {
            self.health.poison(&undo);
            self.give_up();
            return self.health.check().err().unwrap_or(error);
        }
        error
    }

    /// Rolls back and reads again what may have been changed in memory.
    fn roll_back(&mut self) -> Result<(), String> {
        let Some(connection) = &self.connection else {
            return Ok(());
        };
        // SQLite has rolled back by itself after some errors.
        if !connection.is_autocommit() {
            connection
                .execute_batch("ROLLBACK")
                .map_err(|error| format!("a rollback failed: {error}"))?;
        }
        self.state.instances.rolled_back();
        let shards = self.state.leases.len() as u32;
        match shard_lease::all(connection, shards) {
            Ok(leases) => self.state.leases = leases,
            Err(fault) => return Err(format!("the leases cannot be read: {}", fault.on_read())),
        }
        Ok(())
    }

    /// Never touches the file again: closing the connection would fsync, and that could succeed without the data.
    fn give_up(&mut self) {
        if let Some(connection) = self.connection.take() {
            std::mem::forget(connection);
        }
    }
}

/// The callers' end of the writer thread.
pub(crate) struct WriterHandle {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    health: Arc<Health>,
}

impl WriterHandle {
    /// Starts the thread. It keeps the directory locked until it has closed its connection.
    pub(crate) fn start(
        mut connection: Connection,
        leases: Vec<LeaseRow>,
        directory: Arc<Directory>,
        options: &Options,
        health: Arc<Health>,
    ) -> Result<Self, StoreError> {
        let counted = Arc::clone(&health);
        connection
            .wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages: i32| {
                counted.log_pages.store(pages.max(0) as u32, Ordering::Relaxed);
                Ok(())
            }))
            .map_err(|error| Fault::from(error).on_write())?;
        let checkpointer = Checkpointer::start(&directory.database(), options, &health)?;
        let mut writer = Writer {
            connection: Some(connection),
            state: State {
                leases,
                instances: KnownInstances::default(),
            },
            health: Arc::clone(&health),
            checkpointer,
        };
        let (jobs, queue): (Sender<Job>, Receiver<Job>) = channel();
        let thread = spawn("stepwell-writer", move || {
            while let Ok(job) = queue.recv() {
                job(&mut writer);
            }
            writer.checkpointer.stop();
            if writer.health.is_poisoned() {
                writer.give_up();
                // The lock stays until the process ends: nobody may use the directory while it can still be wrong.
                std::mem::forget(directory);
            }
        })?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
            health,
        })
    }

    /// Runs a job on the writer thread and waits for its answer.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.health.check()?;
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |writer| {
            let result = writer.health.check().and_then(|()| job(writer));
            // A caller that has gone away does not undo the write.
            drop(answer.send(result));
        });
        let ended = || StoreError::Poisoned {
            message: "the writer thread has ended".to_owned(),
        };
        let jobs = self.jobs.as_ref().ok_or_else(ended)?;
        jobs.send(job).map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }
}

impl Drop for WriterHandle {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported by then.
            drop(thread.join());
        }
    }
}

/// Starts a named thread.
pub(crate) fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StoreError> {
    let builder = std::thread::Builder::new().name(name.to_owned());
    builder.spawn(run).map_err(|error| StoreError::Unavailable {
        retry_after: std::time::Duration::from_secs(1),
        message: format!("cannot start a thread: {error}"),
    })
}
