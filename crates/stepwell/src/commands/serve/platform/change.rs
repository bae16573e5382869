//! From one state of a Worker to the next.

use super::workers::{Loaded, Worker};
use super::{Inner, address, objects, published};
use std::sync::Arc;
use stepwell_control::{Applied, WorkerState};
use stepwell_runtime::{Live, Share};

/// Reads and starts the versions that will be live.
pub(super) async fn prepare(machine: &Inner, worker: &Worker, state: &WorkerState) -> anyhow::Result<()> {
    for share in &state.shares {
        let version = worker.load(machine, state, &share.version_id).await?;
        version.version.front().start().await?;
    }
    Ok(())
}

/// Makes it so, as far as that works.
pub(super) async fn apply(machine: &Arc<Inner>, worker: &Worker, state: &WorkerState) -> Applied {
    let mut applied = Applied::default();
    let shares = match shares(machine, worker, state).await {
        Ok(shares) => shares,
        Err(error) => {
            applied.trouble = Some(format!("its code cannot be read: {error:#}"));
            return applied;
        }
    };
    let live = Live {
        objects: objects::live(state, &shares),
        shares: shares.iter().map(LiveVersion::share).collect(),
    };
    // Before the runtime is told: fronts of versions that are live no longer take nothing new from then on.
    machine.addresses.put(address::listed(state, &shares));
    let moves = &state.object_moves;
    let operations = moves
        .iter()
        .map(|wanted| objects::operation(&machine.ground, wanted));
    match worker.deployed.set_live(live, operations.collect()).await {
        Ok(()) => applied.moved = moves.iter().map(|wanted| wanted.id.clone()).collect(),
        Err(error) => applied.trouble = Some(error.to_string()),
    }
    let published = published::of(machine, state);
    if let Err(error) = machine.engine.publish(&state.engine_key(), published).await {
        let trouble = format!("its Workflows cannot run: {error}");
        applied.trouble.get_or_insert(trouble);
    }
    applied
}

/// A version that gets a part of the traffic.
pub(super) struct LiveVersion {
    pub(super) id: String,
    pub(super) loaded: Arc<Loaded>,
    pub(super) percentage: f64,
}

impl LiveVersion {
    fn share(&self) -> Share {
        Share {
            version: self.loaded.version.clone(),
            percent: self.percentage,
        }
    }
}

async fn shares(machine: &Inner, worker: &Worker, state: &WorkerState) -> anyhow::Result<Vec<LiveVersion>> {
    let mut shares = Vec::with_capacity(state.shares.len());
    for share in &state.shares {
        shares.push(LiveVersion {
            id: share.version_id.clone(),
            loaded: worker.load(machine, state, &share.version_id).await?,
            percentage: share.percentage,
        });
    }
    Ok(shares)
}
