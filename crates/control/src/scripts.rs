//! Workers and their versions, as they are.

use crate::Control;
use crate::model::{Deployment, Script, ScriptVersion};
use crate::state::{key2, key3, of};
use crate::worker_state::{Share, live_shares};
use std::sync::Arc;

impl Control {
    /// The Workers of an account, by name.
    pub fn scripts(&self, account: &str) -> Vec<Arc<Script>> {
        of(&self.state().scripts, account).cloned().collect()
    }

    /// A Worker.
    pub fn script(&self, account: &str, name: &str) -> Option<Arc<Script>> {
        self.state().scripts.get(&key2(account, name)).cloned()
    }

    /// The versions of a Worker, newest first.
    pub fn versions(&self, account: &str, script: &str) -> Vec<Arc<ScriptVersion>> {
        let mut versions: Vec<_> = of(&self.state().versions, &key2(account, script))
            .cloned()
            .collect();
        versions.sort_by_key(|version| std::cmp::Reverse(version.number));
        versions
    }

    /// A version of a Worker.
    pub fn version(&self, account: &str, script: &str, id: &str) -> Option<Arc<ScriptVersion>> {
        self.state().versions.get(&key3(account, script, id)).cloned()
    }

    /// The deployments of a Worker, newest first: the first is live.
    pub fn deployments(&self, account: &str, script: &str) -> Vec<Arc<Deployment>> {
        let mut deployments: Vec<_> = of(&self.state().deployments, &key2(account, script))
            .cloned()
            .collect();
        deployments.sort_by_key(|deployment| std::cmp::Reverse(deployment.number));
        deployments
    }

    /// The live versions of a Worker, with their parts.
    pub fn shares(&self, script: &Script) -> Vec<Share> {
        live_shares(&self.state(), script)
    }
}
