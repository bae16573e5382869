//! `stepwell backup`: a copy of a server's data while it runs.

use super::offline::{CATALOGUE, STORE, damage};
use crate::arguments::BackupArguments;
use crate::printer::{self, Printer};
use anyhow::{Context as _, bail};
use std::fs::{self, DirBuilder, File};
use std::io::Read as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::process::ExitCode;
use stepwell_store::StoreError;
use stepwell_store_sqlite::copy_database;

/// How every SQLite database begins.
const SQLITE: &[u8] = b"SQLite format 3\0";

pub(crate) fn run(arguments: &BackupArguments, printer: &Printer) -> anyhow::Result<ExitCode> {
    let (from, to) = (arguments.data.as_path(), arguments.to.as_path());
    for file in [STORE, CATALOGUE] {
        if !from.join(file).is_file() {
            bail!(
                "{} is not the data directory of a server: there is no {file} in it\nhint: --data DIR names it",
                from.display()
            );
        }
    }
    // What is copied is for nobody else on this machine.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    make(to)?;
    // In this order: an instance must find its version and its objects, and those that came later do no harm.
    database(from, to, STORE)?;
    let objects = tree(&from.join("objects"), &to.join("objects"))?;
    database(from, to, CATALOGUE)?;
    sync(to)?;
    printer::data(&format!(
        "Copied {} to {}: {STORE}, {CATALOGUE}, {objects} files of Durable Objects",
        from.display(),
        to.display()
    ));
    printer.note(
        "Not in it: the key of the secrets (secrets.key, or --secrets-key-file). Keep a copy of it elsewhere",
    );
    Ok(ExitCode::SUCCESS)
}

/// Makes the directory, or takes an empty one.
fn make(to: &Path) -> anyhow::Result<()> {
    let builder = || {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder
    };
    builder()
        .create(to)
        .with_context(|| format!("cannot make {}", to.display()))?;
    let mut entries = fs::read_dir(to).with_context(|| format!("cannot read {}", to.display()))?;
    if entries.next().is_some() {
        bail!(
            "{} is not empty\nhint: name a directory that does not exist, such as {0}-2",
            to.display()
        );
    }
    Ok(())
}

fn database(from: &Path, to: &Path, file: &str) -> anyhow::Result<()> {
    copy_database(&from.join(file), &to.join(file)).map_err(|error| damage(error, from, file))
}

/// Copies what is below a directory, databases as databases. Returns how many files that were.
fn tree(from: &Path, to: &Path) -> anyhow::Result<usize> {
    let entries = match fs::read_dir(from) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        entries => entries.with_context(|| format!("cannot read {}", from.display()))?,
    };
    DirBuilder::new()
        .mode(0o700)
        .create(to)
        .with_context(|| format!("cannot make {}", to.display()))?;
    let mut count = 0;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", from.display()))?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            count += tree(&path, &target)?;
        } else if is_log(&path) {
            // Its contents are in the copy of its database.
        } else {
            // Objects that end meanwhile may take their files along.
            match file(&path, &target) {
                Err(error) if !path.exists() => tracing::debug!("{}: {error:#}", path.display()),
                copied => {
                    copied.with_context(|| format!("cannot copy {}", path.display()))?;
                    count += 1;
                }
            }
        }
    }
    sync(to)?;
    Ok(count)
}

/// Whether a file is the log of a database, or the log's index.
fn is_log(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    name.ends_with("-wal") || name.ends_with("-shm")
}

fn file(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut start = Vec::new();
    File::open(from)?
        .take(SQLITE.len() as u64)
        .read_to_end(&mut start)?;
    // A new database is an empty file, and all of it in the log.
    let is_database = start == SQLITE || from.extension().is_some_and(|extension| extension == "sqlite");
    if is_database {
        return match copy_database(from, to) {
            Err(StoreError::Corrupt { at }) => bail!("it is damaged: {at}"),
            copied => Ok(copied?),
        };
    }
    fs::copy(from, to)?;
    Ok(File::open(to)?.sync_all()?)
}

/// Makes the names of new files durable.
fn sync(directory: &Path) -> anyhow::Result<()> {
    let synced = File::open(directory).and_then(|directory| directory.sync_all());
    synced.with_context(|| format!("cannot sync {}", directory.display()))
}
