//! What Workers may reach, and how strangers reach them.

use crate::arguments::ServeArguments;
use anyhow::Context as _;
use std::time::Duration;
use stepwell_api::ingress::{Network, Production};
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

/// How strangers are served.
pub(super) fn production(arguments: &ServeArguments) -> anyhow::Result<Production> {
    let network = |text: &String| {
        text.parse::<Network>()
            .with_context(|| format!("--trusted-proxy {text}: it is no network, such as 10.1.0.0/16"))
    };
    let client_timeout = Duration::from_secs(u64::from(arguments.client_timeout));
    Ok(Production {
        trusted_proxies: arguments
            .trusted_proxy
            .iter()
            .map(network)
            .collect::<anyhow::Result<_>>()?,
        body_bytes_max: u64::from(arguments.body_max_mb) * 1024 * 1024,
        head_timeout: client_timeout,
        upload_idle: client_timeout,
        ..Production::default()
    })
}
