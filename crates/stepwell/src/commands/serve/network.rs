//! What Workers may reach.

use crate::arguments::ServeArguments;
use stepwell_runtime::Outbound;

/// What the options say.
pub(super) fn outbound(_arguments: &ServeArguments) -> anyhow::Result<Outbound> {
    Ok(Outbound::Public)
}
