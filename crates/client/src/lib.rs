//! A client of the account API (spec 4), and of the part of it that `stepwell dev` and `wrangler dev` answer locally
//! (spec 4.15). It blocks.
//!
//! [`Api`] asks; what comes back is the result as it came ([`Answer::result`], which is what `--json` prints) and typed
//! ([`Answer::read`]). An [`Error`] says whose fault it is and whether trying again helps.

mod error;
mod multipart;
mod place;
mod request;
pub mod types;
mod workflows;

pub use error::{ApiError, Error, Fault};
pub use multipart::{Form, Part};
pub use place::{Place, Server};
pub use request::{Answer, Api, Info};
pub use ureq::http::Method;
pub use workflows::{Filter, Migrate};
