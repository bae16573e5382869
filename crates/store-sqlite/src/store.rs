//! The store as its callers see it.

use crate::Options;
use crate::catalogue::pair;
use crate::connection;
use crate::directory::Directory;
use crate::fault::Fault;
use crate::health::Health;
use crate::prepare::PreparedBatch;
use crate::readers::Readers;
use crate::recovery;
use crate::schema::{self, Facts};
use crate::tables::{self, counter, event, inbox, instance, job, journal, shard_lease, timer, workflow};
use crate::writer::WriterHandle;
use async_trait::async_trait;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use stepwell_core::ids::{InstanceNumber, ShardId, WorkflowId};
use stepwell_core::journal::Entry;
use stepwell_core::value::Value;
use stepwell_store::lease_table::LeaseTable;
use stepwell_store::{
    BatchOutcome, InboxMessage, InstanceHead, Lease, Listing, Loaded, Phase, Runnable, ShardBatch, Span,
    Store, StoreError, StoreInfo, TimerKey, validate,
};

/// The embedded store. Dropping it waits for what was handed to it and closes the file.
pub struct SqliteStore {
    // Fields are dropped in this order: the writer is the last to close the file, which moves the log into it.
    readers: Readers,
    writer: WriterHandle,
    health: Arc<Health>,
    facts: Facts,
    accepts_loss: bool,
    file: PathBuf,
    directory: Arc<Directory>,
    leases: Arc<LeaseTable>,
    workflows: Mutex<HashMap<String, WorkflowId>>,
}

impl SqliteStore {
    /// Opens the store in `directory`, or makes a new one there. The directory is this process's until the store is
    /// dropped.
    ///
    /// # Errors
    /// `InUse` if another store has the directory; `Directory` if it cannot be used; `NewerFormat`; `Corrupt`; `Full`.
    pub fn open(directory: &Path, options: &Options) -> Result<Self, StoreError> {
        connection::check_version()?;
        let directory = Arc::new(Directory::open(directory)?);
        let file = directory.database();
        if !options.accept_loss {
            pair::check_store(&directory)?;
        }
        let health = Arc::new(Health::default());
        recovery::forget_cached_pages(&file);
        let connection = connection::open_writer(&file, options).map_err(Fault::on_write)?;
        let facts = schema::prepare(&connection, &directory, options.shards)?;
        let leases = shard_lease::all(&connection, facts.shards).map_err(Fault::on_read)?;
        let writer = WriterHandle::start(
            connection,
            leases,
            Arc::clone(&directory),
            options,
            Arc::clone(&health),
        )?;
        let readers = Readers::start(&file, options.readers, &health)?;
        Ok(Self {
            readers,
            writer,
            health,
            facts,
            accepts_loss: options.accept_loss,
            file,
            directory,
            leases: Arc::default(),
            workflows: Mutex::default(),
        })
    }

    /// `Poisoned` if the store may not be used any more.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.health.check()
    }

    /// The directory, and with it the lock.
    pub(crate) fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.directory)
    }

    /// What tells this store from others, whatever becomes of its file.
    pub(crate) fn identity(&self) -> i64 {
        self.facts.created_ms
    }

    /// Whether a catalogue that does not belong to it is taken.
    pub(crate) fn accepts_loss(&self) -> bool {
        self.accepts_loss
    }

    /// Whether it was made when it was opened.
    pub(crate) fn is_new(&self) -> bool {
        self.facts.is_new
    }

    /// The database file.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }
}

/// A number as the database has it; what does not fit is beyond every stored one.
fn clamp(number: InstanceNumber) -> i64 {
    i64::try_from(number.0).unwrap_or(i64::MAX)
}

#[async_trait]
impl Store for SqliteStore {
    fn info(&self) -> StoreInfo {
        StoreInfo {
            shards: self.facts.shards,
            format: self.facts.format,
            commits: self.health.commits.load(Ordering::Relaxed),
            entries: self.health.entries.load(Ordering::Relaxed),
        }
    }

    async fn acquire(&self, node: u64, max: usize, ttl: Duration) -> Result<Vec<Lease>, StoreError> {
        let (table, shards) = (Arc::clone(&self.leases), self.facts.shards);
        let acquire = move |writer: &mut crate::writer::Writer| {
            // On the writer thread, so that two callers never take the same shard.
            let free = table.free(shards, max);
            let leases = writer.transaction(|connection, state| {
                let mut leases = Vec::with_capacity(free.len());
                for shard in free {
                    let row = &mut state.leases[shard.0 as usize];
                    row.epoch += 1;
                    shard_lease::set(connection, shard.0, *row)?;
                    leases.push(Lease {
                        shard,
                        epoch: row.epoch,
                        seq: row.seq,
                    });
                }
                let wrote = !leases.is_empty();
                Ok((leases, wrote))
            })?;
            table.grant(node, &leases, ttl);
            Ok(leases)
        };
        self.writer.call(acquire).await
    }

