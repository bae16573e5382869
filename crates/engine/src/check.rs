//! Whether code would replay the journals of the instances that there are: they are replayed against it as a run would be,
//! only that no callback starts and nothing is written.
//!
//! The run gets all that is recorded. What it asks for beyond that stays unanswered, so that it comes to rest there. It has
//! gone another way if something recorded was not asked for by then.

use crate::engine::{Engine, unreadable};
use crate::operations::OperationError;
use crate::registry::Version;
use crate::runtime::{EndedStep, LostCause, RunEvent, RunHandle, RunSink, RunStart};
use crate::shard::{Credit, Feed, begun_steps, instance, recorded_ends};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use stepwell_core::failure::Failure;
use stepwell_core::ids::{InstanceNumber, RunNumber, WorkflowId};
use stepwell_core::instance::Instance;
use stepwell_core::run::{FromRun, ToRun};
use stepwell_core::step::{StepKey, StepKind};
use stepwell_core::value::Value;
use stepwell_store::{InstanceHead, Listing, Loaded, Phase};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

/// How much a check may take.
#[derive(Debug, Clone, Copy)]
pub struct CheckLimits {
    /// Most replays at once.
    pub at_once: usize,
    /// How long one replay may take.
    pub each: Duration,
    /// How long all of them may take; those that have not begun by then are left out.
    pub all: Duration,
}

impl Default for CheckLimits {
    fn default() -> Self {
        Self {
            at_once: 16,
            each: Duration::from_secs(30),
            all: Duration::from_mins(2),
        }
    }
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CheckReport {
    /// The instances that were replayed, in the order of their creation.
    pub checked: Vec<CheckedInstance>,
    /// Instances that have not ended and were left out, because the time was over.
    pub left_out: u64,
}

/// An instance that was replayed.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedInstance {
    /// Its id.
    pub id: Arc<str>,
    /// The version that it runs on.
    pub version: u32,
    /// How it went.
    pub verdict: Verdict,
}

/// How a replay went.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Everything that is recorded was asked for.
    Replays,
    /// It went another way.
    Diverges(Divergence),
    /// It could not be found out.
    Unknown {
        /// Why.
        reason: String,
    },
}

/// How a replay went another way.
#[derive(Debug, Clone, PartialEq)]
pub enum Divergence {
    /// These steps are recorded, and the code came to rest or ended without asking for them. In the order of the journal:
    /// those that have ended, then those that have only begun.
    NotAsked {
        /// The steps.
        steps: Vec<StepKey>,
    },
    /// A step of this name is recorded as another kind than it is asked for.
    OtherKind {
        /// What is recorded.
        recorded: StepKey,
        /// What was asked for.
        asked: StepKind,
    },
    /// `run()` threw.
    Threw(Failure),
}

/// Instances read at a time.
const PAGE: usize = 256;

/// How long a run has to be silent before it is asked whether it rests, and again before it is believed.
const QUIET: Duration = Duration::from_millis(30);

impl Engine {
    /// Replays the journal of every instance of a Workflow that has not ended against a version, published or not.
    ///
    /// # Errors
    /// `NoWorkflow`; what the store says.
    pub async fn check(
        &self,
        workflow: &str,
        version: &Version,
        limits: CheckLimits,
    ) -> Result<CheckReport, OperationError> {
        let id = self.workflow_id(workflow)?;
        let live = self.shared.registry.get(id);
        let name = live.map_or_else(|| workflow.into(), |live| live.name.clone());
        let end = Instant::now() + limits.all;
        let mut found = Found::default();
        let mut replays = JoinSet::new();
        let mut after = None;
        'pages: loop {
            let heads = self.live_heads(id, after).await?;
            let Some(last) = heads.last() else { break };
            after = Some(last.number);
            for head in heads {
                while replays.len() >= limits.at_once.max(1) {
                    found.take(replays.join_next().await);
                }
                if Instant::now() >= end {
                    break 'pages;
                }
                let check = Check {
                    engine: self.clone(),
                    version: version.clone(),
                    name: name.clone(),
                    each: limits.each,
                };
                replays.spawn(async move { check.instance(head).await });
            }
        }
        while let Some(done) = replays.join_next().await {
            found.take(Some(done));
        }
        found.report(self.count_live(id).await?)
    }

    async fn live_heads(
        &self,
        workflow: WorkflowId,
        after: Option<InstanceNumber>,
    ) -> Result<Vec<InstanceHead>, OperationError> {
        let listing = Listing {
            phases: Phase::LIVE.to_vec(),
            ascending: true,
            after,
            limit: PAGE,
            ..Listing::all(workflow)
        };
        let heads = self.shared.store.list(listing).await;
        heads.map_err(|error| unreadable(&error))
    }

    async fn count_live(&self, workflow: WorkflowId) -> Result<u64, OperationError> {
        let counts = self
            .shared
            .store
            .counts(workflow, stepwell_store::Span::ALL)
            .await;
        let counts = counts.map_err(|error| unreadable(&error))?;
        let live = counts.iter().filter(|(phase, _)| !phase.is_terminal());
        Ok(live.map(|(_, count)| count).sum())
    }
}

