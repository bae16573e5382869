//! What `stepwell deploy` takes.

use super::place::ServerArguments;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Clone, Args)]
pub(crate) struct DeployArguments {
    /// The project's directory
    #[arg(default_value = ".", value_name = "DIR")]
    pub(crate) directory: PathBuf,
    /// The wrangler configuration, if it is not in DIR
    #[arg(short, long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The named environment of the configuration
    #[arg(short, long = "env", value_name = "NAME", env = "CLOUDFLARE_ENV")]
    pub(crate) environment: Option<String>,
    /// The Worker's name, instead of the configuration's
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Bundle and check everything, and deploy nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// First replay the journals of all live instances on the new code, and deploy only if it goes on with each of them
    #[arg(long)]
    pub(crate) check: bool,
    /// Stop where this deployment takes Workflows from another Worker and nobody can be asked
    #[arg(long)]
    pub(crate) strict: bool,
    /// What this deployment is about; shown in lists
    #[arg(long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
    /// A tag of this version, such as a commit
    #[arg(long, value_name = "TEXT")]
    pub(crate) tag: Option<String>,
    /// A variable on `env`; several times for several
    #[arg(long, value_name = "KEY:VALUE")]
    pub(crate) var: Vec<String>,
    /// Deploy although bindings of kinds that are not supported will be missing on `env`
    #[arg(long)]
    pub(crate) allow_unsupported: bool,
    /// Minify the code
    #[arg(long)]
    pub(crate) minify: bool,
    /// Print one JSON object instead of lines
    #[arg(long)]
    pub(crate) json: bool,
    /// The esbuild program [default: node_modules, PATH, Stepwell's cache, else fetched]
    #[arg(long, value_name = "FILE", env = "STEPWELL_ESBUILD")]
    pub(crate) esbuild: Option<PathBuf>,
    /// Fetch no programs from the network
    #[arg(long)]
    pub(crate) offline: bool,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}