    async fn renew(&self, node: u64, held: &[Lease], ttl: Duration) -> Result<Vec<ShardId>, StoreError> {
        self.health.check()?;
        Ok(self.leases.renew(node, held, ttl))
    }

    async fn release(&self, node: u64, held: &[Lease]) -> Result<(), StoreError> {
        self.leases.release(node, held);
        Ok(())
    }

    async fn commit(&self, batches: Vec<ShardBatch>) -> Result<Vec<BatchOutcome>, StoreError> {
        validate::batches(&batches, self.facts.shards)?;
        let prepared = batches.into_iter().map(PreparedBatch::new);
        let prepared = prepared.collect::<Result<Vec<_>, _>>()?;
        self.writer.call(move |writer| writer.commit(&prepared)).await
    }

    async fn enqueue(&self, messages: Vec<InboxMessage>) -> Result<(), StoreError> {
        validate::messages(&messages, self.facts.shards)?;
        let enqueue = move |connection: &rusqlite::Connection, _: &mut _| {
            let mut wrote = false;
            for message in &messages {
                wrote |= inbox::insert(connection, message)?;
            }
            Ok(((), wrote))
        };
        self.writer.call(move |writer| writer.transaction(enqueue)).await
    }

    async fn inbox(&self, shard: ShardId, limit: usize) -> Result<Vec<InboxMessage>, StoreError> {
        validate::shard(shard, self.facts.shards)?;
        let read = move |connection: &_| inbox::page(connection, shard, tables::limit(limit));
        self.readers.call(read).await
    }

    async fn runnable(
        &self,
        shard: ShardId,
        after: Option<InstanceNumber>,
        limit: usize,
    ) -> Result<Vec<Runnable>, StoreError> {
        validate::shard(shard, self.facts.shards)?;
        let after = after.map_or(-1, clamp);
        let read = move |connection: &_| instance::runnable(connection, shard, after, tables::limit(limit));
        self.readers.call(read).await
    }

    async fn timers(
        &self,
        shard: ShardId,
        after: Option<TimerKey>,
        until_ms: i64,
        limit: usize,
    ) -> Result<Vec<TimerKey>, StoreError> {
        validate::shard(shard, self.facts.shards)?;
        let limit = tables::limit(limit);
        let read = move |connection: &_| timer::page(connection, shard, after, until_ms, limit);
        self.readers.call(read).await
    }

    async fn load(&self, shard: ShardId, number: InstanceNumber) -> Result<Option<Loaded>, StoreError> {
        validate::shard(shard, self.facts.shards)?;
        let read = move |connection: &_| {
            let Some(head) = instance::get(connection, shard, number)? else {
                return Ok(None);
            };
            Ok(Some(Loaded {
                head,
                journal: journal::all(connection, shard, number)?,
                events: event::all(connection, number)?,
            }))
        };
        self.readers.call(read).await
    }

    async fn params(&self, shard: ShardId, number: InstanceNumber) -> Result<Option<Value>, StoreError> {
        validate::shard(shard, self.facts.shards)?;
        let read = move |connection: &_| instance::params(connection, shard, number);
        self.readers.call(read).await
    }

    async fn values(
        &self,
        shard: ShardId,
        number: InstanceNumber,
        from: u32,
        max_bytes: u64,
    ) -> Result<Vec<(u32, Value)>, StoreError> {
        validate::shard(shard, self.facts.shards)?;
        let read = move |connection: &_| {
            if !instance::is_in(connection, shard, number)? {
                return Ok(Vec::new());
            }
            journal::values(connection, shard, number, from, max_bytes)
        };
        self.readers.call(read).await
    }

    async fn event_value(
        &self,
        shard: ShardId,
        number: InstanceNumber,
        id: u64,
    ) -> Result<Option<Value>, StoreError> {
        validate::shard(shard, self.facts.shards)?;
        let read = move |connection: &_| {
            if !instance::is_in(connection, shard, number)? {
                return Ok(None);
            }
            event::value(connection, number, id)
        };
        self.readers.call(read).await
    }

