//! The files of the assets directory, by the path at which they are asked for.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use http::HeaderValue;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use sha2::{Digest as _, Sha256};

use crate::error::Error;
use crate::file_type;
use crate::uploaded::{Contents, UploadedFile};

/// The most that a file may have.
pub(crate) const MAX_FILE_BYTES: u64 = 25 * 1024 * 1024;
/// The most files that a directory may have.
pub(crate) const MAX_FILES: usize = 100_000;

const IGNORE_FILE: &str = ".assetsignore";
/// The name of `_headers`.
pub(crate) const HEADERS_FILE: &str = "_headers";
/// The name of `_redirects`.
pub(crate) const REDIRECTS_FILE: &str = "_redirects";
const PAGES_WORKER: &str = "_worker.js";

/// The files, by their path with a slash in front, decoded.
#[derive(Debug)]
pub(crate) struct Manifest {
    files: HashMap<String, Asset>,
}

/// A file in the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalFile {
    /// Where it is.
    pub file: PathBuf,
    /// The `Content-Type` it is served with, if it is known.
    pub content_type: Option<String>,
}

/// A file that is served.
#[derive(Debug)]
pub(crate) struct Asset {
    content_type: Option<HeaderValue>,
    place: Place,
}

/// Where a file is.
enum Place {
    /// In the directory, where it may change.
    Local {
        path: PathBuf,
        etag: Mutex<Option<(Stamp, String)>>,
    },
    /// Where uploads are kept.
    Uploaded {
        name: String,
        etag: String,
        contents: Arc<dyn Contents>,
    },
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local { path, .. } => write!(f, "{}", path.display()),
            Self::Uploaded { name, .. } => f.write_str(name),
        }
    }
}

/// What changes when a file is written.
type Stamp = (SystemTime, u64);

/// A file, opened to be served.
pub(crate) struct Opened {
    /// For reading, at an unspecified position.
    pub(crate) file: File,
    /// Its size, in bytes.
    pub(crate) len: u64,
    /// A hash of its contents, without quotes.
    pub(crate) etag: String,
}

impl Asset {
    /// `Content-Type`, if it is known what is in the file.
    pub(crate) fn content_type(&self) -> Option<&HeaderValue> {
        self.content_type.as_ref()
    }

    /// Opens the file, and hashes it if it may have changed since it was last opened.
    pub(crate) fn open(&self) -> io::Result<Opened> {
        match &self.place {
            Place::Local { path, etag } => open_local(path, etag),
            Place::Uploaded { name, etag, contents } => {
                let file = contents.open(name)?;
                Ok(Opened {
                    len: file.metadata()?.len(),
                    file,
                    etag: etag.clone(),
                })
            }
        }
    }
}

fn open_local(path: &Path, known: &Mutex<Option<(Stamp, String)>>) -> io::Result<Opened> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    let stamp = (metadata.modified()?, metadata.len());
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    let etag = match &*known {
        Some((of, etag)) if *of == stamp => etag.clone(),
        _ => {
            let etag = hash(&mut file, path)?;
            *known = Some((stamp, etag.clone()));
            etag
        }
    };
    Ok(Opened {
        file,
        len: stamp.1,
        etag,
    })
}

/// 128 bits, as in production. The extension is in it because it decides the content type.
fn hash(file: &mut File, path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
    }
    if let Some(extension) = path.extension() {
        hasher.update(extension.as_encoded_bytes());
    }
    let digest = hasher.finalize();
    let hex: Vec<String> = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(hex.concat())
}

impl Manifest {
    /// The files of `directory`, an absolute path.
    pub(crate) fn of(directory: &Path) -> Result<Self, Error> {
        match fs::metadata(directory) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => return Err(Error::NotADirectory(directory.to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(Error::NoDirectory(directory.to_owned()));
            }
            Err(source) => return Err(read_error(directory, source)),
        }
        let (ignored, has_ignore_file) = ignore_rules(directory)?;
        let mut walk = Walk {
            directory,
            ignored,
            refuses_pages_worker: !has_ignore_file,
            links: Vec::new(),
            files: HashMap::new(),
        };
        walk.enter(directory, "")?;
        if walk.files.len() > MAX_FILES {
            return Err(Error::TooManyFiles {
                count: walk.files.len(),
                directory: directory.to_owned(),
            });
        }
        Ok(Self { files: walk.files })
    }

    /// The files of an upload.
    pub(crate) fn uploaded(
        files: impl IntoIterator<Item = UploadedFile>,
        contents: &Arc<dyn Contents>,
    ) -> Self {
        let files = files.into_iter().map(|file| {
            let asset = Asset {
                // What is no header value was no type either.
                content_type: file.content_type.and_then(|kind| kind.try_into().ok()),
                place: Place::Uploaded {
                    name: file.name,
                    etag: file.etag,
                    contents: contents.clone(),
                },
            };
            (file.path, asset)
        });
        Self {
            files: files.collect(),
        }
    }

