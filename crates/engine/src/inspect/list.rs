//! Lists and counts of instances.

use super::history;
use super::overlay::Overlay;
use super::{Filter, InstancePage, InstanceSummary, WorkflowSummary};
use crate::engine::{Engine, unreadable};
use crate::operations::{OperationError, Status};
use crate::registry::Live;
use std::sync::Arc;
use stepwell_core::ids::{InstanceNumber, ShardId, WorkflowId};
use stepwell_core::journal::Entry;
use stepwell_store::{InstanceHead, Listing, Phase, Span};

/// Journal entries among which the first step is looked for: before it can be pauses, a restart, crashes.
const FIRST_ENTRIES: usize = 8;

/// Most and fewest heads read at a time.
const PAGE: (usize, usize) = (64, 1024);

/// The lowest number of an instance that is created then.
fn first_of(ms: i64) -> InstanceNumber {
    // Numbers have 41 bits for the time.
    let last = InstanceNumber::EPOCH_MS + (1 << 41) - 1;
    InstanceNumber::new(ms.clamp(InstanceNumber::EPOCH_MS, last), 0, 0)
}

impl Filter {
    /// The numbers of the instances that were created then.
    fn span(&self) -> Span {
        let end = |until_ms: i64| first_of(until_ms.saturating_add(1));
        Span {
            first: self.created_from_ms.map_or(Span::ALL.first, first_of),
            last: self.created_until_ms.map_or(Span::ALL.last, |until_ms| {
                InstanceNumber(end(until_ms).0.saturating_sub(1))
            }),
        }
    }

    /// All that it lets through, and where their status is not that of their phase some more.
    pub(super) fn listing(&self, workflow: WorkflowId) -> Listing {
        let Span { first, last } = self.span();
        // Forwards the list begins after the last number before the span; backwards before the first one behind it.
        let (after, until) = if self.ascending {
            (first.0.checked_sub(1), last)
        } else {
            (last.0.checked_add(1), first)
        };
        Listing {
            phases: self.phases(),
            ascending: self.ascending,
            after: after.map(InstanceNumber),
            until: Some(until),
            ..Listing::all(workflow)
        }
    }

    /// The phases in which instances with the wanted status are.
    pub(super) fn phases(&self) -> Vec<Phase> {
        match self.status {
            None => Phase::ALL.to_vec(),
            // A run that waits stays in memory for a while.
            Some(Status::Waiting) => vec![Phase::Runnable, Phase::Waiting],
            Some(Status::Queued | Status::Running | Status::WaitingForPause) => vec![Phase::Runnable],
            Some(status) => Phase::ALL
                .into_iter()
                .filter(|phase| Status::of(*phase) == status)
                .collect(),
        }
    }
}

impl InstanceSummary {
    /// `started_ms` is what the head does not tell.
    pub(super) fn of(head: InstanceHead, status: Status, started_ms: Option<i64>) -> Self {
        Self {
            id: head.id,
            status,
            created_ms: head.created_ms,
            modified_ms: head.updated_ms,
            started_ms,
            // The phase of one that has ended has changed for the last time.
            ended_ms: head.phase.is_terminal().then_some(head.updated_ms),
            trigger: head.trigger,
            version: head.version,
        }
    }
}

impl Engine {
    pub(super) async fn summary(
        &self,
        id: WorkflowId,
        live: &Live,
        overlay: &Overlay,
    ) -> Result<WorkflowSummary, OperationError> {
        let newest = Listing {
            limit: 1,
            ..Listing::all(id)
        };
        let newest = self.shared.store.list(newest).await;
        let newest = newest.map_err(|error| unreadable(&error))?;
        Ok(WorkflowSummary {
            key: live.key.clone(),
            name: live.name.clone(),
            class_name: live
                .current()
                .map_or_else(|| "".into(), |current| current.class_name.clone()),
            script_name: live.script.clone(),
            triggered_ms: newest.first().map(|head| head.created_ms),
            counts: self.counts(id, overlay, Span::ALL).await?,
        })
    }

    pub(super) async fn summaries_of(
        &self,
        workflows: Vec<(WorkflowId, Arc<Live>)>,
    ) -> Result<Vec<WorkflowSummary>, OperationError> {
        let overlay = match &workflows[..] {
            [(only, _)] => Overlay::of(self, *only).await?,
            _ => Overlay::of_all(self).await?,
        };
        let mut summaries = Vec::with_capacity(workflows.len());
        for (id, live) in workflows {
            summaries.push(self.summary(id, &live, &overlay).await?);
        }
        Ok(summaries)
    }