    async fn find(&self, workflow: WorkflowId, id: &str) -> Result<Option<InstanceHead>, StoreError> {
        let id = id.to_owned();
        let read = move |connection: &_| instance::find(connection, workflow, &id);
        self.readers.call(read).await
    }

    async fn list(&self, listing: Listing) -> Result<Vec<InstanceHead>, StoreError> {
        self.readers
            .call(move |connection: &_| instance::list(connection, &listing))
            .await
    }

    async fn heads(&self, of: Vec<(ShardId, InstanceNumber)>) -> Result<Vec<InstanceHead>, StoreError> {
        for (shard, _) in &of {
            validate::shard(*shard, self.facts.shards)?;
        }
        let read = move |connection: &_| {
            let heads = of
                .iter()
                .map(|(shard, number)| instance::get(connection, *shard, *number));
            heads.filter_map(Result::transpose).collect()
        };
        self.readers.call(read).await
    }

    async fn first_entries(
        &self,
        of: Vec<(ShardId, InstanceNumber)>,
        limit: usize,
    ) -> Result<Vec<Vec<Entry>>, StoreError> {
        for (shard, _) in &of {
            validate::shard(*shard, self.facts.shards)?;
        }
        let read = move |connection: &_| {
            let limit = tables::limit(limit);
            let mut first = Vec::with_capacity(of.len());
            for (shard, number) in of {
                // A journal names its instance, not its shard.
                let rows = if instance::is_in(connection, shard, number)? {
                    journal::first(connection, shard, number, limit)?
                } else {
                    Vec::new()
                };
                first.push(rows.into_iter().map(|row| row.entry).collect());
            }
            Ok(first)
        };
        self.readers.call(read).await
    }

    async fn counts(&self, workflow: WorkflowId, span: Span) -> Result<Vec<(Phase, u64)>, StoreError> {
        let read = move |connection: &_| match span {
            Span::ALL => counter::get(connection, workflow),
            span => instance::count(connection, workflow, span),
        };
        self.readers.call(read).await
    }

    async fn workflow(&self, name: &str) -> Result<WorkflowId, StoreError> {
        self.health.check()?;
        if let Some(id) = self.workflows.lock().get(name) {
            return Ok(*id);
        }
        let name = name.to_owned();
        let wanted = name.clone();
        let find_or_insert = move |connection: &rusqlite::Connection, _: &mut _| {
            Ok(match workflow::find(connection, &wanted)? {
                Some(id) => (id, false),
                None => (workflow::insert(connection, &wanted)?, true),
            })
        };
        let call = self.writer.call(move |writer| writer.transaction(find_or_insert));
        let id = call.await?;
        self.workflows.lock().insert(name, id);
        Ok(id)
    }

    async fn forget_workflow(&self, name: &str) -> Result<Option<WorkflowId>, StoreError> {
        let wanted = name.to_owned();
        let forget = move |connection: &rusqlite::Connection, _: &mut _| {
            let found = workflow::find(connection, &wanted)?;
            if let Some(id) = found {
                workflow::forget(connection, id)?;
            }
            Ok((found, found.is_some()))
        };
        let found = self.writer.call(move |writer| writer.transaction(forget)).await?;
        self.workflows.lock().remove(name);
        Ok(found)
    }

    async fn forgotten_workflows(&self) -> Result<Vec<WorkflowId>, StoreError> {
        self.readers.call(workflow::forgotten).await
    }

    async fn workflows(&self) -> Result<Vec<(WorkflowId, String)>, StoreError> {
        self.readers.call(workflow::all).await
    }

    async fn set_job(&self, workflow: WorkflowId, job: Option<String>) -> Result<(), StoreError> {
        let set = move |connection: &rusqlite::Connection, _: &mut _| {
            job::set(connection, workflow, job.as_deref())?;
            Ok(((), true))
        };
        self.writer.call(move |writer| writer.transaction(set)).await
    }

    async fn jobs(&self) -> Result<Vec<(WorkflowId, String)>, StoreError> {
        self.readers.call(job::all).await
    }

    async fn maintain(&self, budget: Duration) -> Result<(), StoreError> {
        let started = Instant::now();
        // In slices, so that commits come in between.
        while self.writer.call(crate::writer::Writer::give_back).await? {
            if started.elapsed() >= budget {
                break;
            }
        }
        Ok(())
    }

    async fn probe(&self) -> Result<(), StoreError> {
        let probe = |connection: &rusqlite::Connection, _: &mut _| {
            tables::store::probe(connection).map(|()| ((), true))
        };
        self.writer.call(move |writer| writer.transaction(probe)).await
    }
}
