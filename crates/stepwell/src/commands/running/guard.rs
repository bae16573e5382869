//! Sees to it that the state is still where it was.

use crate::printer::Printer;
use anyhow::anyhow;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked at.
const PERIOD: Duration = Duration::from_secs(1);

/// Ends the process when the database is deleted, moved or replaced while it runs: what is written into a file without a
/// name is lost with the process, so nothing more may be acknowledged. What is there when it is called is what must stay.
pub(crate) fn watch(data: PathBuf, printer: Arc<Printer>) {
    let database = data.join("stepwell.db");
    let ours = identity(&database);
    tokio::spawn(look(data, database, ours, printer));
}

async fn look(data: PathBuf, database: PathBuf, ours: Option<(u64, u64)>, printer: Arc<Printer>) {
    loop {
        tokio::time::sleep(PERIOD).await;
        if identity(&database) != ours {
            printer.error(&anyhow!(
                "the state in {} was deleted or replaced while it was in use; stopping at once\nhint: put it back if you have \
                 a copy; the next start makes a new one",
                data.display()
            ));
            crate::commands::dev::restore_terminal();
            std::process::exit(1);
        }
    }
}

fn identity(file: &Path) -> Option<(u64, u64)> {
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.dev(), metadata.ino()))
}
