//! Threads that read, each with a read-only connection of its own.

use crate::connection;
use crate::fault::Fault;
use crate::health::Health;
use crate::writer::spawn;
use parking_lot::Mutex;
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use stepwell_store::StoreError;
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// The reader threads.
pub(crate) struct Readers {
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
    health: Arc<Health>,
}

impl Readers {
    /// Starts `count` threads (at least one).
    pub(crate) fn start(file: &Path, count: usize, health: &Arc<Health>) -> Result<Self, StoreError> {
        let (jobs, queue) = channel();
        let queue = Arc::new(Mutex::new(queue));
        let mut readers = Self {
            jobs: Some(jobs),
            threads: Vec::new(),
            health: Arc::clone(health),
        };
        for _ in 0..count.max(1) {
            let connection = connection::open_reader(file).map_err(Fault::on_read)?;
            let (queue, health) = (Arc::clone(&queue), Arc::clone(health));
            let thread = spawn("stepwell-reader", move || serve(connection, &queue, &health))?;
            readers.threads.push(thread);
        }
        Ok(readers)
    }

    /// Runs a read on one of the threads, in one snapshot.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.health.check()?;
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            drop(answer.send(snapshot(connection, read)));
        });
        let ended = || StoreError::Poisoned {
            message: "the reader threads have ended".to_owned(),
        };
        let jobs = self.jobs.as_ref().ok_or_else(ended)?;
        jobs.send(job).map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?.map_err(Fault::on_read)
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        drop(self.jobs.take());
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
    }
}

fn snapshot<T>(
    connection: &Connection,
    read: impl FnOnce(&Connection) -> Result<T, Fault>,
) -> Result<T, Fault> {
    connection.prepare_cached("BEGIN")?.execute([])?;
    let result = read(connection);
    // A snapshot that stays open would keep the log from being moved for ever.
    connection.prepare_cached("COMMIT")?.execute([])?;
    result
}

fn serve(connection: Connection, queue: &Mutex<Receiver<Job>>, health: &Health) {
    loop {
        // The lock is held while waiting: one thread waits for the job, the others for the lock.
        let Ok(job) = queue.lock().recv() else { break };
        job(&connection);
    }
    if health.is_poisoned() {
        // Closing could be the last close of the file, which fsyncs.
        std::mem::forget(connection);
    }
}
