//! What can go wrong while finding workerd or esbuild. Each text says what to do about it.

use std::path::PathBuf;

/// Why a program could not be found or fetched.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path that was given is not a file.
    #[error("{tool} was given as {}, but there is no such file; check {option} or {variable}", path.display())]
    ExplicitMissing {
        /// The program.
        tool: &'static str,
        /// The path that was given.
        path: PathBuf,
        /// The command line option that names it.
        option: &'static str,
        /// The environment variable that names it.
        variable: &'static str,
    },
    /// The file is there and does not run.
    #[error("{} does not run: {reason}", path.display())]
    DoesNotRun {
        /// The file.
        path: PathBuf,
        /// What the system or the program said.
        reason: String,
    },
    /// No build for this operating system and processor.
    #[error(
        "there is no workerd for {os}/{arch} that Stepwell can run; it runs on Linux (glibc) and macOS, on x86-64 and arm64.{hint}"
    )]
    Platform {
        /// The operating system.
        os: String,
        /// The processor architecture.
        arch: String,
        /// A way out, if there is one; begins with a space.
        hint: &'static str,
    },
    /// A Linux with musl instead of glibc.
    #[error(
        "workerd needs glibc {needed} or newer, and this system uses musl (as Alpine does); use an image with glibc, for example Debian or Ubuntu"
    )]
    Musl {
        /// The oldest glibc that works.
        needed: String,
    },
    /// A Linux whose glibc is too old.
    #[error(
        "workerd needs glibc {needed} or newer, and this system has glibc {found}; use a newer release of the distribution"
    )]
    OldGlibc {
        /// The version of this system.
        found: String,
        /// The oldest glibc that works.
        needed: String,
    },
    /// npm is not installed.
    #[error(
        "{tool} {version} is not on this machine, and fetching it needs npm, which was not found on PATH; install Node.js with npm, or give the program with {option} or {variable}"
    )]
    NoNpm {
        /// The program.
        tool: &'static str,
        /// Its pinned version.
        version: &'static str,
        /// The command line option that names it.
        option: &'static str,
        /// The environment variable that names it.
        variable: &'static str,
    },
    /// npm cannot reach its registry.
    #[error(
        "{tool} {version} is not on this machine, and npm could not fetch it because the package registry cannot be reached ({code}); connect to the network and start again, or run `npm install {package}@{version}` in the project while online, or give the program with {option} or {variable}"
    )]
    Offline {
        /// The program.
        tool: &'static str,
        /// Its npm package.
        package: &'static str,
        /// Its pinned version.
        version: &'static str,
        /// npm's error code.
        code: String,
        /// The command line option that names it.
        option: &'static str,
        /// The environment variable that names it.
        variable: &'static str,
    },
    /// npm failed in another way.
    #[error(
        "npm could not fetch {package}@{version} ({code}); run `npm pack {package}@{version}` to see why, or give the program with {option} or {variable}"
    )]
    Npm {
        /// The npm package.
        package: &'static str,
        /// Its pinned version.
        version: &'static str,
        /// npm's error code or exit status.
        code: String,
        /// The command line option that names the program.
        option: &'static str,
        /// The environment variable that names the program.
        variable: &'static str,
    },
    /// The package for this platform has no pinned checksum.
    #[error(
        "this build of Stepwell has no checksum for {package}@{version}, so it does not fetch it; run `npm install {package}@{version}` in the project, or give the program with {option} or {variable}"
    )]
    NoChecksum {
        /// The npm package.
        package: &'static str,
        /// Its pinned version.
        version: &'static str,
        /// The command line option that names the program.
        option: &'static str,
        /// The environment variable that names the program.
        variable: &'static str,
    },
    /// The tarball is not the one that was pinned.
    #[error(
        "the package {package}@{version} that npm fetched is not the one Stepwell was built for (sha512 {found}, expected {expected}); nothing was installed. Clear npm's cache with `npm cache clean --force`, check which registry npm uses, and start again"
    )]
    Integrity {
        /// The npm package.
        package: &'static str,
        /// Its pinned version.
        version: &'static str,
        /// The checksum of what came.
        found: String,
        /// The pinned checksum.
        expected: &'static str,
    },
    /// The tarball has no program in it.
    #[error("the package {package}@{version} has no {entry}; this is a defect of Stepwell, please report it")]
    NoProgram {
        /// The npm package.
        package: &'static str,
        /// Its pinned version.
        version: &'static str,
        /// The file that was looked for.
        entry: String,
    },
    /// A package with polyfills of Node's modules cannot be had.
    #[error(
        "{package} {version} is not on this machine: {reason}; connect to the network and start again, or run `npm install --save-dev {all}` in the project while online"
    )]
    Polyfills {
        /// The npm package.
        package: &'static str,
        /// Its pinned version.
        version: &'static str,
        /// Why it could not be fetched.
        reason: String,
        /// All packages that are needed, as npm wants them.
        all: String,
    },
    /// The cache directory cannot be used.
    #[error("cannot {action} in Stepwell's cache ({}): {source}; set STEPWELL_CACHE_DIR to a directory that can be written", path.display())]
    Cache {
        /// What was tried.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
