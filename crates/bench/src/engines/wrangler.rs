//! wrangler, installed with npm.

use anyhow::{Result, anyhow};
use std::path::PathBuf;

/// The last version that runs on Node.js 20.
pub(crate) const VERSION: &str = "4.86.0";

const PACKAGE: &str = include_str!("../../../../tests/wrangler/4.86.0/package.json");
const LOCK: &str = include_str!("../../../../tests/wrangler/4.86.0/package-lock.json");

/// Installs it if it is not there yet, and returns the script that starts it.
pub(crate) fn install() -> Result<PathBuf> {
    let home =
        stepwell_e2e::npm::install(&format!("wrangler-{VERSION}"), PACKAGE, LOCK).map_err(|error| {
            anyhow!("{error}\nhint: leave the comparison with wrangler out with --engines stepwell,workerd")
        })?;
    Ok(home.join("node_modules/wrangler/bin/wrangler.js"))
}
