//! Static assets of a Worker: which file answers a request, and how.
//!
//! [`Site::load`] walks the directory and reads `_headers` and `_redirects`; [`Site::route`] says whether a request is for the
//! assets or for the Worker; [`Site::serve`] answers it, on the Worker port and through the `ASSETS` binding alike.
//!
//! The site of an uploaded version is made by [`UploadedConfig::site`] from a list of files instead.
//!
//! A [`Site`] is a snapshot of the names in the directory, not of the contents: files are opened when they are asked for, so an
//! edit shows at once. When files come and go, [`Site::refresh`] makes the next snapshot. Nothing here is async or knows a
//! network: an answer's body is an open file and a range of it.

mod answer;
mod base_path;
mod error;
mod file_type;
mod lookup;
mod manifest;
mod range;
mod rules;
mod run_worker_first;
mod serve;
mod settings;
mod site;
mod target;
mod uploaded;

pub use answer::{Answer, Body, Route};
pub use base_path::BasePath;
pub use error::Error;
pub use manifest::LocalFile;
pub use rules::report::{Invalid, RulesFile, RulesKind};
pub use run_worker_first::{Patterns, RunWorkerFirst};
pub use settings::{HtmlHandling, NotFoundHandling, Settings};
pub use site::Site;
pub use uploaded::{Contents, UploadedConfig, UploadedFile};
