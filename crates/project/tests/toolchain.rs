//! Finds and fetches programs. Only the npm client is ever asked for a package.
#![allow(clippy::unwrap_used)] // The helpers of a test are tests too.
#![cfg(unix)]

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use stepwell_project::toolchain::{self, ESBUILD_VERSION, Error, Locate, Source, Tool};
use tempfile::TempDir;

/// A machine: a project, a cache, a directory on `PATH`.
struct Machine {
    directory: TempDir,
}

impl Machine {
    fn new() -> Self {
        let machine = Self {
            directory: tempfile::tempdir().unwrap(),
        };
        for name in ["project/deep", "bin", "cache"] {
            fs::create_dir_all(machine.path(name)).unwrap();
        }
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn program(&self, name: &str, script: &str) {
        write_program(&self.path(name), script);
    }

    /// An npm that copies `tarball` and counts its runs.
    fn npm(&self, tarball: &Path) {
        let (tarball, log) = (tarball.display(), self.path("npm-runs"));
        self.program(
            "bin/npm",
            &format!("echo run >> {}\nwhile [ \"$1\" != --pack-destination ]; do shift; done\nsleep 0.5\ncp {tarball} \"$2/package.tgz\"\n", log.display()),
        );
    }

    fn npm_runs(&self) -> usize {
        fs::read_to_string(self.path("npm-runs"))
            .unwrap_or_default()
            .lines()
            .count()
    }

    fn request(&self) -> Locate {
        let mut request = Locate::new(self.path("project/deep"), self.path("cache"));
        request.progress = false;
        request.search_path = Some(OsString::from(format!(
            "{}:/usr/bin:/bin",
            self.path("bin").display()
        )));
        request
    }

    /// The same without any npm of the real machine.
    fn lonely_request(&self) -> Locate {
        Locate {
            search_path: Some(self.path("bin").into()),
            ..self.request()
        }
    }
}

fn write_program(path: &Path, script: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, format!("#!/bin/sh\n{script}")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn package() -> &'static str {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "@esbuild/linux-x64",
        ("linux", "aarch64") => "@esbuild/linux-arm64",
        ("macos", "x86_64") => "@esbuild/darwin-x64",
        _ => "@esbuild/darwin-arm64",
    }
}

/// The real tarball, fetched once with the npm client.
fn tarball() -> &'static Path {
    static TARBALL: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = TARBALL.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let status = Command::new("npm")
            .args(["pack", "--silent", "--ignore-scripts", "--prefer-offline"])
            .arg(format!("{}@{ESBUILD_VERSION}", package()))
            .current_dir(directory.path())
            .output()
            .unwrap();
        assert!(status.status.success(), "npm pack failed");
        let file = fs::read_dir(directory.path())
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
        (directory, file)
    });
    path
}

#[test]
fn fetches_once_and_then_uses_the_cache() {
    let machine = Machine::new();
    machine.npm(tarball());
    let fetched = toolchain::locate(Tool::Esbuild, &machine.request()).unwrap();
    assert_eq!(
        (fetched.source, fetched.version.as_str()),
        (Source::Fetched, ESBUILD_VERSION)
    );
    assert_eq!(
        fetched.path,
        toolchain::cached_path(&machine.path("cache"), Tool::Esbuild)
    );
    assert_eq!(
        toolchain::check_runs(Tool::Esbuild, &fetched.path).unwrap(),
        ESBUILD_VERSION
    );

    let cached = toolchain::locate(Tool::Esbuild, &machine.request()).unwrap();
    assert_eq!((cached.source, &cached.path), (Source::Cache, &fetched.path));
    assert_eq!(machine.npm_runs(), 1);
    // Nothing is left lying about.
    assert_eq!(fs::read_dir(fetched.path.parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn two_that_fetch_at_once_both_succeed() {
    let machine = Machine::new();
    machine.npm(tarball());
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| toolchain::locate(Tool::Esbuild, &machine.request()).unwrap()))
            .collect();
        for run in runs {
            let found = run.join().unwrap();
            assert_eq!(
                toolchain::check_runs(Tool::Esbuild, &found.path).unwrap(),
                ESBUILD_VERSION
            );
        }
    });
    assert!(machine.npm_runs() > 1, "they were meant to overlap");
}

