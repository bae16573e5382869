//! Everything that has to hold before a change is merged.

use crate::command::{self, cargo};
use crate::{deny, root, smoke, testing, tools};
use std::path::PathBuf;
use std::time::{Duration, Instant};

type Step = (&'static str, fn() -> Result<(), String>);

/// In the order of how soon they tell of a mistake. Clippy and the tests share the profile `dev`, so the build scripts
/// (SQLite) run once for both; the release build is the only one that compiles everything again, because it is the one
/// that the README's first command uses.
const STEPS: &[Step] = &[
    ("programs", tools::check),
    ("format", || command::run(cargo(&["fmt", "--all", "--check"]))),
    ("lints", || {
        let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        command::run(cargo(&arguments))
    }),
    // Also the doc tests, the end-to-end tests, and xtask's own: tidiness and generated pages.
    ("tests", testing::run),
    ("dependencies", deny::check),
    ("release build", release),
    ("first command", smoke::run),
];

/// `cargo xtask verify`: every step, up to the first that fails.
pub(crate) fn run() -> Result<(), String> {
    let since = Instant::now();
    let mut times: Vec<(&str, Duration)> = Vec::new();
    for (name, step) in STEPS {
        println!("\n=== {name}");
        let started = Instant::now();
        let result = step();
        times.push((name, started.elapsed()));
        if let Err(problem) = result {
            summary(&times, since.elapsed());
            return Err(format!("{name}: {problem}"));
        }
    }
    summary(&times, since.elapsed());
    println!("\nverified");
    Ok(())
}

fn summary(times: &[(&str, Duration)], total: Duration) {
    println!("\n=== times");
    for (name, time) in times {
        println!("{:>7.1} s  {name}", time.as_secs_f64());
    }
    println!("{:>7.1} s  in all", total.as_secs_f64());
}

/// Builds what the first command runs, and sees to it that it has none of the tests' ways to end it.
fn release() -> Result<(), String> {
    command::run(cargo(&["build", "--release"]))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let program = root().join(target).join("release/stepwell");
    let bytes = std::fs::read(&program).map_err(|error| format!("no {}: {error}", program.display()))?;
    let failpoint = b"STEPWELL_FAILPOINT";
    if bytes.windows(failpoint.len()).any(|window| window == failpoint) {
        return Err("the release build has failpoints in it: a feature of the tests has leaked".to_owned());
    }
    Ok(())
}

/// `cargo xtask generate`: the tests that check the generated pages write them instead.
pub(crate) fn generate() -> Result<(), String> {
    let mut test = cargo(&["test", "--quiet", "--package", "xtask", "--test", "generated"]);
    test.env("STEPWELL_GENERATE", "1");
    command::run(test)
}
