//! Which file is the configuration.

use std::path::{Path, PathBuf};

use super::error::Error;
use super::model::Request;
use super::redirect;

/// The names in wrangler's order of preference.
const NAMES: [&str; 3] = ["wrangler.json", "wrangler.jsonc", "wrangler.toml"];

/// What a script that runs without a configuration may be written in.
const SCRIPTS: [&str; 8] = ["ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs"];

/// What a configuration is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Toml,
}

/// Where a project is described.
#[derive(Debug)]
pub(super) struct Found {
    /// The file to read; `None` for a script without a configuration.
    pub(super) path: Option<PathBuf>,
    /// The file that the user wrote, if there is one.
    pub(super) user: Option<PathBuf>,
    /// The file that names `path` instead of `user`.
    pub(super) redirect: Option<PathBuf>,
    /// The project's directory: that of the user's file.
    pub(super) project_dir: PathBuf,
    /// The entry file, when it was given instead of a directory.
    pub(super) script: Option<PathBuf>,
}

/// The configuration for a request: the file that it names, else the first of the names from the directory
/// upward, or the one to which a build tool redirects from beside it.
///
/// # Errors
///
/// Why there is no file to read, or why it is not clear which one is meant.
pub(super) fn find(request: Request<'_>) -> Result<Found, Error> {
    let (directory, script) = place(request.directory)?;
    if let Some(path) = request.file {
        if !path.is_file() {
            return Err(Error::NoFile {
                path: path.to_owned(),
            });
        }
        format(path).ok_or_else(|| Error::UnknownKind {
            path: path.to_owned(),
        })?;
        return Ok(Found {
            path: Some(path.to_owned()),
            user: Some(path.to_owned()),
            redirect: None,
            project_dir: resolved(parent(path)),
            script,
        });
    }
    let user = NAMES.into_iter().find_map(|name| upward(&directory, name));
    let redirected = redirect::find(&directory, user.as_deref())?;
    let project_dir = match (&user, &redirected) {
        (Some(user), _) => parent(user).to_owned(),
        (None, Some(redirected)) => redirected.base.clone(),
        (None, None) if script.is_some() => script_directory(&directory),
        (None, None) => return Err(Error::NoConfig { dir: directory }),
    };
    let (redirect, target) = redirected.map(|found| (found.file, found.target)).unzip();
    Ok(Found {
        path: target.or_else(|| user.clone()),
        user,
        redirect,
        project_dir: resolved(&project_dir),
        script,
    })
}

/// The directory where the search begins, and the script if one was named.
fn place(given: &Path) -> Result<(PathBuf, Option<PathBuf>), Error> {
    if given.is_dir() {
        return Ok((given.to_owned(), None));
    }
    let extension = given
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    let is_script = SCRIPTS.contains(&extension);
    if given.is_file() && is_script {
        let script = given.canonicalize().unwrap_or_else(|_| given.to_owned());
        return Ok((start(given).to_owned(), Some(script)));
    }
    let problem = match (given.is_file(), format(given).is_some()) {
        (true, true) => "is a file; if it is the configuration, give it with -c",
        (true, false) => "is a file that is no script (.ts, .js, …)",
        (false, _) if is_script => {
            return Err(Error::NoScript {
                path: given.to_owned(),
            });
        }
        (false, _) => "does not exist",
    };
    Err(Error::NoDirectory {
        dir: given.to_owned(),
        problem,
    })
}

/// Where the search for `given` begins.
pub(super) fn start(given: &Path) -> &Path {
    if given.is_dir() { given } else { parent(given) }
}

/// The file `name` in `directory` or in the nearest directory above it.
pub(super) fn upward(directory: &Path, name: &str) -> Option<PathBuf> {
    // `.` would make every message begin with `./`.
    let own = if directory == Path::new(".") {
        PathBuf::from(name)
    } else {
        directory.join(name)
    };
    if own.is_file() {
        return Some(own);
    }
    let absolute = std::path::absolute(directory).ok()?;
    absolute
        .ancestors()
        .skip(1)
        .map(|above| above.join(name))
        .find(|path| path.is_file())
}

/// The directory of `path`, `.` for a file in the current one.
pub(super) fn parent(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// The directory: absolute, and without symbolic links, because esbuild resolves them too and its paths are
/// compared with this one.
pub(super) fn resolved(directory: &Path) -> PathBuf {
    directory
        .canonicalize()
        .or_else(|_| std::path::absolute(directory))
        .unwrap_or_else(|_| directory.to_owned())
}

/// The current directory, where wrangler looks for everything of a script without a configuration; the script's
/// own if it is elsewhere.
fn script_directory(directory: &Path) -> PathBuf {
    let current = Path::new(".");
    if resolved(directory).starts_with(resolved(current)) {
        current.to_owned()
    } else {
        directory.to_owned()
    }
}

/// What a file of this name is written in.
pub(super) fn format(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "json" | "jsonc" => Some(Format::Json),
        "toml" => Some(Format::Toml),
        _ => None,
    }
}
