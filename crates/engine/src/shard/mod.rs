//! One shard: the task that owns its instances in memory and decides everything about them.

mod absorb;
mod checks;
mod create;
mod delete;
mod drain;
mod feeder;
mod inspect;
mod load;
mod message;
mod migrate;
mod operate;
mod recovery;
mod resident;
mod runs;
mod start;
mod terminate;
mod timers;
mod why;

pub(crate) use feeder::{Credit, Feed};
pub(crate) use load::instance;
pub(crate) use message::{Answer, LiveStatus, Mailbox, Message, NewRequest, Of, Operation};
pub(crate) use start::{begun_steps, recorded_ends};

use crate::admission::Admission;
use crate::clock::Clock;
use crate::committer::{After, Group};
use crate::meters::Meters;
use crate::options::Options;
use crate::rates::Rates;
use crate::registry::Registry;
use migrate::Moved;
use parking_lot::Mutex;
use resident::Resident;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use stepwell_core::ids::{InstanceNumber, RunNumber, ShardId, WorkflowId};
use stepwell_store::{Op, Store};
use timers::Timers;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// What all shards of an engine share.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) options: Options,
    pub(crate) registry: Registry,
    pub(crate) admission: Admission,
    pub(crate) rates: Rates,
    /// Workflows whose instances are being terminated, all of them or many.
    pub(crate) terminating: Mutex<HashSet<WorkflowId>>,
    pub(crate) mailboxes: Vec<Mailbox>,
    pub(crate) groups: mpsc::UnboundedSender<Group>,
    pub(crate) next_run: AtomicU64,
    /// Whether the disk is full; set by the committer.
    pub(crate) full: Arc<AtomicBool>,
    /// Instances in memory, for metrics.
    pub(crate) residents: AtomicUsize,
    pub(crate) meters: Arc<Meters>,
}

impl Shared {
    pub(crate) fn run_number(&self) -> RunNumber {
        RunNumber(self.next_run.fetch_add(1, Ordering::Relaxed))
    }

    /// Tells shards which of their instances have a slot now.
    pub(crate) fn admitted(&self, tickets: Vec<crate::admission::Ticket>) {
        for ticket in tickets {
            if let Some(mailbox) = self.mailboxes.get(ticket.shard.0 as usize) {
                mailbox.send(Message::Admitted(ticket));
            }
        }
    }
}

/// Whether the shard can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// The usual case.
    Open,
    /// The last write was refused: reads only, until a probe write works.
    Closed(crate::committer::Refused),
}

/// A shard's state.
pub(crate) struct Shard {
    id: ShardId,
    shared: Arc<Shared>,
    mailbox: Mailbox,
    residents: HashMap<InstanceNumber, Resident>,
    by_id: HashMap<(WorkflowId, Arc<str>), InstanceNumber>,
    /// Residents whose phase may not tell their status: those that run. There may be many more that are queued.
    live: HashSet<InstanceNumber>,
    timers: Timers,
    mode: Mode,
    generation: u64,
    /// Being gathered: what this turn of the loop decides.
    ops: Vec<Op>,
    after: Vec<After>,
    durable: Vec<InstanceNumber>,
    /// Instances with attempts whose start is not in the journal.
    starts: Vec<InstanceNumber>,
    /// When the oldest of `starts` has to be written at the latest.
    starts_due: Option<Instant>,
    /// When to look at which run again.
    checks: BTreeSet<(Instant, InstanceNumber)>,
    last_number: (i64, u16),
    draining: bool,
    /// There are new Workflows or versions: looked at once for all that came in one go, when a server starts with many.
    deployed: bool,
    /// Instances whose runs the shard itself let go of when a write was refused: their attempts are not charged.
    spared: HashSet<InstanceNumber>,
    /// Instances whose deletion is not durable, each with the number of notices until it is.
    deleted: HashMap<InstanceNumber, u32>,
    /// Instances outside of memory whose new version is not durable.
    moved: HashMap<InstanceNumber, Moved>,
    /// Workflows whose runnable instances have been queued, but for those of versions that are `parked`.
    recovered: HashSet<WorkflowId>,
    /// Versions that were not published when an instance of them was to run.
    parked: HashSet<(WorkflowId, u32)>,
}

/// Messages taken in one turn.
const MESSAGES_MAX: usize = 256;

/// How long to wait after a read that failed.
const READ_RETRY: std::time::Duration = std::time::Duration::from_secs(1);

/// Timers fired in one turn.
const TIMERS_PER_TURN: usize = 256;

