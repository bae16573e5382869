//! Everything about one instance.

use super::history::{History, Recorded};
use super::{InstanceDetail, InstanceSummary, StepDetail, StepKind};
use crate::engine::{Engine, unreadable};
use crate::operations::{OperationError, Status};
use crate::shard::Operation;
use std::collections::{BTreeMap, BTreeSet};
use stepwell_core::ids::{InstanceNumber, ShardId};
use stepwell_core::step::StepKind as Kind;
use stepwell_core::value::Value;
use stepwell_store::StoreError;

/// Bytes of values read from the store at a time.
const PAGE_BYTES: u64 = 1024 * 1024;

impl Engine {
    pub(super) async fn detail(
        &self,
        workflow: &str,
        id: &str,
        with_steps: bool,
    ) -> Result<InstanceDetail, OperationError> {
        // When this is answered, everything that is known in memory is in the store.
        let live = self.operate(workflow, id, Operation::Describe).await?;
        let shard = self.shard_of(self.workflow_id(workflow)?, id);
        let (store, number) = (&self.shared.store, live.number);
        let loaded = store.load(shard, number).await;
        let loaded = loaded.map_err(|error| unreadable(&error))?;
        let loaded = loaded.ok_or(OperationError::NotFound)?;
        let params = store.params(shard, number).await;
        let params = params.map_err(|error| unreadable(&error))?;
        let mut history = History::of(loaded.journal);
        let own = history.steps.iter().filter(|_| with_steps);
        let wanted = own.filter_map(|step| step.value).chain(history.output);
        let values = self.recorded(shard, number, wanted.collect()).await;
        let mut values = values.map_err(|error| unreadable(&error))?;
        let status = if live.phase == loaded.head.phase {
            live.status
        } else {
            Status::of(loaded.head.phase)
        };
        let first = history.steps.first().map(|step| step.detail.started_ms);
        let started_ms = first.or(history.started_ms).or(live.live_since_ms);
        Ok(InstanceDetail {
            summary: InstanceSummary::of(loaded.head, status, started_ms),
            params: params.unwrap_or_else(|| Value::from_bytes("{}".into())),
            output: history.output.and_then(|seq| values.remove(&seq)),
            error: history.error.take(),
            step_count: history.steps.len() as u64,
            steps: if with_steps {
                steps(history, values)
            } else {
                Vec::new()
            },
        })
    }

    /// One step; no other step's value is read.
    pub(super) async fn one_step(
        &self,
        workflow: &str,
        id: &str,
        kind: Kind,
        name: &str,
    ) -> Result<Option<StepDetail>, OperationError> {
        let live = self.operate(workflow, id, Operation::Describe).await?;
        let shard = self.shard_of(self.workflow_id(workflow)?, id);
        let loaded = self.shared.store.load(shard, live.number).await;
        let loaded = loaded.map_err(|error| unreadable(&error))?;
        let mut history = History::of(loaded.ok_or(OperationError::NotFound)?.journal);
        history.steps.retain(|step| step.is(kind, name));
        history.terminated_ms = None;
        let wanted = history.steps.iter().filter_map(|step| step.value).collect();
        let values = self.recorded(shard, live.number, wanted).await;
        let values = values.map_err(|error| unreadable(&error))?;
        Ok(steps(history, values).pop())
    }

    pub(super) async fn recorded_outputs(
        &self,
        workflow: &str,
        id: &str,
    ) -> Result<Vec<Value>, OperationError> {
        let store = &self.shared.store;
        let head = store.find(self.workflow_id(workflow)?, id).await;
        let head = head
            .map_err(|error| unreadable(&error))?
            .ok_or(OperationError::NotFound)?;
        let loaded = store.load(head.shard, head.number).await;
        let loaded = loaded.map_err(|error| unreadable(&error))?;
        let history = History::of(loaded.ok_or(OperationError::NotFound)?.journal);
        let wanted: Vec<u32> = history.steps.iter().filter_map(|step| step.value).collect();
        let values = self
            .recorded(head.shard, head.number, wanted.iter().copied().collect())
            .await;
        let mut values = values.map_err(|error| unreadable(&error))?;
        Ok(wanted.iter().filter_map(|seq| values.remove(seq)).collect())
    }

    /// Values of journal entries.
    async fn recorded(
        &self,
        shard: ShardId,
        number: InstanceNumber,
        wanted: BTreeSet<u32>,
    ) -> Result<BTreeMap<u32, Value>, StoreError> {
        let mut values = BTreeMap::new();
        let mut next = wanted.first().copied();
        while let Some(from) = next {
            let rows = self.shared.store.values(shard, number, from, PAGE_BYTES).await?;
            let Some((read, _)) = rows.last() else { break };
            // On to the next one that is wanted: values that a restart has forgotten are not read.
            next = wanted.range(read + 1..).next().copied();
            values.extend(rows.into_iter().filter(|(seq, _)| wanted.contains(seq)));
        }
        Ok(values)
    }
}

fn steps(history: History, mut values: BTreeMap<u32, Value>) -> Vec<StepDetail> {
    let mut steps = Vec::with_capacity(history.steps.len() + 1);
    for Recorded {
        mut detail, value, ..
    } in history.steps
    {
        let recorded = value.and_then(|seq| values.remove(&seq));
        match &mut detail.kind {
            StepKind::Do { output: value, .. } | StepKind::WaitForEvent { payload: value, .. } => {
                *value = recorded;
            }
            StepKind::Sleep { .. } | StepKind::Termination => {}
        }
        steps.push(detail);
    }
    steps.extend(history.terminated_ms.map(|at_ms| StepDetail {
        name: String::new(),
        started_ms: at_ms,
        ended_ms: Some(at_ms),
        kind: StepKind::Termination,
    }));
    steps
}
