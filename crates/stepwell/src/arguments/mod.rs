//! What can be typed.

mod account;
mod backup;
mod deploy;
mod dev;
mod place;
mod serve;
mod shell;
mod tail;
mod token;
mod workflows;

pub(crate) use account::*;
pub(crate) use backup::BackupArguments;
pub(crate) use deploy::DeployArguments;
pub(crate) use dev::{DevArguments, OverrideArguments, ProjectArguments, Protocol};
pub(crate) use place::{PlaceArguments, ServerArguments};
pub(crate) use serve::ServeArguments;
pub(crate) use shell::{CompletionsArguments, ManArguments, Shell};
pub(crate) use tail::{TailArguments, TailFormat, TailStatus};
pub(crate) use token::*;
pub(crate) use workflows::*;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Cloudflare Workflows on your own machines.
#[derive(Debug, Parser)]
#[command(name = "stepwell", version, styles = STYLES, propagate_version = true)]
#[command(
    after_help = "Start with: stepwell dev DIR    (DIR holds a wrangler.jsonc, wrangler.json or wrangler.toml)\n       or: stepwell init DIR   (makes such a project)"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) log: LogArguments,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How the log looks. Logs go to stderr.
#[derive(Debug, Clone, Args)]
pub(crate) struct LogArguments {
    /// How much is logged
    #[arg(long, global = true, value_enum, default_value_t = LogLevel::Info, env = "STEPWELL_LOG_LEVEL")]
    pub(crate) log_level: LogLevel,
    /// For people or for programs (one JSON object a line)
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Human, env = "STEPWELL_LOG_FORMAT")]
    pub(crate) log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    /// Nothing
    None,
    /// What went wrong
    Error,
    /// And what may go wrong: retries, warnings
    Warn,
    /// And a line per request, start and end of an instance. Wrangler has two names for it
    #[value(alias = "log")]
    Info,
    /// And every step
    Debug,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Human,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a wrangler project on this machine, durably, and reload it when it changes
    Dev(Box<DevArguments>),
    /// Run the server that wrangler, the SDKs and `stepwell deploy` deploy to
    Serve(Box<ServeArguments>),
    /// Bundle a wrangler project and deploy it to a server
    #[command(
        after_help = "Example: CLOUDFLARE_API_BASE_URL=https://workers.example:8788 CLOUDFLARE_API_TOKEN=… stepwell deploy --env staging"
    )]
    Deploy(Box<DeployArguments>),
    /// List, show and operate Workflows and their instances
    #[command(subcommand)]
    Workflows(WorkflowsCommand),
    /// Say why an instance is not moving, and the one command that helps
    Why(InstanceArguments),
    /// Show what a Worker logs, as it happens
    Tail(TailArguments),
    /// Make, list and delete the accounts of a server
    #[command(subcommand)]
    Account(AccountCommand),
    /// Make, list and revoke API tokens of a server
    #[command(subcommand)]
    Token(TokenCommand),
    /// Copy the data of a server, which may run, into a directory that a server can start from
    Backup(BackupArguments),
    /// Write a small Workflow project that runs at once: TypeScript, types, a test
    Init(InitArguments),
    /// Check what Stepwell needs: workerd, esbuild, the data directory, the ports
    Doctor(DoctorArguments),
    /// Print a script that completes commands in a shell
    Completions(CompletionsArguments),
    /// Print the manual page, or write all of them
    Man(ManArguments),
}

#[derive(Debug, Clone, Args)]
pub(crate) struct InitArguments {
    /// Where to write it; made if it is missing
    #[arg(default_value = ".", value_name = "DIR")]
    pub(crate) directory: PathBuf,
    /// The Worker's name [default: the directory's]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct DoctorArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    /// Print one JSON object instead of a list
    #[arg(long)]
    pub(crate) json: bool,
}
