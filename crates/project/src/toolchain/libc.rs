//! Whether the C library of this machine can run workerd's Linux builds (esbuild's need none).

use std::process::{Command, Stdio};

use super::Tool;
use super::error::Error;
use super::platform::Platform;

/// The newest symbol version that the pinned workerd asks for (`objdump -T`), on both processors.
const NEEDED: (u32, u32) = (2, 27);

#[derive(Debug, PartialEq, Eq)]
enum Library {
    Glibc(u32, u32),
    Musl,
    Unknown,
}

/// Fails if it is certain that `tool` cannot run here. What cannot be found out is left to the first start.
///
/// # Errors
///
/// [`Error::Musl`] or [`Error::OldGlibc`].
pub(super) fn check(tool: Tool, platform: Platform) -> Result<(), Error> {
    if tool != Tool::Workerd || !platform.is_linux() {
        return Ok(());
    }
    verdict(&detect())
}

/// The error behind a failed start, if the C library is the reason.
pub(super) fn explain(tool: Tool, stderr: &str) -> Option<Error> {
    if tool != Tool::Workerd || !cfg!(target_os = "linux") {
        return None;
    }
    let library = detect();
    verdict(&library).err().or_else(|| {
        // The dynamic loader's own words; `detect` found nothing, or another library is first in its path.
        let loader = stderr.contains("version `GLIBC_");
        loader.then(|| Error::OldGlibc {
            found: "an older version".to_owned(),
            needed: needed(),
        })
    })
}

fn verdict(library: &Library) -> Result<(), Error> {
    match *library {
        Library::Musl => Err(Error::Musl { needed: needed() }),
        Library::Glibc(major, minor) if (major, minor) < NEEDED => Err(Error::OldGlibc {
            found: format!("{major}.{minor}"),
            needed: needed(),
        }),
        Library::Glibc(..) | Library::Unknown => Ok(()),
    }
}

fn needed() -> String {
    format!("{}.{}", NEEDED.0, NEEDED.1)
}

fn detect() -> Library {
    match parse(&output("getconf", &["GNU_LIBC_VERSION"])) {
        Library::Unknown => parse(&output("ldd", &["--version"])),
        found => found,
    }
}

/// What a command prints, on either stream: musl's `ldd --version` writes to stderr and fails.
fn output(program: &str, arguments: &[&str]) -> String {
    let Ok(output) = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
    else {
        return String::new();
    };
    format!(
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn parse(text: &str) -> Library {
    let lower = text.to_lowercase();
    if lower.contains("musl") {
        return Library::Musl;
    }
    if !(lower.contains("glibc") || lower.contains("gnu libc") || lower.contains("free software foundation"))
    {
        return Library::Unknown;
    }
    // `glibc 2.36`, or `ldd (Debian GLIBC 2.36-9) 2.36`: the last word of the first line.
    let version = lower
        .lines()
        .find(|line| !line.trim().is_empty())
        .and_then(|line| line.split_whitespace().last());
    let mut numbers = version.unwrap_or_default().split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => Library::Glibc(major, minor),
        _ => Library::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_systems_print() {
        assert_eq!(parse("glibc 2.36\n"), Library::Glibc(2, 36));
        assert_eq!(
            parse("ldd (Debian GLIBC 2.36-9+deb12u14) 2.36\nCopyright"),
            Library::Glibc(2, 36)
        );
        assert_eq!(
            parse("ldd (GNU libc) 2.17\nCopyright (C) 2012"),
            Library::Glibc(2, 17)
        );
        assert_eq!(parse("\nmusl libc (x86_64)\nVersion 1.2.4\n"), Library::Musl);
        assert_eq!(parse(""), Library::Unknown);
        assert_eq!(parse("getconf: no such variable"), Library::Unknown);
    }

    #[test]
    fn says_plainly_what_is_too_old() {
        let old = verdict(&Library::Glibc(2, 17)).unwrap_err().to_string();
        assert!(
            old.contains("glibc 2.27 or newer") && old.contains("has glibc 2.17"),
            "{old}"
        );
        let musl = verdict(&Library::Musl).unwrap_err().to_string();
        assert!(musl.contains("musl") && musl.contains("Debian"), "{musl}");
        assert!(verdict(&Library::Glibc(2, 27)).is_ok());
        assert!(verdict(&Library::Unknown).is_ok());
    }
}
