//! What `stepwell backup` takes.

use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Clone, Args)]
pub(crate) struct BackupArguments {
    /// Where the copy shall be: a directory that does not exist or is empty
    #[arg(value_name = "TO")]
    pub(crate) to: PathBuf,
    /// The data directory of the server, which may run
    #[arg(
        long,
        value_name = "DIR",
        env = "STEPWELL_DATA",
        default_value = "stepwell-data"
    )]
    pub(crate) data: PathBuf,
}
