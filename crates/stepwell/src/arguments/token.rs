//! What `stepwell token` takes.

use super::place::ServerArguments;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make an API token; its text is shown once
    Create(TokenCreateArguments),
    /// List the account's tokens
    List(TokenListArguments),
    /// Make a token invalid, at once
    Revoke(TokenRevokeArguments),
}

/// What a token may do; each scope may what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TokenScope {
    /// Look at everything
    Read,
    /// Operate instances: create, pause, terminate, send events
    Write,
    /// Deploy Workers and Workflows, set secrets
    Deploy,
    /// Make and revoke tokens
    Admin,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct TokenCreateArguments {
    /// What it is for, shown in lists
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// What it may do
    #[arg(long, value_enum, value_name = "SCOPE", default_value_t = TokenScope::Deploy)]
    pub(crate) scope: TokenScope,
    /// Print JSON, as the API gives it
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: TokenPlaceArguments,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct TokenListArguments {
    /// Print JSON, as the API gives it
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: TokenPlaceArguments,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct TokenRevokeArguments {
    /// The token's id, as `stepwell token list` shows it
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// Print JSON, as the API gives it
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: TokenPlaceArguments,
}

/// Whose tokens.
#[derive(Debug, Clone, Args)]
pub(crate) struct TokenPlaceArguments {
    /// The data directory of a `stepwell serve` that is not running, instead of asking one that is
    #[arg(long, value_name = "DIR", help_heading = "Where")]
    pub(crate) data: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}
