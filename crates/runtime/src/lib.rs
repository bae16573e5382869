//! Supervises workerd, generates its configuration and speaks the run channel.

pub mod channel;
mod config;
mod deployed;
mod directory;
mod events;
mod fleet;
mod host;
mod http;
mod inspect;
mod inspector;
pub mod logs;
mod network;
mod object_lock;
mod outbound;
mod process;
mod script;
mod settings;
pub mod shim;
mod validate;
mod watchdog;
mod whole;
mod worker;

pub use deployed::{Deployed, FileOperation, Front, Live, LiveObjects, Share, Version};
pub use directory::SocketDirectory;
pub use events::{EventError, Outcome, ScheduledOutcome, Uncaught};
pub use fleet::Fleet;
pub use host::HostState;
pub use inspect::{Inspected, inspect};
pub use inspector::{Inspectors, serve as serve_inspectors};
pub use network::Network;
pub use object_lock::ObjectLock;
pub use outbound::{Cidr, CidrError, OutboundPolicy};
pub use process::{Exit, Fault, ProcessMeters, StartError};
pub use script::{
    AssetsBinding, Limits, Module, ModuleKind, ObjectBinding, ObjectClass, Outbound, Placeholder, Script,
    ServiceBinding, WorkflowBinding,
};
pub use settings::Settings;
pub use validate::{ExportKind, ExportProblem, Exports};
pub use watchdog::WatchdogTimes;
pub use worker::Worker;
