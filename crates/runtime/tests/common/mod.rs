//! What the tests share: scripts, settings with the real workerd.
#![allow(dead_code)]

pub(crate) mod deployed;
pub(crate) mod operations;
pub(crate) mod runs;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use stepwell_engine::operations::Operations;
use stepwell_project::toolchain::{Locate, Tool, cache_dir, locate};
use stepwell_runtime::shim::USER_MODULE;
use stepwell_runtime::{
    HostState, Limits, ObjectBinding, Outbound, Script, Settings, SocketDirectory, Worker, WorkflowBinding,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// The compatibility dates that everything is tried at.
pub(crate) const DATES: [&str; 2] = ["2024-10-22", "2026-09-01"];

/// The real workerd: the one that is named, else found or fetched as Stepwell itself does.
pub(crate) fn workerd() -> PathBuf {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    let find = || {
        let mut request = Locate::new(env!("CARGO_MANIFEST_DIR"), cache_dir());
        request.explicit = std::env::var_os(Tool::Workerd.variable()).map(PathBuf::from);
        locate(Tool::Workerd, &request).unwrap().path
    };
    FOUND.get_or_init(find).clone()
}

/// Settings with a socket directory of their own.
pub(crate) fn settings() -> Settings {
    let directory = Arc::new(SocketDirectory::create().unwrap());
    let mut shared = Settings::new(workerd(), directory);
    shared.run_processes = 1;
    shared
}

/// A script without bindings; its objects live in `data`.
pub(crate) fn script(code: &str, compatibility_date: &str, data: &Path) -> Script {
    Script {
        name: "test".into(),
        version: 1,
        main: USER_MODULE.into(),
        code: code.into(),
        source_map: None,
        stacks: stepwell_runtime::logs::Stacks::default(),
        modules: Vec::new(),
        compatibility_date: compatibility_date.into(),
        compatibility_flags: Vec::new(),
        text_vars: [].into(),
        json_vars: [].into(),
        workflows: Vec::new(),
        services: Vec::new(),
        objects: Vec::new(),
        object_classes: Vec::new(),
        assets_binding: None,
        placeholders: Vec::new(),
        limits: Limits::default(),
        outbound: Outbound::PublicAndPrivate { denied: Vec::new() },
        object_directory: data.join("objects"),
    }
}

/// A Workflow binding.
pub(crate) fn workflow(binding: &str, name: &str, class: &str) -> WorkflowBinding {
    WorkflowBinding {
        binding: binding.into(),
        workflow_name: name.into(),
        class_name: Some(class.into()),
    }
}

/// An object binding.
pub(crate) fn object(binding: &str, class: &str) -> ObjectBinding {
    ObjectBinding {
        binding: binding.into(),
        worker: None,
        class_name: class.into(),
        unique_key: format!("test-{class}"),
        sqlite: true,
    }
}

/// The answer's text to `GET path` on a unix socket.
pub(crate) async fn get(socket: &Path, path: &str) -> String {
    let mut stream = UnixStream::connect(socket).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    answer
        .split_once("\r\n\r\n")
        .map_or(answer.clone(), |(_, body)| body.to_owned())
}

/// Whether the process lives.
pub(crate) fn lives(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .trim()
            .starts_with(['Z', 'X'])
    })
}

/// Waits until `condition` holds.
pub(crate) async fn eventually(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..500 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what}: not within 10 s");
}

/// A Worker whose Workflow bindings are answered by `operations`, and the task that answers.
pub(crate) async fn start_with(
    script: Script,
    operations: Arc<dyn Operations>,
) -> (Worker, tokio::task::JoinHandle<()>) {
    let settings = settings();
    let listener = tokio::net::UnixListener::bind(&settings.engine_socket).unwrap();
    let endpoint = tokio::spawn(stepwell_api::binding::serve(
        listener,
        stepwell_api::binding::Engine {
            operations,
            inspection: None,
        },
    ));
    (Worker::start(settings, script).await.unwrap(), endpoint)
}

/// The socket of a Worker that serves.
pub(crate) fn fetch_socket(worker: &Worker) -> Arc<Path> {
    match worker.host().borrow().clone() {
        HostState::Serving(socket) => socket,
        other @ (HostState::Absent { .. } | HostState::NoFetchHandler) => panic!("{other:?}"),
    }
}
