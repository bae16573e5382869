//! The packages with polyfills of Node's modules: the ones that wrangler uses, at its versions.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::error::Error;
use super::fetch::{failed, scratch, verify};
use super::progress::Progress;
use super::{Locate, npm, search};

struct Package {
    name: &'static str,
    version: &'static str,
    /// The SHA-512 of the tarball in base64.
    checksum: &'static str,
}

/// What wrangler 4.164 depends on.
const PACKAGES: [Package; 2] = [
    Package {
        name: "unenv",
        version: "2.0.0-rc.24",
        checksum: "i7qRCmY42zmCwnYlh9H2SvLEypEFGye5iRmEMKjcGi7zk9UquigRjFtTLz0TYqr0ZGLZhaMHl/foy1bZR+Cwlw==",
    },
    Package {
        name: "@cloudflare/unenv-preset",
        version: "2.16.2",
        checksum: "JBP1+Z7ZSNG/d4mRP+y8VC5dka3tZVMLEZRvS+rzQ4DGV1EoxRFQckcJTTkXbHSQiTj0DtNI01Zwb/V2fX0mvQ==",
    },
];

/// The `node_modules` directory that has the packages, fetching them if no directory has exactly the pinned versions:
/// one upward from the project, else that of Stepwell's cache.
///
/// # Errors
///
/// [`Error::Polyfills`], [`Error::Integrity`], [`Error::Cache`].
pub fn polyfills(request: &Locate) -> Result<PathBuf, Error> {
    let start = std::path::absolute(&request.project_dir).unwrap_or_else(|_| request.project_dir.clone());
    let own = start.ancestors().flat_map(|directory| {
        let modules = directory.join("node_modules");
        // pnpm keeps packages there that the project does not depend on directly.
        [modules.clone(), modules.join(".pnpm/node_modules")]
    });
    let own = own.into_iter().find(|modules| has_all(modules));
    if let Some(modules) = own {
        return Ok(modules);
    }
    let versions = PACKAGES.map(|package| package.version).join("-");
    let home = request.cache_dir.join("polyfills").join(versions);
    let modules = home.join("node_modules");
    // The directory got its name by a rename after its integrity check, so that it is there is enough.
    if !modules.is_dir() {
        fetch(request, &home, &modules)?;
    }
    Ok(modules)
}

fn has_all(modules: &Path) -> bool {
    PACKAGES
        .iter()
        .all(|package| search::has_version(&modules.join(package.name), package.version))
}

/// Puts all packages at `target`, whole or not at all, like [`super::fetch::fetch`].
fn fetch(request: &Locate, home: &Path, target: &Path) -> Result<(), Error> {
    let scratch = scratch(home)?;
    let modules = scratch.path().join("node_modules");
    for (index, package) in PACKAGES.iter().enumerate() {
        let progress = Progress::start(request.progress, &format!("{} {}", package.name, package.version));
        let directory = scratch.path().join(index.to_string());
        fs::create_dir_all(&directory).map_err(failed("create a directory", &directory))?;
        let tarball = npm::pack(package.name, package.version, request, &directory, &progress)
            .map_err(|failure| missing(package, &failure))?;
        let bytes = fs::read(&tarball).map_err(failed("read", &tarball))?;
        verify(package.name, package.version, &bytes, package.checksum)?;
        progress.stage("unpacking");
        unpack(&bytes, &modules.join(package.name))?;
    }
    match fs::rename(&modules, target) {
        // Another process was faster.
        Err(_) if target.is_dir() => Ok(()),
        renamed => renamed.map_err(failed("rename a directory", target)),
    }
}

fn missing(package: &Package, failure: &npm::Failure) -> Error {
    Error::Polyfills {
        package: package.name,
        version: package.version,
        reason: failure.to_string(),
        all: PACKAGES
            .map(|package| format!("{}@{}", package.name, package.version))
            .join(" "),
    }
}

/// Writes what is below `package/` in the tarball, without the declarations of types.
fn unpack(bytes: &[u8], target: &Path) -> Result<(), Error> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    for entry in archive.entries().map_err(failed("unpack", target))? {
        let mut entry = entry.map_err(failed("unpack", target))?;
        let path = entry.path().map_err(failed("unpack", target))?.into_owned();
        let Ok(inside) = path.strip_prefix("package") else {
            continue;
        };
        let is_declaration = path.to_string_lossy().ends_with("ts");
        if is_declaration || !entry.header().entry_type().is_file() {
            continue;
        }
        let file = target.join(inside);
        let directory = file.parent().unwrap_or(target);
        fs::create_dir_all(directory).map_err(failed("create a directory", directory))?;
        let written = File::create(&file).and_then(|mut out| std::io::copy(&mut entry, &mut out));
        written.map_err(failed("write", &file))?;
    }
    Ok(())
}