    /// Summaries of instances with their status, in order.
    pub(super) async fn with_starts(
        &self,
        instances: Vec<(InstanceHead, Status)>,
        overlay: &Overlay,
    ) -> Result<Vec<InstanceSummary>, OperationError> {
        let of = instances.iter().map(|(head, _)| (head.shard, head.number));
        let of: Vec<(ShardId, InstanceNumber)> = of.collect();
        let mut first = self.first_entries(of.clone(), 1).await?;
        // Of nearly all, the first entry is of the first step.
        let is_late = |entries: &Vec<Entry>| {
            !entries.is_empty() && entries.iter().find_map(history::started_ms).is_none()
        };
        let late = (0..first.len()).filter(|place| is_late(&first[*place]));
        let late: Vec<usize> = late.collect();
        if !late.is_empty() {
            let of = late.iter().map(|place| of[*place]).collect();
            let more = self.first_entries(of, FIRST_ENTRIES).await?;
            for (place, entries) in late.into_iter().zip(more) {
                first[place] = entries;
            }
        }
        let summary = |((head, status), entries): (_, Vec<Entry>)| {
            let head: InstanceHead = head;
            let started_ms = entries.iter().find_map(history::started_ms);
            let started_ms = started_ms.or_else(|| overlay.live_since_ms(head.number));
            InstanceSummary::of(head, status, started_ms)
        };
        Ok(instances.into_iter().zip(first).map(summary).collect())
    }

    async fn first_entries(
        &self,
        of: Vec<(ShardId, InstanceNumber)>,
        limit: usize,
    ) -> Result<Vec<Vec<Entry>>, OperationError> {
        let first = self.shared.store.first_entries(of, limit).await;
        first.map_err(|error| unreadable(&error))
    }

    pub(crate) async fn counts(
        &self,
        workflow: WorkflowId,
        overlay: &Overlay,
        span: Span,
    ) -> Result<Vec<(Status, u64)>, OperationError> {
        let stored = self.shared.store.counts(workflow, span).await;
        let stored = stored.map_err(|error| unreadable(&error))?;
        Ok(overlay.counts(workflow, stored, span))
    }

    pub(super) async fn page(
        &self,
        workflow: WorkflowId,
        filter: Filter,
        skip: u64,
        limit: usize,
    ) -> Result<InstancePage, OperationError> {
        let overlay = Overlay::of(self, workflow).await?;
        let counts = self.counts(workflow, &overlay, filter.span()).await?;
        let wanted = |status| filter.status.is_none_or(|only| only == status);
        let counted = counts.into_iter().filter(|(status, _)| wanted(*status));
        let total: u64 = counted.map(|(_, count)| count).sum();
        let mut instances = Vec::new();
        let mut skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let mut listing = filter.listing(workflow);
        // Rows are passed over one by one, in pages: what a row's status is, the store alone cannot say.
        while instances.len() < limit && (skip as u64) < total {
            listing.limit = skip.saturating_add(limit).clamp(PAGE.0, PAGE.1);
            let heads = self.shared.store.list(listing.clone()).await;
            let heads = heads.map_err(|error| unreadable(&error))?;
            let Some(last) = heads.last() else { break };
            listing.after = Some(last.number);
            let matching = heads.into_iter().map(|head| (overlay.status(&head), head));
            for (status, head) in matching.filter(|(status, _)| wanted(*status)) {
                if skip > 0 {
                    skip -= 1;
                } else if instances.len() < limit {
                    instances.push((head, status));
                }
            }
        }
        let instances = self.with_starts(instances, &overlay).await?;
        Ok(InstancePage { instances, total })
    }

    /// Returns when what the shards have decided so far is durable.
    pub(crate) async fn settled(&self, workflow: WorkflowId) -> Result<(), OperationError> {
        Overlay::of(self, workflow).await.map(|_| ())
    }

    /// Deletes every instance that there is when it is called.
    pub(crate) async fn delete_every(&self, workflow: WorkflowId) -> Result<u64, OperationError> {
        let mut listing = Listing {
            limit: PAGE.1,
            ..Listing::all(workflow)
        };
        let mut deleted = 0;
        loop {
            let heads = self.shared.store.list(listing.clone()).await;
            let heads = heads.map_err(|error| unreadable(&error))?;
            let Some(last) = heads.last() else {
                return Ok(deleted);
            };
            listing.after = Some(last.number);
            let ids = heads.into_iter().map(|head| head.id).collect();
            for result in self.delete_all_of(workflow, ids).await {
                match result {
                    Ok(()) => deleted += 1,
                    Err(OperationError::Gone) => {} // somebody else was faster
                    Err(error) => return Err(error),
                }
            }
        }
    }
}
