//! What `stepwell tail` takes.

use super::place::ServerArguments;
use clap::{Args, ValueEnum};

#[derive(Debug, Clone, Args)]
pub(crate) struct TailArguments {
    /// The Worker
    #[arg(value_name = "SCRIPT")]
    pub(crate) script: String,
    /// Lines for people, or one JSON object for each event
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<TailFormat>,
    /// Only events that ended so; several times for several
    #[arg(long, value_enum, value_name = "STATUS")]
    pub(crate) status: Vec<TailStatus>,
    /// Only requests with this method; several times for several
    #[arg(long, value_name = "METHOD")]
    pub(crate) method: Vec<String>,
    /// Only requests with this header, as NAME or as NAME:TEXT that its value has in it
    #[arg(long, value_name = "HEADER")]
    pub(crate) header: Option<String>,
    /// Only requests of this client, by its address; `self` is your own; several times for several
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) ip: Vec<String>,
    /// Only events with a log line that has this text
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// The share of events, from 0 to 1
    #[arg(long, value_name = "SHARE")]
    pub(crate) sampling_rate: Option<f64>,
    /// Only events of this version
    #[arg(long, value_name = "UUID")]
    pub(crate) version_id: Option<String>,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TailFormat {
    Pretty,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TailStatus {
    Ok,
    Error,
    Canceled,
}