impl Shard {
    pub(crate) fn new(id: ShardId, shared: Arc<Shared>) -> Self {
        let mailbox = shared.mailboxes[id.0 as usize].clone();
        Self {
            id,
            shared,
            mailbox,
            residents: HashMap::new(),
            by_id: HashMap::new(),
            live: HashSet::new(),
            timers: Timers::default(),
            mode: Mode::Open,
            generation: 0,
            ops: Vec::new(),
            after: Vec::new(),
            durable: Vec::new(),
            starts: Vec::new(),
            starts_due: None,
            checks: BTreeSet::new(),
            last_number: (0, 0),
            draining: false,
            deployed: false,
            spared: HashSet::new(),
            deleted: HashMap::new(),
            moved: HashMap::new(),
            recovered: HashSet::new(),
            parked: HashSet::new(),
        }
    }

    /// Runs until the mailbox is closed.
    pub(crate) async fn run(mut self, mut messages: mpsc::UnboundedReceiver<Message>) {
        let mut taken = Vec::with_capacity(MESSAGES_MAX);
        loop {
            let wake = self.next_wake();
            tokio::select! {
                biased;
                count = messages.recv_many(&mut taken, MESSAGES_MAX) => {
                    if count == 0 {
                        return;
                    }
                    for message in taken.drain(..) {
                        self.handle(message).await;
                    }
                    if std::mem::take(&mut self.deployed) {
                        self.recover().await;
                    }
                }
                () = tokio::time::sleep_until(wake) => {}
            }
            self.fire_timers().await;
            self.run_checks().await;
            self.write_starts();
            self.flush();
        }
    }

    async fn handle(&mut self, message: Message) {
        match message {
            Message::Run { number, run, event } => self.on_run_event(number, run, event).await,
            Message::Create { requests, answer } => self.on_create(requests, answer).await,
            Message::Delete {
                workflow,
                ids,
                answer,
            } => {
                self.on_delete(workflow, ids, answer).await;
            }
            Message::Migrate {
                workflow,
                ids,
                version,
                answer,
            } => {
                self.on_migrate(workflow, ids, version, answer).await;
            }
            Message::Terminate {
                workflow,
                ids,
                only,
                answer,
            } => {
                self.on_terminate(workflow, ids, only, answer).await;
            }
            Message::Operate {
                workflow,
                id,
                operation,
                answer,
            } => {
                self.on_operate(workflow, &id, operation, answer).await;
            }
            Message::Why { workflow, id, answer } => self.on_why(workflow, &id, answer).await,
            Message::Overlay { of, answer } => self.on_overlay(&of, answer),
            Message::Admitted(ticket) => self.on_admitted(ticket).await,
            Message::Timer(timer) => self.timers.put(timer, self.now_ms()),
            Message::Deployed => self.deployed = true,
            Message::Durable(numbers) => {
                for number in numbers {
                    self.on_durable(number);
                }
            }
            Message::CommitFailed { generation, why } => self.on_commit_failed(generation, why),
            Message::Drain { answer, grace } => self.on_drain(answer, grace),
        }
    }

    /// Has the message come when the store may have recovered.
    fn send_later(&self, message: Message) {
        let mailbox = self.mailbox.clone();
        tokio::spawn(async move {
            tokio::time::sleep(READ_RETRY).await;
            mailbox.send(message);
        });
    }

    /// When the loop has to turn at the latest.
    fn next_wake(&self) -> Instant {
        let now = Instant::now();
        let mut wake = now + std::time::Duration::from_secs(1);
        if let Some(due_ms) = self.timers.next_due_ms() {
            let ahead = (due_ms - self.now_ms()).clamp(0, 1000) as u64;
            wake = wake.min(now + std::time::Duration::from_millis(ahead));
        }
        if let Some(due) = self.starts_due {
            wake = wake.min(due);
        }
        if let Some((due, _)) = self.checks.first() {
            wake = wake.min(*due);
        }
        wake
    }

    fn now_ms(&self) -> i64 {
        self.shared.clock.now_ms()
    }

    /// Hands what this turn decided to the committer.
    fn flush(&mut self) {
        if !self.durable.is_empty() {
            self.after.push(After::Durable(std::mem::take(&mut self.durable)));
        }
        if self.ops.is_empty() && self.after.is_empty() {
            return;
        }
        let group = Group {
            shard: self.id,
            generation: self.generation,
            ops: std::mem::take(&mut self.ops),
            after: std::mem::take(&mut self.after),
        };
        let _ = self.shared.groups.send(group);
    }

    /// A number for a new instance.
    fn allocate(&mut self, now_ms: i64) -> InstanceNumber {
        let (last_ms, counter) = self.last_number;
        self.last_number = match (now_ms > last_ms, counter) {
            (true, _) => (now_ms, 0),
            (false, 4095) => (last_ms + 1, 0),
            (false, counter) => (last_ms, counter + 1),
        };
        InstanceNumber::new(self.last_number.0, self.id.0 as u16, self.last_number.1)
    }
}
