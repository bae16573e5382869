//! Deployed Workers: what is live, asking their fronts, and their processes.

use super::get;
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use stepwell_runtime::{Deployed, HostState, Live, LiveObjects, ObjectBinding, Settings, Share, Version};

/// The Worker `acme/NAME`; its objects live in `data`.
pub(crate) fn deployed(settings: &Settings, name: &str, data: &Path) -> Deployed {
    let directory = data.join(name).join("objects");
    Deployed::new(Arc::new(settings.clone()), &format!("acme/{name}"), &directory)
}

/// All of what is new to this version, objects too.
pub(crate) fn all(version: &Arc<Version>) -> Live {
    let script = version.script();
    let bound = script.objects.iter();
    let own = bound.filter(|object| object.worker.is_none());
    Live {
        shares: vec![Share {
            version: version.clone(),
            percent: 100.0,
        }],
        objects: Some(LiveObjects {
            version: version.clone(),
            classes: own.map(ObjectBinding::class).collect(),
        }),
    }
}

/// Starts a version's front and makes it live.
pub(crate) async fn deploy(deployed: &Deployed, version: &Arc<Version>) {
    version.front().start().await.unwrap();
    deployed.set_live(all(version), Vec::new()).await.unwrap();
}

/// The socket of a front, which is woken.
pub(crate) async fn front(version: &Version) -> Arc<Path> {
    version.front().wake();
    let mut state = version.front().state();
    let serving = state.wait_for(|state| matches!(state, HostState::Serving(_)));
    let state = tokio::time::timeout(Duration::from_secs(30), serving).await;
    match state.unwrap().unwrap().clone() {
        HostState::Serving(socket) => socket,
        other @ (HostState::Absent { .. } | HostState::NoFetchHandler) => panic!("{other:?}"),
    }
}

/// The answer of a version's front, which is JSON.
pub(crate) async fn ask(version: &Version, path: &str) -> Value {
    let text = get(&front(version).await, path).await;
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{path}: {text}"))
}

/// The ids of all processes of these settings.
pub(crate) fn processes(settings: &Settings) -> Vec<u32> {
    let directory = settings.directory.path("");
    let directory = directory.to_str().unwrap();
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    all.filter_map(|process| {
        let command = std::fs::read(process.path().join("cmdline")).ok()?;
        let ours = String::from_utf8_lossy(&command).contains(directory);
        process.file_name().to_str()?.parse().ok().filter(|_| ours)
    })
    .collect()
}

/// Kills a process as the system would: at once.
pub(crate) fn kill(process: u32) {
    let process = rustix::process::Pid::from_raw(process.cast_signed()).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::KILL).unwrap();
}
