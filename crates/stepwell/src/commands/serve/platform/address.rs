//! Where a Worker is reached on the Worker port.

use super::front::OnPort;
use super::script::key;
use std::sync::Arc;
use stepwell_api::ingress::{Destination, Host, Listed, Pattern, Version};
use stepwell_control::WorkerState;
use stepwell_runtime::Live;

/// The Worker as the port should know it.
pub(super) fn listed(state: &WorkerState, live: &Live) -> Listed {
    let versions = live.shares.iter().map(|share| Version {
        weight: share.percent,
        front: Arc::new(OnPort::of(share.version.front().clone())),
        assets: None,
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
