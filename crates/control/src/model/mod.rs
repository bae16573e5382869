//! What the catalogue's documents say.

mod account;
mod asset;
mod binding;
mod deployment;
mod queue;
mod script;
mod version;
mod workflow;

pub use account::{Account, AccountSettings, ConcurrencyKey, DEFAULT_ACCOUNT, Scope, Token};
pub use asset::{AssetFile, AssetSession, Assets, KnownAsset};
pub use binding::Binding;
pub use deployment::{Deployment, Portion};
pub use queue::{Consumer, Queue};
pub use script::{Cron, Namespace, ObjectMove, Route, Script, ScriptSettings, Subdomain};
pub use version::{Module, ModuleKind, ScriptVersion};
pub use workflow::{Retention, Workflow, WorkflowSettings, WorkflowVersion};
