//! What runs Workers, as the control plane needs it.

use crate::inspected::Inspected;
use crate::worker_state::{WorkerState, WorkerVersion};
use async_trait::async_trait;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use stepwell_catalogue::Digest;

/// Code that may become a version.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The account.
    pub account: String,
    /// The Worker's name.
    pub script: String,
    /// What would be the version. Its modules may not be in the catalogue yet: their bytes are in `blobs`. None of its
    /// bindings names a class that it must have: the control plane looks at that itself.
    pub version: Arc<WorkerVersion>,
    /// The bytes of its modules, by their digests.
    pub blobs: BTreeMap<Digest, Bytes>,
}

/// Why code cannot run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// For people; stack lines in it (`at index.js:9:20`) are mapped to the source by wrangler.
    pub message: String,
}

/// What became of a state that should be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// The ids of those of `object_moves` that are done: the process that had the objects is gone, and their files are
    /// where they belong.
    pub moved: Vec<String>,
    /// Why it is not all so, for people.
    pub trouble: Option<String>,
}

/// Implemented with the runtime and the engine.
#[async_trait]
pub trait Platform: Send + Sync + 'static {
    /// Starts the code in a throwaway process without network and bindings; says what it exports and how long the start
    /// took, or why it is refused.
    async fn inspect(&self, candidate: &Candidate) -> Result<Inspected, Refused>;

    /// Makes everything ready that can fail, for what the Worker will be: its live versions are started and checked.
    /// Nothing is visible yet.
    async fn prepare(&self, worker: &WorkerState) -> Result<(), Refused>;

    /// What was prepared for this Worker will not be: the catalogue could not be written.
    async fn abandon(&self, worker: &WorkerState);

    /// The catalogue says so now, durably: make it so. Called for each Worker at start-up too. Idempotent.
    ///
    /// What it could not do is asked of it again.
    async fn apply(&self, worker: Arc<WorkerState>) -> Applied;

    /// The Worker is deleted, and the files of its objects shall be. Idempotent.
    ///
    /// # Errors
    /// Why something of it is left; it is asked again.
    async fn remove(&self, account: &str, script: &str) -> Result<(), String>;

    /// The Workflow is deleted: its instances shall end and go.
    async fn remove_workflow(&self, account: &str, workflow: &str);
}
