//! What `stepwell workflows` takes: the names and flags of `wrangler workflows`, and a few more.

use super::place::PlaceArguments;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum WorkflowsCommand {
    /// List the Workflows
    List(ListArguments),
    /// Show a Workflow, which of its versions are live and how its instances are doing
    Describe(DescribeArguments),
    /// Start an instance
    #[command(after_help = "Example: stepwell workflows trigger orders '{\"item\":\"apple\"}' --id order-1")]
    Trigger(TriggerArguments),
    /// Have all instances go on in the live version, as on Cloudflare, or stay on the one that they started on
    FollowLatest(FollowLatestArguments),
    /// Delete a Workflow and its instances, never its Worker
    Delete(NameArguments),
    /// List the versions of a Workflow
    #[command(subcommand)]
    Versions(VersionsCommand),
    /// List, show and operate instances
    #[command(subcommand)]
    Instances(InstancesCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum VersionsCommand {
    /// List the versions of a Workflow, newest first: which are live, and which version of its Worker each runs on
    List(VersionsListArguments),
}

#[derive(Debug, Subcommand)]
pub(crate) enum InstancesCommand {
    /// List the instances of a Workflow, newest first
    List(InstancesListArguments),
    /// Show an instance: its steps, attempts, results and errors
    Describe(InstanceDescribeArguments),
    /// Send an event to an instance
    #[command(
        after_help = "Example: stepwell workflows instances send-event orders latest --type paid --payload '{\"by\":\"ada\"}'"
    )]
    SendEvent(SendEventArguments),
    /// Pause an instance before its next step
    Pause(InstanceArguments),
    /// Let a paused instance go on
    Resume(InstanceArguments),
    /// End an instance now
    Terminate(TerminateArguments),
    /// Start an instance again from its beginning, or from a step
    #[command(
        after_help = "Example: stepwell workflows instances restart orders order-1 --from-step-name charge"
    )]
    Restart(RestartArguments),
    /// Delete instances for good
    Delete(DeleteArguments),
    /// End all instances of a Workflow, in the background
    TerminateAll(TerminateAllArguments),
    /// Move instances to another version of their Workflow, if its code repeats what they did so far
    #[command(after_help = "Example: stepwell workflows instances migrate orders order-1 order-2")]
    Migrate(MigrateArguments),
}

/// How results are printed.
#[derive(Debug, Clone, Args)]
pub(crate) struct OutputArguments {
    /// Print JSON, as the API gives it
    #[arg(long)]
    pub(crate) json: bool,
}