    /// The files in the directory, by path.
    pub(crate) fn local_files(&self) -> BTreeMap<String, LocalFile> {
        let files = self.files.iter().filter_map(|(path, asset)| {
            let Place::Local { path: file, .. } = &asset.place else {
                return None;
            };
            let content_type = asset.content_type.as_ref().and_then(|value| value.to_str().ok());
            let file = LocalFile {
                file: file.clone(),
                content_type: content_type.map(str::to_owned),
            };
            Some((path.clone(), file))
        });
        files.collect()
    }

    /// Whether there is a file at `path`.
    pub(crate) fn contains(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// The file at `path`.
    pub(crate) fn get(&self, path: &str) -> Option<&Asset> {
        self.files.get(path)
    }
}

struct Walk<'a> {
    directory: &'a Path,
    ignored: Gitignore,
    refuses_pages_worker: bool,
    /// Where the symbolic links to directories lead that the walk is in: none is entered twice.
    links: Vec<PathBuf>,
    files: HashMap<String, Asset>,
}

impl Walk<'_> {
    fn enter(&mut self, directory: &Path, prefix: &str) -> Result<(), Error> {
        let entries = fs::read_dir(directory).map_err(|source| read_error(directory, source))?;
        for entry in entries {
            let entry = entry.map_err(|source| read_error(directory, source))?;
            let path = entry.path();
            // A request can only name what is UTF-8.
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let metadata = match fs::metadata(&path) {
                Ok(metadata) => metadata,
                // A link that leads nowhere or round in a circle, or a file that has just gone.
                Err(error) if error.kind() == ErrorKind::NotFound || path.is_symlink() => continue,
                Err(source) => return Err(read_error(&path, source)),
            };
            let name = format!("{prefix}/{name}");
            let is_dir = metadata.is_dir();
            if self.ignored.matched(&name[1..], is_dir).is_ignore() {
                continue;
            }
            if is_dir {
                self.enter_below(&path, &name)?;
            } else if metadata.is_file() {
                self.add(path, name, metadata.len())?;
            }
        }
        Ok(())
    }

    fn enter_below(&mut self, path: &Path, name: &str) -> Result<(), Error> {
        if !path.is_symlink() {
            return self.enter(path, name);
        }
        let leads_to = fs::canonicalize(path).map_err(|source| read_error(path, source))?;
        if self.links.contains(&leads_to) {
            return Ok(());
        }
        self.links.push(leads_to);
        self.enter(path, name)?;
        self.links.pop();
        Ok(())
    }

    fn add(&mut self, path: PathBuf, name: String, bytes: u64) -> Result<(), Error> {
        if self.refuses_pages_worker && name.split('/').nth(1) == Some(PAGES_WORKER) {
            let is_file = name[1..] == *PAGES_WORKER;
            return Err(Error::PagesWorker {
                kind: if is_file { "file" } else { "directory" },
            });
        }
        if bytes > MAX_FILE_BYTES {
            return Err(Error::FileTooLarge {
                file: path,
                bytes,
                directory: self.directory.to_owned(),
            });
        }
        let asset = Asset {
            content_type: file_type::of(&name),
            place: Place::Local {
                path,
                etag: Mutex::new(None),
            },
        };
        self.files.insert(name, asset);
        Ok(())
    }
}

/// The rules of `.assetsignore`, and whether there is one.
fn ignore_rules(directory: &Path) -> Result<(Gitignore, bool), Error> {
    let file = directory.join(IGNORE_FILE);
    let text = match fs::read(&file) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => Some(text),
            _ => return Err(Error::IgnoreFileNotText(file)),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(source) => return Err(read_error(&file, source)),
    };
    let own = [IGNORE_FILE, REDIRECTS_FILE, HEADERS_FILE].map(|name| format!("/{name}"));
    let written = text.as_deref().unwrap_or_default();
    let written = written.trim_start_matches('\u{feff}');
    let pattern_error = |error: ignore::Error| Error::IgnorePattern {
        file: file.clone(),
        reason: error.to_string(),
    };
    // The paths that are matched are relative, so the root is nothing.
    let mut rules = GitignoreBuilder::new("");
    // As the package does that wrangler uses.
    rules.case_insensitive(true).map_err(pattern_error)?;
    for line in own.iter().map(String::as_str).chain(written.lines()) {
        rules
            .add_line(None, &with_literal_braces(line))
            .map_err(pattern_error)?;
    }
    let rules = rules.build().map_err(pattern_error)?;
    Ok((rules, text.is_some()))
}

/// In a `.gitignore` braces are just braces; the crate would take them for alternatives.
fn with_literal_braces(line: &str) -> String {
    let mut literal = String::with_capacity(line.len());
    let mut is_escaped = false;
    for c in line.chars() {
        if matches!(c, '{' | '}') && !is_escaped {
            literal.push('\\');
        }
        is_escaped = c == '\\' && !is_escaped;
        literal.push(c);
    }
    literal
}

fn read_error(path: &Path, source: io::Error) -> Error {
    Error::Read {
        path: path.to_owned(),
        source,
    }
}
