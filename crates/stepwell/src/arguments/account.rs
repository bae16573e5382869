//! What `stepwell account` takes.

use super::place::ServerArguments;
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Make an account; `stepwell token create --account ID` makes its tokens
    Create(AccountCreateArguments),
    /// List the accounts of a server
    List(AccountListArguments),
    /// Delete an account that has nothing but tokens
    Delete(AccountDeleteArguments),
}

#[derive(Debug, Clone, Args)]
pub(crate) struct AccountCreateArguments {
    /// What its Workers' hosts and clients call it: lower-case letters, digits, "-" and "_"
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// What people call it [default: the id]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Print JSON, as the API gives it
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: AccountPlaceArguments,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct AccountListArguments {
    /// Print JSON, as the API gives it
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: AccountPlaceArguments,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct AccountDeleteArguments {
    /// The account
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    /// With its Workers, Workflows, instances, objects and queues, for ever
    #[arg(long, conflicts_with = "data")]
    pub(crate) force: bool,
    /// Print JSON, as the API gives it
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: AccountPlaceArguments,
}

/// Whose accounts. A server asks for an admin token of its account `default`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AccountPlaceArguments {
    /// The data directory of a `stepwell serve` that is not running, instead of asking one that is
    #[arg(long, value_name = "DIR", help_heading = "Where")]
    pub(crate) data: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}
