//! From one state of a Worker to the next.

use super::workers::Worker;
use super::{Inner, address, objects, published};
use std::sync::Arc;
use stepwell_control::WorkerState;
use stepwell_runtime::{Live, LiveObjects, Share};

/// Reads and starts the versions that will be live.
pub(super) async fn prepare(machine: &Inner, worker: &Worker, state: &WorkerState) -> anyhow::Result<()> {
    for share in &state.shares {
        let version = worker.load(machine, state, &share.version_id).await?;
        version.front().start().await?;
    }
    Ok(())
}

/// Forgets what was prepared.
pub(super) async fn abandon(worker: &Worker) {
    worker.forget_plans().await;
}

/// Makes it so. Returns the ids of the file operations that are done.
pub(super) async fn apply(machine: &Arc<Inner>, worker: &Worker, state: &WorkerState) -> Vec<String> {
    let live = match live(machine, worker, state).await {
        Ok(live) => live,
        Err(error) => {
            tracing::error!("the code of {} cannot be read: {error:#}", state.engine_key());
            return Vec::new();
        }
    };
    let listed = address::listed(state, &live);
    let moves = &state.object_moves;
    let operations = moves
        .iter()
        .map(|wanted| objects::operation(&machine.ground, wanted));
    let done = match worker.deployed.set_live(live, operations.collect()).await {
        Ok(()) => moves.iter().map(|wanted| wanted.id.clone()).collect(),
        Err(error) => {
            tracing::error!("{} is not as it was deployed: {error}", state.engine_key());
            Vec::new()
        }
    };
    machine.addresses.put(listed);
    if let Err(error) = machine
        .engine
        .publish(&state.engine_key(), published::of(machine, state))
        .await
    {
        tracing::error!("the Workflows of {} cannot run: {error}", state.engine_key());
    }
    done
}

async fn live(machine: &Inner, worker: &Worker, state: &WorkerState) -> anyhow::Result<Live> {
    let mut shares = Vec::with_capacity(state.shares.len());
    for share in &state.shares {
        shares.push(Share {
            version: worker.load(machine, state, &share.version_id).await?,
            percent: share.percentage,
        });
    }
    let objects = match objects::code_of(state) {
        Some(version) if !state.namespaces.is_empty() => Some(LiveObjects {
            version: worker.load(machine, state, &version.facts.id).await?,
            classes: objects::classes(&state.namespaces),
        }),
        _ => None,
    };
    Ok(Live { shares, objects })
}
