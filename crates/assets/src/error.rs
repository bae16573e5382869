//! Why a site cannot be served. The texts are wrangler's.

use std::io;
use std::path::PathBuf;

use crate::manifest::{MAX_FILE_BYTES, MAX_FILES};

/// Why a site cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such directory.
    #[error("The directory specified by the \"assets.directory\" field in your configuration file does not exist:\n{}", .0.display())]
    NoDirectory(PathBuf),
    /// The path leads to something else.
    #[error("The path specified by the \"assets.directory\" field in your configuration file doesn't point to a directory:\n{}", .0.display())]
    NotADirectory(PathBuf),
    /// A file is larger than an asset may be.
    #[error(
        "Asset too large.\n\
         Cloudflare Workers supports assets with sizes of up to {}. We found a file {} with a size of {}.\n\
         Ensure all assets in your assets directory \"{}\" conform with the Workers maximum size requirement.",
        binary_size(MAX_FILE_BYTES), .file.display(), binary_size(*.bytes), .directory.display()
    )]
    FileTooLarge {
        /// The file.
        file: PathBuf,
        /// Its size.
        bytes: u64,
        /// The assets directory.
        directory: PathBuf,
    },
    /// There are more files than a Worker may have.
    #[error(
        "Maximum number of assets exceeded.\n\
         Cloudflare Workers supports up to {} assets in a version. We found {} files in the specified assets directory \"{}\".\n\
         Ensure your assets directory contains a maximum of {} files, and that you have specified your assets directory correctly.",
        thousands(MAX_FILES), thousands(*.count), .directory.display(), thousands(MAX_FILES)
    )]
    TooManyFiles {
        /// How many there are.
        count: usize,
        /// The assets directory.
        directory: PathBuf,
    },
    /// `.assetsignore` is not text.
    #[error("The .assetsignore file at \"{}\" must be UTF-8 encoded and must not contain null characters. Save the file as UTF-8 and try again.", .0.display())]
    IgnoreFileNotText(PathBuf),
    /// A line of `.assetsignore` is not a pattern.
    #[error("The .assetsignore file at \"{}\" has a pattern that cannot be read: {reason}. Write it as in a .gitignore file.", .file.display())]
    IgnorePattern {
        /// The `.assetsignore` file.
        file: PathBuf,
        /// The pattern, and what is wrong with it.
        reason: String,
    },
    /// The code of a Pages project lies among the assets.
    #[error(
        "Uploading a Pages _worker.js {kind} as an asset.\n\
         This could expose your private server-side code to the public Internet. Is this intended?\n\
         If you do not want to upload this {kind}, either remove it or add an \".assetsignore\" file, to the root of your asset directory, containing \"_worker.js\" to avoid uploading.\n\
         If you do want to upload this {kind}, you can add an empty \".assetsignore\" file, to the root of your asset directory, to hide this error."
    )]
    PagesWorker {
        /// `file` or `directory`.
        kind: &'static str,
    },
    /// `run_worker_first` without a Worker.
    #[error(
        "Cannot set run_worker_first without a Worker script.\n\
         Please remove run_worker_first from your configuration file, or provide a Worker script in your configuration file (`main`)."
    )]
    WorkerFirstWithoutWorker,
    /// The patterns of `run_worker_first` break their rules.
    #[error("{0}")]
    RunWorkerFirst(String),
    /// A setting has a value that it cannot have.
    #[error("Expected \"assets.{field}\" field to be one of {} but got {}.", json(.allowed), json(.value))]
    Setting {
        /// The key under `assets`.
        field: &'static str,
        /// What it may be.
        allowed: Vec<&'static str>,
        /// What it is.
        value: String,
    },
    /// A setting has a value of the wrong type.
    #[error("Expected \"assets.{field}\" field to be {expected} but got {value}.")]
    SettingType {
        /// The key under `assets`.
        field: &'static str,
        /// What it may be.
        expected: &'static str,
        /// What it is, as JSON.
        value: String,
    },
    /// `base_path` is not a path.
    #[error("Invalid assets base_path: {0}")]
    BasePath(&'static str),
    /// Something in the directory cannot be read.
    #[error("The assets at \"{}\" cannot be read: {source}", .path.display())]
    Read {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A size as wrangler shows it: three significant digits, in powers of 1024.
fn binary_size(bytes: u64) -> String {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut unit = 0;
    let mut size = bytes as f64;
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    let scale = if size >= 1000.0 {
        0.1
    } else if size >= 100.0 {
        1.0
    } else if size >= 10.0 {
        10.0
    } else {
        100.0
    };
    format!("{} {}", (size * scale).round() / scale, UNITS[unit])
}

/// `100,000`.
fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn json(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}").replace("\", \"", "\",\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_counts_read_as_wrangler_writes_them() {
        assert_eq!(binary_size(25 * 1024 * 1024), "25 MiB");
        assert_eq!(binary_size(26 * 1024 * 1024 + 300 * 1024), "26.3 MiB");
        assert_eq!(binary_size(1023 * 1024 * 1024), "1020 MiB");
        assert_eq!(binary_size(3 * 1024 * 1024 * 1024 / 2), "1.5 GiB");
        assert_eq!(thousands(100_000), "100,000");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(thousands(999), "999");
    }
}