/// Whether it is shown again and again.
#[derive(Debug, Clone, Args)]
pub(crate) struct WatchArguments {
    /// Show it again whenever it changes, until Ctrl-C or until there is nothing left to happen
    #[arg(short, long)]
    pub(crate) watch: bool,
    /// Seconds between two looks
    #[arg(long, value_name = "SECONDS", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) interval: u64,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ListArguments {
    /// Which page
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) page: u32,
    /// How many a page has, 1 to 100
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) per_page: Option<u32>,
    #[command(flatten)]
    pub(crate) watch: WatchArguments,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct NameArguments {
    /// The Workflow
    #[arg(value_name = "WORKFLOW")]
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct FollowLatestArguments {
    #[command(flatten)]
    pub(crate) workflow: NameArguments,
    /// They stay, from now on
    #[arg(long)]
    pub(crate) off: bool,
    /// Only say how it is, and change nothing
    #[arg(long, conflicts_with = "off")]
    pub(crate) status: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct VersionsListArguments {
    #[command(flatten)]
    pub(crate) workflow: NameArguments,
    /// Which page
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) page: u32,
    /// How many a page has, 1 to 100
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) per_page: Option<u32>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct DescribeArguments {
    #[command(flatten)]
    pub(crate) workflow: NameArguments,
    #[command(flatten)]
    pub(crate) watch: WatchArguments,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct TriggerArguments {
    #[command(flatten)]
    pub(crate) workflow: NameArguments,
    /// The payload, as JSON [default: {}]
    #[arg(value_name = "PARAMS")]
    pub(crate) params: Option<String>,
    /// The instance's id [default: a new UUID]
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<String>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct InstancesListArguments {
    #[command(flatten)]
    pub(crate) workflow: NameArguments,
    /// Oldest first
    #[arg(long)]
    pub(crate) reverse: bool,
    /// Only instances of this status
    #[arg(long, value_enum, value_name = "STATUS")]
    pub(crate) status: Option<Status>,
    /// Only instances created at or after this date (ISO 8601, 2026-01-01 or 2026-01-01T13:00:00Z)
    #[arg(long, value_name = "DATE")]
    pub(crate) date_start: Option<String>,
    /// Only instances created at or before this date; without a time, to the end of that day
    #[arg(long, value_name = "DATE")]
    pub(crate) date_end: Option<String>,
    /// Which page
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) page: u32,
    /// How many a page has, 1 to 100
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) per_page: Option<u32>,
    #[command(flatten)]
    pub(crate) watch: WatchArguments,
}

/// An instance's status, as the API spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "camelCase")]
pub(crate) enum Status {
    Queued,
    Running,
    Paused,
    Errored,
    Terminated,
    Complete,
    Waiting,
    WaitingForPause,
}

/// The statuses that `terminate-all` can be limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "camelCase")]
pub(crate) enum LiveStatus {
    Queued,
    Running,
    Paused,
    Waiting,
    WaitingForPause,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct InstanceArguments {
    /// The Workflow
    #[arg(value_name = "WORKFLOW")]
    pub(crate) name: String,
    /// The instance; `latest` is the newest one
    #[arg(value_name = "ID")]
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) output: OutputArguments,
    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct InstanceDescribeArguments {
    #[command(flatten)]
    pub(crate) workflow: NameArguments,
    /// The instance; `latest` is the newest one
    #[arg(value_name = "ID", default_value = "latest")]
    pub(crate) id: String,
    /// Draw the steps as bars over time
    #[arg(long)]
    pub(crate) timeline: bool,
    /// Whether results of steps are shown
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set, overrides_with = "no_step_output")]
    pub(crate) step_output: bool,
    /// Do not show results of steps
    #[arg(long, overrides_with = "step_output")]
    pub(crate) no_step_output: bool,
    /// Characters of a result that are shown
    #[arg(long, value_name = "N", default_value_t = 5000)]
    pub(crate) truncate_output_limit: usize,
    #[command(flatten)]
    pub(crate) watch: WatchArguments,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct SendEventArguments {
    #[command(flatten)]
    pub(crate) instance: InstanceArguments,
    /// The event's type
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: String,
    /// The event's payload, as JSON
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub(crate) payload: String,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct TerminateArguments {
    #[command(flatten)]
    pub(crate) instance: InstanceArguments,
    /// Run the rollbacks of the steps that completed
    #[arg(long)]
    pub(crate) rollback: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct RestartArguments {
    #[command(flatten)]
    pub(crate) instance: InstanceArguments,
    /// Begin with this step; what came before keeps its results
    #[arg(long, value_name = "NAME")]
    pub(crate) from_step_name: Option<String>,
    /// Which of several steps of that name, from 1
    #[arg(long, value_name = "N", requires = "from_step_name")]
    pub(crate) from_step_count: Option<u32>,
    /// Which kind of step it is
    #[arg(long, value_enum, value_name = "KIND", requires = "from_step_name")]
    pub(crate) from_step_type: Option<StepType>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "camelCase")]
pub(crate) enum StepType {
    Do,
    Sleep,
    WaitForEvent,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct DeleteArguments {
    #[command(flatten)]
    pub(crate) workflow: NameArguments,
    /// The instances, 100 at most
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<String>,
    /// A JSON file with an array of ids
    #[arg(long, value_name = "FILE", conflicts_with = "ids")]
    pub(crate) filename: Option<PathBuf>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct TerminateAllArguments {
    #[command(flatten)]
    pub(crate) workflow: NameArguments,
    /// Only instances of this status
    #[arg(long, value_enum, value_name = "STATUS")]
    pub(crate) status: Option<LiveStatus>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct MigrateArguments {
    #[command(flatten)]
    pub(crate) workflow: NameArguments,
    /// The instances [default: all that have not ended]
    #[arg(value_name = "ID")]
    pub(crate) ids: Vec<String>,
    /// The version of the Workflow to move to, as `stepwell workflows versions list` has it [default: the live one]
    #[arg(long, value_name = "UUID")]
    pub(crate) version_id: Option<String>,
}
