//! Lists and counts of instances.

use super::overlay::Overlay;
use super::{Filter, InstancePage, InstanceSummary, WorkflowSummary};
use crate::engine::{Engine, unreadable};
use crate::operations::{OperationError, Status};
use crate::registry::Live;
use stepwell_core::ids::WorkflowId;
use stepwell_store::{Created, InstanceHead, Listing, Phase};

/// Most and fewest heads read at a time.
const PAGE: (usize, usize) = (64, 1024);

impl Filter {
    fn created(&self) -> Created {
        Created {
            from_ms: self.created_from_ms.unwrap_or(i64::MIN),
            until_ms: self.created_until_ms.unwrap_or(i64::MAX),
        }
    }

    /// The phases in which instances with the wanted status are.
    fn phases(&self) -> Vec<Phase> {
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
    pub(super) fn of(head: InstanceHead, status: Status) -> Self {
        Self {
            id: head.id,
            status,
            created_ms: head.created_ms,
            modified_ms: head.updated_ms,
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
    ) -> Result<WorkflowSummary, OperationError> {
        let overlay = Overlay::of(self, id).await?;
        Ok(WorkflowSummary {
            key: live.key.clone(),
            name: live.name.clone(),
            class_name: live
                .newest()
                .map_or_else(|| "".into(), |newest| newest.class_name.clone()),
            script_name: live.script.clone(),
            counts: self.counts(id, &overlay, Created::EVER).await?,
        })
    }

    async fn counts(
        &self,
        workflow: WorkflowId,
        overlay: &Overlay,
        created: Created,
    ) -> Result<Vec<(Status, u64)>, OperationError> {
        let stored = self.shared.store.counts(workflow, created).await;
        Ok(overlay.counts(stored.map_err(|error| unreadable(&error))?, created))
    }

    pub(super) async fn page(
        &self,
        workflow: WorkflowId,
        filter: Filter,
        skip: u64,
        limit: usize,
    ) -> Result<InstancePage, OperationError> {
        let overlay = Overlay::of(self, workflow).await?;
        let counts = self.counts(workflow, &overlay, filter.created()).await?;
        let wanted = |status| filter.status.is_none_or(|only| only == status);
        let counted = counts.into_iter().filter(|(status, _)| wanted(*status));
        let total: u64 = counted.map(|(_, count)| count).sum();
        let mut instances = Vec::new();
        let mut skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let mut listing = Listing {
            phases: filter.phases(),
            created: filter.created(),
            ascending: filter.ascending,
            ..Listing::all(workflow)
        };
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
                    instances.push(InstanceSummary::of(head, status));
                }
            }
        }
        Ok(InstancePage { instances, total })
    }

    /// Deletes every instance that there is when it is called.
    pub(super) async fn delete_every(&self, workflow: WorkflowId) -> Result<u64, OperationError> {
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
