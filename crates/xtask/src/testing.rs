//! All tests, and how many there were.

use crate::command::{cargo, command, output};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

/// Leaves out the tests that need strace, where it cannot be had.
const SKIP_STRACE: &str = "STEPWELL_SKIP_STRACE";

/// Runs `cargo test --workspace`, shows what it prints, and closes with a line that counts all of it: cargo prints one
/// for each of some sixty programs, the last of which has no test.
pub(crate) fn run() -> Result<(), String> {
    let mut tests = cargo(&["test", "--workspace"]);
    if !strace() {
        println!("note: strace is not installed and cannot be: the tests of failing disks are left out");
        tests.env(SKIP_STRACE, "1");
    }
    let (passed, failed, succeeded) = count(tests)?;
    println!("\n{passed} passed, {failed} failed");
    if succeeded {
        Ok(())
    } else {
        Err(format!("{failed} tests failed, or did not compile"))
    }
}

/// Whether strace is there; installs it where that takes no asking.
fn strace() -> bool {
    let there = || output(command("strace", &["--version"])).is_some();
    if there() {
        return true;
    }
    let is_root = output(command("id", &["-u"])).is_some_and(|id| id.trim() == "0");
    if is_root {
        // Without the lists of packages an install finds nothing on a new machine.
        let _ = output(command("apt-get", &["update", "--quiet"]));
        let _ = output(command("apt-get", &["install", "--quiet", "--yes", "strace"]));
    }
    there()
}

fn count(mut tests: Command) -> Result<(u64, u64, bool), String> {
    let mut child = tests
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot run cargo: {error}"))?;
    let (mut passed, mut failed) = (0, 0);
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            println!("{line}");
            passed += number_before(&line, " passed");
            failed += number_before(&line, " failed");
        }
    }
    let status = child.wait().map_err(|error| format!("cargo is gone: {error}"))?;
    Ok((passed, failed, status.success()))
}

/// The number before `word` in a line such as `test result: ok. 3 passed; 0 failed; …`.
fn number_before(line: &str, word: &str) -> u64 {
    let Some(counts) = line.strip_prefix("test result:") else {
        return 0;
    };
    let Some((before, _)) = counts.split_once(word) else {
        return 0;
    };
    before
        .rsplit(' ')
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::number_before;

    #[test]
    fn counts_are_read_from_cargos_own_lines() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1.00s";
        assert_eq!(number_before(line, " passed"), 12);
        assert_eq!(number_before(line, " failed"), 3);
        assert_eq!(number_before("5 passed; 1 failed", " passed"), 0);
    }
}