type Replayed = Result<Option<(InstanceNumber, CheckedInstance)>, OperationError>;

/// What has been found so far.
#[derive(Default)]
struct Found {
    checked: Vec<(InstanceNumber, CheckedInstance)>,
    failed: Option<OperationError>,
}

impl Found {
    fn take(&mut self, done: Option<Result<Replayed, tokio::task::JoinError>>) {
        match done {
            Some(Ok(Ok(checked))) => self.checked.extend(checked),
            Some(Ok(Err(error))) => self.failed = Some(error),
            Some(Err(_)) | None => {}
        }
    }

    fn report(mut self, live: u64) -> Result<CheckReport, OperationError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.checked.sort_by_key(|(number, _)| *number);
        Ok(CheckReport {
            left_out: live.saturating_sub(self.checked.len() as u64),
            checked: self.checked.into_iter().map(|(_, checked)| checked).collect(),
        })
    }
}

/// How instances are replayed.
struct Check {
    engine: Engine,
    version: Version,
    name: Arc<str>,
    each: Duration,
}

impl Check {
    /// Replays one; `None` if it has ended meanwhile.
    async fn instance(self, head: InstanceHead) -> Replayed {
        let store = &self.engine.shared.store;
        let loaded = store.load(head.shard, head.number).await;
        let loaded = loaded.map_err(|error| unreadable(&error))?;
        let Some(loaded) = loaded.filter(|loaded| !loaded.head.phase.is_terminal()) else {
            return Ok(None);
        };
        let (number, id, version) = (head.number, head.id.clone(), loaded.head.version);
        let verdict = if loaded.journal.is_empty() {
            Verdict::Replays // nothing of it is recorded
        } else {
            let params = store.params(head.shard, head.number).await;
            let params = params.map_err(|error| unreadable(&error))?;
            self.replay(head, loaded, params).await
        };
        Ok(Some((number, CheckedInstance { id, version, verdict })))
    }

    async fn replay(&self, head: InstanceHead, loaded: Loaded, params: Option<Value>) -> Verdict {
        let instance = instance(loaded);
        let (ended, positions) = recorded_ends(&instance);
        let mut replay = Replay::new(&ended, &instance);
        let (sender, events) = mpsc::unbounded_channel();
        let shared = &self.engine.shared;
        let start = RunStart {
            number: head.number,
            run: shared.run_number(),
            class_name: self.version.class_name.clone(),
            workflow_name: self.name.clone(),
            instance_id: head.id,
            created_ms: head.created_ms,
            params: params.unwrap_or_else(|| Value::from_bytes("{}".into())),
            step_limit: self.version.step_limit,
            ended,
            begun: begun_steps(&instance),
            alone: false,
            check: true,
        };
        let handle = self.version.runtime.start(start, Arc::new(Sink(sender)));
        let credit = Credit::new(shared.options.replay_credit_bytes);
        let feed = Feed {
            store: shared.store.clone(),
            shard: head.shard,
            number: head.number,
            positions,
            to: handle.feeder(),
            credit: credit.clone(),
        };
        // Ends by itself when the run is dropped.
        tokio::spawn(feed.run());
        match timeout(self.each, replay.follow(&handle, events, &credit)).await {
            Ok(verdict) => verdict,
            Err(_) => Verdict::Unknown {
                reason: format!("it did not come to rest within {} seconds", self.each.as_secs()),
            },
        }
    }
}

