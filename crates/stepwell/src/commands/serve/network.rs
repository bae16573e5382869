//! What Workers may reach.

use crate::arguments::ServeArguments;
use anyhow::Context as _;
use stepwell_runtime::{Cidr, Outbound, OutboundPolicy};

/// What the options say.
pub(super) fn outbound(arguments: &ServeArguments) -> anyhow::Result<Outbound> {
    let blocks = arguments.allow_network.iter();
    let allowed: Result<Vec<Cidr>, _> = blocks.map(|block| block.trim().parse()).collect();
    Ok(Outbound::Guarded(OutboundPolicy {
        allowed: allowed.context("--allow-network")?,
        private_networks: arguments.allow_private_network,
    }))
}
