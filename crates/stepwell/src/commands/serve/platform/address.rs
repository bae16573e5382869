//! Where a Worker is reached on the Worker port.

use super::change::LiveVersion;
use super::script::key;
use std::sync::Arc;
use stepwell_api::ingress::{Destination, Host, Listed, Pattern, Version};
use stepwell_control::WorkerState;

/// The Worker as the port should know it.
pub(super) fn listed(state: &WorkerState, shares: &[LiveVersion]) -> Listed {
    let versions = shares.iter().map(|share| Version {
        id: share.id.as_str().into(),
        weight: share.percentage,
        front: share.loaded.front.clone(),
        assets: share.loaded.assets.as_ref().map(|assets| assets.sites.clone()),
    });
    let destination = Destination {
        name: key(&state.account, &state.name).into(),
        versions: versions.collect(),
        ..Destination::default()
    };
    let (custom, routes): (Vec<_>, Vec<_>) = state.routes.iter().partition(|route| route.custom_domain);
    Listed {
        account: state.account.clone(),
        script: state.name.clone(),
        has_own_host: state.subdomain.enabled,
        custom_hosts: custom
            .iter()
            .filter_map(|route| Host::parse(&route.pattern))
            .collect(),
        routes: routes
            .iter()
            .filter_map(|route| route.pattern.parse::<Pattern>().ok())
            .collect(),
        destination: Arc::new(destination),
    }
}
