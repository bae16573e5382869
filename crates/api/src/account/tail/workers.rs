//! The Workers of the control plane, as those who watch their logs need them.

use stepwell_control::Control;
use stepwell_logs::tail::Workers;

/// The Workers of all accounts, by `{account}/{name}`.
pub struct WorkersOf(pub Control);

impl Workers for WorkersOf {
    fn exists(&self, worker: &str) -> bool {
        let names = worker.split_once('/');
        names.is_some_and(|(account, script)| self.0.script(account, script).is_some())
    }

    fn version_id(&self, worker: &str, number: u32) -> Option<String> {
        let (account, script) = worker.split_once('/')?;
        let versions = self.0.versions(account, script);
        let version = versions.iter().find(|version| version.number == number)?;
        Some(version.id.clone())
    }
}
