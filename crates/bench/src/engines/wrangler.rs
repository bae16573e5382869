//! wrangler, installed with npm into a directory of the benchmark's own.

use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The last version that runs on Node.js 20.
pub(crate) const VERSION: &str = "4.86.0";

const PACKAGE: &str = include_str!("../../../../bench/wrangler/package.json");
const LOCK: &str = include_str!("../../../../bench/wrangler/package-lock.json");

/// Installs it if it is not there yet, and returns the script that starts it.
pub(crate) fn install(cache: &Path) -> Result<PathBuf> {
    let home = cache.join("bench").join(format!("wrangler-{VERSION}"));
    let script = home.join("node_modules/wrangler/bin/wrangler.js");
    // npm's own note that an installation is complete.
    if script.exists() && home.join("node_modules/.package-lock.json").exists() {
        return Ok(script);
    }
    fs::create_dir_all(&home)?;
    fs::write(home.join("package.json"), PACKAGE)?;
    fs::write(home.join("package-lock.json"), LOCK)?;
    eprintln!("installing wrangler {VERSION} (once)");
    let output = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&home)
        .output()
        .context("cannot start npm, which the comparison with wrangler needs (leave it out with --engines stepwell,workerd)")?;
    ensure!(
        output.status.success(),
        "npm could not install wrangler {VERSION} (leave it out with --engines stepwell,workerd): {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(script)
}
