//! Finds the programs, or builds and fetches them.

use super::wrangler;
use crate::arguments::{Arguments, Engine};
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use stepwell_project::toolchain::{Locate, Tool, cache_dir, locate};

/// Where the programs are.
#[derive(Debug, Clone)]
pub(crate) struct Tools {
    pub(crate) stepwell: PathBuf,
    pub(crate) stepwell_arguments: Vec<String>,
    pub(crate) workerd: PathBuf,
    pub(crate) esbuild: PathBuf,
    pub(crate) wrangler: PathBuf,
    /// Name and version of each, for the report.
    pub(crate) versions: Vec<(String, String)>,
}

impl Tools {
    /// Everything that the engines of `arguments` need.
    pub(crate) fn find(arguments: &Arguments) -> Result<Self> {
        let engines = arguments.engines();
        let request = Locate::new(std::env::temp_dir(), cache_dir());
        let workerd = locate(Tool::Workerd, &request)?;
        let esbuild = locate(Tool::Esbuild, &request)?;
        let mut versions = vec![
            ("workerd".to_owned(), workerd.version),
            ("esbuild".to_owned(), esbuild.version),
        ];
        let stepwell = if engines.contains(&Engine::Stepwell) {
            let path = match &arguments.stepwell {
                Some(given) => std::path::absolute(given)?,
                None => build()?,
            };
            versions.insert(0, ("stepwell".to_owned(), printed_version(&path)?));
            path
        } else {
            PathBuf::new()
        };
        let wrangler = if engines.contains(&Engine::Wrangler) {
            versions.push(("wrangler".to_owned(), wrangler::VERSION.to_owned()));
            versions.push(("node".to_owned(), printed_version(Path::new("node"))?));
            wrangler::install()?
        } else {
            PathBuf::new()
        };
        Ok(Self {
            stepwell,
            stepwell_arguments: arguments.dev.split_whitespace().map(str::to_owned).collect(),
            workerd: workerd.path,
            esbuild: esbuild.path,
            wrangler,
            versions,
        })
    }
}

/// Builds the release binary of this workspace; does nothing if it is up to date.
fn build() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");
    let output = Command::new(cargo)
        .args([
            "build",
            "--release",
            "-p",
            "stepwell",
            "--message-format=json-render-diagnostics",
            "--manifest-path",
        ])
        .arg(manifest)
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    ensure!(output.status.success(), "cargo build -p stepwell failed");
    // Where the program lies depends on the user's settings, so cargo has to say it.
    let messages = String::from_utf8_lossy(&output.stdout);
    let path = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == "stepwell")
        .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
        .next_back();
    path.context("cargo did not say where it put the stepwell program")
}

fn printed_version(program: &Path) -> Result<String> {
    let output = Command::new(program)
        .arg("--version")
        .output()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(text.trim_start_matches("stepwell ").to_owned())
}
