//! Pages of instances at the same cost wherever they are and however many there are.
//!
//! What a phase tells is read from the store's index by phase. `running` and `waitingForPause` are not in the store: the
//! shards say who is, never more than may run at once, and their heads are looked up. `queued` is phase `Runnable` without
//! those: so many rows are read over at most. `waiting` is both: phase `Waiting`, and runs that wait in memory.

use super::overlay::Overlay;
use super::{Filter, Listed};
use crate::engine::{Engine, unreadable};
use crate::operations::{OperationError, Status};
use stepwell_core::ids::{InstanceNumber, WorkflowId};
use stepwell_store::{InstanceHead, Listing, Phase};

/// Most heads read at a time.
const HEADS_MAX: usize = 1024;

impl Engine {
    pub(crate) async fn listed(
        &self,
        workflow: WorkflowId,
        filter: Filter,
        after: Option<InstanceNumber>,
        limit: usize,
    ) -> Result<Listed, OperationError> {
        let listing = listing(workflow, filter, after);
        let (mut heads, overlay) = match filter.status {
            None => self.of_any_status(listing, limit + 1).await?,
            Some(status @ (Status::Running | Status::WaitingForPause)) => {
                let overlay = Overlay::of(self, workflow).await?;
                let heads = self.live(&overlay, status, &listing, limit + 1).await?;
                (heads, overlay)
            }
            Some(Status::Waiting) => {
                let overlay = Overlay::of(self, workflow).await?;
                let mut heads = self.live(&overlay, Status::Waiting, &listing, limit + 1).await?;
                heads.extend(self.read(listing, limit + 1).await?);
                (heads, overlay)
            }
            Some(Status::Queued) => {
                let overlay = Overlay::of(self, workflow).await?;
                let heads = self.queued(&overlay, listing, limit + 1).await?;
                (heads, overlay)
            }
            Some(_) => (self.read(listing, limit + 1).await?, Overlay::none()),
        };
        sort(&mut heads, filter.ascending);
        // One that fell asleep meanwhile is found in both places.
        heads.dedup_by_key(|head| head.number);
        let next = (heads.len() > limit).then(|| heads[limit - 1].number);
        heads.truncate(limit);
        let shown = heads.into_iter().map(|head| (overlay.status(&head), head));
        let shown = shown.filter(|(status, _)| filter.status.is_none_or(|only| only == *status));
        let shown = shown.map(|(status, head)| (head, status)).collect();
        Ok(Listed {
            instances: self.with_starts(shown, &overlay).await?,
            next,
        })
    }

    /// Those that may be live are read once more after the shards have said what they know, so that what is read is not
    /// older: one that stops running meanwhile would else look as if it were queued.
    async fn of_any_status(
        &self,
        listing: Listing,
        limit: usize,
    ) -> Result<(Vec<InstanceHead>, Overlay), OperationError> {
        let heads = self.read(listing, limit).await?;
        let (runnable, mut heads): (Vec<_>, Vec<_>) =
            heads.into_iter().partition(|head| head.phase == Phase::Runnable);
        let of: Vec<_> = runnable.iter().map(|head| (head.shard, head.number)).collect();
        let overlay = Overlay::of_these(self, &of).await?;
        let again = self.shared.store.heads(of).await;
        heads.extend(again.map_err(|error| unreadable(&error))?);
        Ok((heads, overlay))
    }

    async fn read(&self, mut listing: Listing, limit: usize) -> Result<Vec<InstanceHead>, OperationError> {
        listing.limit = limit;
        let heads = self.shared.store.list(listing).await;
        heads.map_err(|error| unreadable(&error))
    }

    /// The first that have a status that only the shards know.
    async fn live(
        &self,
        overlay: &Overlay,
        status: Status,
        listing: &Listing,
        limit: usize,
    ) -> Result<Vec<InstanceHead>, OperationError> {
        let mut of: Vec<_> = overlay
            .with(status)
            .filter(|(_, number)| listing.reaches(*number))
            .collect();
        of.sort_unstable_by_key(|(_, number)| *number);
        if !listing.ascending {
            of.reverse();
        }
        of.truncate(limit);
        let heads = self.shared.store.heads(of).await;
        heads.map_err(|error| unreadable(&error))
    }

    /// The first that are runnable and of which no shard says more.
    async fn queued(
        &self,
        overlay: &Overlay,
        mut listing: Listing,
        limit: usize,
    ) -> Result<Vec<InstanceHead>, OperationError> {
        let mut queued = Vec::new();
        let page = limit.saturating_add(overlay.len()).min(HEADS_MAX);
        while queued.len() < limit {
            let heads = self.read(listing.clone(), page).await?;
            let Some(last) = heads.last() else { break };
            listing.after = Some(last.number);
            let all = heads.into_iter();
            queued.extend(all.filter(|head| overlay.status(head) == Status::Queued));
        }
        Ok(queued)
    }
}

fn listing(workflow: WorkflowId, filter: Filter, after: Option<InstanceNumber>) -> Listing {
    let phases = match filter.status {
        None => Phase::ALL.to_vec(),
        // Those that wait in memory are asked for.
        Some(Status::Waiting) => vec![Phase::Waiting],
        Some(_) => filter.phases(),
    };
    let whole = filter.listing(workflow);
    let after = match (after, whole.after) {
        (Some(after), Some(begin)) if filter.ascending => Some(after.max(begin)),
        (Some(after), Some(begin)) => Some(after.min(begin)),
        (after, begin) => after.or(begin),
    };
    Listing {
        phases,
        after,
        ..whole
    }
}

fn sort(heads: &mut [InstanceHead], ascending: bool) {
    heads.sort_unstable_by_key(|head| head.number);
    if !ascending {
        heads.reverse();
    }
}