/// Takes the events of one run.
struct Sink(mpsc::UnboundedSender<RunEvent>);

impl RunSink for Sink {
    fn run_event(&self, _: InstanceNumber, _: RunNumber, event: RunEvent) {
        let _ = self.0.send(event);
    }
}

/// What is recorded of an instance, and what of it was asked for.
struct Replay {
    ended: Vec<StepKey>,
    open: Vec<StepKey>,
    asked: HashSet<StepKey>,
}

impl Replay {
    fn new(ended: &[EndedStep], instance: &Instance) -> Self {
        Self {
            ended: ended.iter().map(|ended| ended.step.clone()).collect(),
            open: instance.open().map(|(key, _)| key.clone()).collect(),
            asked: HashSet::new(),
        }
    }

    /// Listens until the run has come to rest or has ended.
    async fn follow(
        &mut self,
        handle: &RunHandle,
        mut events: mpsc::UnboundedReceiver<RunEvent>,
        credit: &Credit,
    ) -> Verdict {
        // Answers in a row that say that nothing is pending.
        let mut idle = 0;
        loop {
            let Ok(event) = timeout(QUIET, events.recv()).await else {
                handle.send(ToRun::AskIdle);
                match events.recv().await {
                    Some(RunEvent::Message(FromRun::Idle { pending_outside: 0 })) if idle > 0 => {
                        return self.verdict();
                    }
                    Some(RunEvent::Message(FromRun::Idle { pending_outside: 0 })) => idle += 1,
                    event => {
                        idle = 0;
                        if let Some(verdict) = self.hear(event, credit) {
                            return verdict;
                        }
                    }
                }
                continue;
            };
            idle = 0;
            if let Some(verdict) = self.hear(event, credit) {
                return verdict;
            }
        }
    }

    /// Takes an event; the verdict, if it says all.
    fn hear(&mut self, event: Option<RunEvent>, credit: &Credit) -> Option<Verdict> {
        match event {
            None => Some(lost("the run is gone")),
            Some(RunEvent::Lost(LostCause::ProcessDied { reason } | LostCause::CouldNotStart { reason })) => {
                Some(lost(&reason))
            }
            Some(RunEvent::Lost(LostCause::Released)) => Some(lost("its process was stopped")),
            Some(RunEvent::Credit(bytes)) => {
                credit.add(bytes);
                None
            }
            Some(RunEvent::Asked(position)) => {
                self.asked.extend(self.ended.get(position as usize).cloned());
                None
            }
            Some(RunEvent::Message(message)) => match message {
                FromRun::Do { step, .. }
                | FromRun::Sleep { step, .. }
                | FromRun::SleepUntil { step, .. }
                | FromRun::Wait { step, .. } => self.call(step),
                FromRun::Returned { .. } => Some(self.verdict()),
                FromRun::Threw { failure, .. } => Some(Verdict::Diverges(Divergence::Threw(failure))),
                // No callback runs; an answer that came late says nothing.
                FromRun::Succeeded { .. } | FromRun::Failed { .. } | FromRun::Idle { .. } => None,
            },
        }
    }

    /// A call that has no recorded end.
    fn call(&mut self, step: StepKey) -> Option<Verdict> {
        if self.open.contains(&step) {
            self.asked.insert(step);
            return None;
        }
        let recorded = self.ended.iter().chain(&self.open);
        let mut same_name = recorded.filter(|key| (&key.name, key.count) == (&step.name, step.count));
        let other = same_name.find(|key| key.kind != step.kind && !self.asked.contains(key))?;
        Some(Verdict::Diverges(Divergence::OtherKind {
            recorded: other.clone(),
            asked: step.kind,
        }))
    }

    fn verdict(&self) -> Verdict {
        let recorded = self.ended.iter().chain(&self.open);
        let missing = recorded.filter(|step| !self.asked.contains(step));
        let steps: Vec<StepKey> = missing.cloned().collect();
        if steps.is_empty() {
            return Verdict::Replays;
        }
        Verdict::Diverges(Divergence::NotAsked { steps })
    }
}

fn lost(reason: &str) -> Verdict {
    Verdict::Unknown {
        reason: reason.into(),
    }
}
