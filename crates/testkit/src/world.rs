//! A node in a simulated world: a store that outlives it, a clock, a runtime.

use crate::clock::SimClock;
use crate::fault_store::FaultStore;
use crate::program::Program;
use crate::scripted::ScriptedRuntime;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use stepwell_core::value::Value;
use stepwell_engine::{Create, Definition, Engine, OperationError, Operations, Options, Status};
use stepwell_store::memory::MemoryStore;
use stepwell_store::{Phase, Store, Trigger};

/// Everything that there is, and the engine that runs now.
pub struct World {
    /// The rows.
    pub memory: Arc<MemoryStore>,
    /// What the engine sees of them.
    pub store: Arc<FaultStore>,
    /// The wall clock.
    pub clock: Arc<SimClock>,
    /// Where programs run.
    pub runtime: Arc<ScriptedRuntime>,
    /// For the next start.
    pub options: Options,
    definitions: Vec<Definition>,
    engine: Option<Engine>,
}

/// How often a condition is looked at, in simulated time.
const LOOK: Duration = Duration::from_millis(5);

impl World {
    /// A world of so many shards, at the beginning of 2026. Nothing runs yet.
    pub fn new(shards: u32) -> Self {
        let memory = Arc::new(MemoryStore::new(shards));
        let options = Options {
            on_poisoned: Arc::new(|message| panic!("the store was poisoned: {message}")),
            ..Options::default()
        };
        Self {
            store: Arc::new(FaultStore::new(memory.clone())),
            memory,
            clock: Arc::new(SimClock::new(1_767_225_600_000)),
            runtime: ScriptedRuntime::new(),
            options,
            definitions: Vec::new(),
            engine: None,
        }
    }

    /// A world with one Workflow, `flow`, and an engine that runs it.
    pub async fn with(program: impl Into<Program>) -> Self {
        let mut world = Self::new(2);
        world.define("flow", program, None);
        world.boot().await;
        world
    }

    /// Adds a Workflow, for the next start.
    pub fn define(&mut self, name: &str, program: impl Into<Program>, concurrency_limit: Option<usize>) {
        self.runtime.define(name, program);
        self.definitions.push(Definition {
            key: name.into(),
            name: name.into(),
            class_name: name.into(),
            step_limit: 10_000,
            concurrency_limit,
            version: 1,
        });
    }

    /// Starts an engine over what is stored.
    pub async fn boot(&mut self) {
        self.store.revive();
        self.memory.forget_leases();
        let engine = Engine::start(self.store.clone(), self.clock.clone(), self.options.clone())
            .await
            .expect("the store is free");
        self.engine = Some(engine);
        self.deploy().await;
    }

    /// Gives the engine the Workflows as they are defined now.
    pub async fn deploy(&self) {
        self.engine()
            .deploy("worker", self.definitions.clone(), self.runtime.clone())
            .await
            .expect("the store takes Workflows");
    }

    /// The engine's process dies, and its runs with it.
    pub async fn crash(&mut self) {
        self.store.kill();
        if let Some(engine) = self.engine.take() {
            engine.abort();
        }
        self.runtime.engine_died();
        // What was cancelled is gone when every task has had its turn; and no two processes start in one millisecond.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }

    /// Crashes and starts again.
    pub async fn reboot(&mut self) {
        self.crash().await;
        self.boot().await;
    }

    /// The engine that runs.
    pub fn engine(&self) -> &Engine {
        self.engine.as_ref().expect("an engine runs")
    }

    /// Creates an instance of the Workflow.
    pub async fn create_of(&self, workflow: &str, id: &str) -> Result<Arc<str>, OperationError> {
        self.engine().create(workflow, request(id)).await
    }

    /// Creates an instance of `flow`.
    pub async fn create(&self, id: &str) {
        self.create_of("flow", id).await.expect("it is created");
    }

    /// Sends an instance of `flow` an event with a JSON payload.
    pub async fn event(&self, id: &str, event_type: &str, payload: &str) -> Result<(), OperationError> {
        let payload = Value::from_json(&json!(payload));
        self.engine().send_event("flow", id, event_type, payload).await
    }

    /// The status of an instance of `flow`.
    pub async fn status(&self, id: &str) -> Status {
        self.engine().status("flow", id).await.expect("it exists").status
    }

    /// The stored phase of an instance.
    pub async fn phase_of(&self, workflow: &str, id: &str) -> Option<Phase> {
        let workflow = self.memory.workflow(workflow).await.ok()?;
        self.memory.find(workflow, id).await.ok()?.map(|head| head.phase)
    }

    /// Lets simulated time pass until the condition holds; panics after a simulated week.
    pub async fn until(&self, what: &str, mut condition: impl AsyncFnMut() -> bool) {
        let started = tokio::time::Instant::now();
        let mut pause = LOOK;
        while !condition().await {
            assert!(
                started.elapsed() < Duration::from_hours(7 * 24),
                "never: {what}; {:?}",
                self.runtime.ledger().wrongs()
            );
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LOOK.max(started.elapsed() / 10));
        }
    }

    /// Waits until the instance of `flow` has this stored phase.
    pub async fn until_phase(&self, id: &str, phase: Phase) {
        let what = format!("{id} is {phase:?}");
        self.until(&what, async || self.phase_of("flow", id).await == Some(phase))
            .await;
    }

    /// Waits until the instance of `flow` has this status.
    pub async fn until_status(&self, id: &str, status: Status) {
        let what = format!("{id} is {status:?}");
        self.until(&what, async || self.status(id).await == status).await;
    }

    /// The output of an instance of `flow` that is complete, as JSON text, or its error.
    pub async fn outcome(&self, id: &str) -> Result<String, String> {
        let status = self.engine().status("flow", id).await.expect("it exists");
        match (status.output, status.error) {
            (Some(value), _) => Ok(String::from_utf8_lossy(value.bytes()).into_owned()),
            (None, Some(failure)) => Err(failure.to_string()),
            (None, None) => Err(format!("not ended: {:?}", status.status)),
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(engine) = &self.engine {
            engine.abort(); // its tasks would go on for as long as the test's runtime
        }
        self.runtime.engine_died();
    }
}

/// A request to create this instance.
pub fn request(id: &str) -> Create {
    Create {
        id: Some(id.into()),
        params: None,
        options: json!(null),
        trigger: Trigger::Api,
    }
}
