//! The control plane: which account has which tokens, Workers, versions, Workflows and queues, durably.
//!
//! [`Control`] is the facade. It keeps every document of the [`Catalogue`](stepwell_catalogue::Catalogue) in memory and
//! writes through; what runs Workers is behind the [`Platform`] trait. There is no HTTP here and no workerd.

mod accounts;
mod again;
mod assets;
mod concurrency;
mod control;
mod cron;
mod delete;
mod deployments;
mod error;
mod inspected;
mod migrations;
pub mod model;
mod platform;
mod ports;
mod publish;
mod queues;
mod routes;
mod scripts;
mod secrets;
mod settings;
mod state;
mod sweep;
mod tokens;
mod transaction;
mod upload;
mod vault;
mod worker_state;
mod workflows;

pub use assets::{AssetUpload, UploadedAsset};
pub use control::{Control, Options, Parts};
pub use deployments::NewDeployment;
pub use error::{Error, Refusal};
pub use inspected::{ExportKind, Inspected};
pub use platform::{Applied, Candidate, Platform, Refused};
pub use ports::{Clock, Random, SystemClock, SystemRandom};
pub use queues::PutConsumer;
pub use routes::{NewRoute, NewRoutes, zone_id};
pub use tokens::{NewToken, Principal};
pub use upload::{By, Part, Upload, Uploaded};
pub use vault::{KeyError, MasterKey};
pub use worker_state::{Bound, BoundValue, Share, WorkerState, WorkerVersion, WorkflowState};
pub use workflows::{PutWorkflow, Schedule};