#[test]
fn a_package_that_was_tampered_with_is_refused() {
    let machine = Machine::new();
    let mut bytes = fs::read(tarball()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(machine.path("bad.tgz"), bytes).unwrap();
    machine.npm(&machine.path("bad.tgz"));
    let error = toolchain::locate(Tool::Esbuild, &machine.request()).unwrap_err();
    assert!(matches!(error, Error::Integrity { .. }), "{error}");
    assert!(!toolchain::cached_path(&machine.path("cache"), Tool::Esbuild).exists());
}

#[test]
fn prefers_what_is_on_the_machine() {
    let machine = Machine::new();
    let printing = format!("echo {ESBUILD_VERSION}");
    // In the cache, then on PATH, then in node_modules above the project: each goes before the last.
    let cached = toolchain::cached_path(&machine.path("cache"), Tool::Esbuild);
    write_program(&cached, "exit 1");
    let find = || toolchain::locate(Tool::Esbuild, &machine.lonely_request()).unwrap();
    assert_eq!((find().source, find().path), (Source::Cache, cached));

    machine.program("bin/esbuild", "echo 0.0.1");
    assert_eq!(
        find().source,
        Source::Cache,
        "another version on PATH does not count"
    );
    machine.program("bin/esbuild", &printing);
    assert_eq!(
        (find().source, find().path),
        (Source::Path, machine.path("bin/esbuild"))
    );

    let modules = format!("project/node_modules/{}", package());
    machine.program(&format!("{modules}/bin/esbuild"), "exit 1");
    fs::write(
        machine.path(&modules).join("package.json"),
        "{ \"version\": \"0.28.1\" }",
    )
    .unwrap();
    assert_eq!(
        find().source,
        Source::Path,
        "another version in node_modules does not count"
    );
    fs::write(
        machine.path(&modules).join("package.json"),
        format!("{{ \"version\": \"{ESBUILD_VERSION}\" }}"),
    )
    .unwrap();
    assert_eq!(
        (find().source, find().path),
        (Source::NodeModules, machine.path(&modules).join("bin/esbuild"))
    );

    machine.program("mine", "echo 9.9.9");
    let explicit = Locate {
        explicit: Some(machine.path("mine")),
        ..machine.lonely_request()
    };
    let found = toolchain::locate(Tool::Esbuild, &explicit).unwrap();
    assert_eq!(
        (found.source, found.version.as_str()),
        (Source::Explicit, "9.9.9")
    );
}

#[test]
fn says_what_to_do_when_it_cannot_help() {
    let machine = Machine::new();
    let no_npm = toolchain::locate(Tool::Esbuild, &machine.lonely_request())
        .unwrap_err()
        .to_string();
    for part in [
        "npm, which was not found on PATH",
        "--esbuild",
        "STEPWELL_ESBUILD",
    ] {
        assert!(no_npm.contains(part), "{no_npm}");
    }
    machine.program("bin/npm", "echo 'npm error code ENOTFOUND' >&2\necho 'npm error network request to https://secret.example failed' >&2\nexit 1");
    let offline = toolchain::locate(Tool::Esbuild, &machine.request()).unwrap_err();
    assert!(matches!(offline, Error::Offline { .. }), "{offline}");
    let offline = offline.to_string();
    assert!(
        offline.contains("cannot be reached (ENOTFOUND)") && offline.contains("npm install @esbuild/"),
        "{offline}"
    );
    assert!(!offline.contains("secret.example"), "{offline}");
    machine.program("bin/npm", "exit 3");
    let failed = toolchain::locate(Tool::Esbuild, &machine.request())
        .unwrap_err()
        .to_string();
    assert!(
        failed.contains("exit status: 3") && failed.contains("npm pack @esbuild/"),
        "{failed}"
    );

    let missing = Locate {
        explicit: Some(machine.path("nowhere")),
        ..machine.request()
    };
    let missing = toolchain::locate(Tool::Workerd, &missing)
        .unwrap_err()
        .to_string();
    assert!(missing.contains("--workerd or STEPWELL_WORKERD"), "{missing}");
    machine.program("broken", "echo cannot start >&2; exit 1");
    let broken = Locate {
        explicit: Some(machine.path("broken")),
        ..machine.request()
    };
    let broken = toolchain::locate(Tool::Esbuild, &broken).unwrap_err().to_string();
    assert!(broken.contains("does not run: cannot start"), "{broken}");

    fs::remove_dir_all(machine.path("cache")).unwrap();
    fs::write(machine.path("cache"), "a file").unwrap();
    machine.npm(Path::new("/dev/null"));
    let cache = toolchain::locate(Tool::Esbuild, &machine.request())
        .unwrap_err()
        .to_string();
    assert!(cache.contains("STEPWELL_CACHE_DIR"), "{cache}");
}
