//! A workerd with the shim in it, and an engine that acknowledges at once and remembers what it would have recorded.
#![allow(dead_code)]

pub(crate) mod engine;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;
use stepwell_project::toolchain::{Locate, Tool, cache_dir, locate};
use stepwell_runtime::channel::socket::Socket;
use stepwell_runtime::shim;
use tokio::process::{Child, Command};

/// The compatibility dates that everything is tried at: the oldest without Node flags, and the newest.
pub(crate) const DATES: [&str; 2] = ["2024-10-22", "2026-09-01"];

/// A workerd with one Worker.
pub(crate) struct Workerd {
    directory: tempfile::TempDir,
    child: Child,
}

impl Workerd {
    /// Starts the Worker `code` at a compatibility date.
    pub(crate) async fn start(code: &str, date: &str) -> Self {
        Self::with(code, date, "").await
    }

    /// As [`Workerd::start`], with V8 flags (a Cap'n Proto list's inside).
    pub(crate) async fn with(code: &str, date: &str, v8_flags: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(
            directory.path().join("config.capnp"),
            config(code, date, v8_flags, directory.path()),
        )
        .unwrap();
        let child = Command::new(binary())
            .arg("serve")
            .arg(directory.path().join("config.capnp"))
            .stdout(Stdio::inherit())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let this = Self { directory, child };
        for _ in 0..400 {
            if Socket::dial(&this.run_socket()).await.is_ok() {
                return this;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("workerd does not answer");
    }

    /// CPU time that workerd has used, and that this process has.
    pub(crate) fn cpu(&self) -> (Duration, Duration) {
        let used = |process: &str| {
            let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
            let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
            let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
            Duration::from_millis(ticks * 10)
        };
        (used(&self.child.id().unwrap().to_string()), used("self"))
    }

    /// Where the run channel is.
    pub(crate) fn run_socket(&self) -> PathBuf {
        self.directory.path().join("run.sock")
    }

    /// A new socket.
    pub(crate) async fn socket(&self) -> Socket {
        Socket::dial(&self.run_socket()).await.unwrap()
    }

    /// What `GET /path` on the user's Worker answers.
    pub(crate) async fn get(&self, path: &str) -> String {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let mut stream = tokio::net::UnixStream::connect(self.directory.path().join("user.sock"))
            .await
            .unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}

/// The real workerd: the one that is named, else found or fetched as Stepwell itself does.
fn binary() -> PathBuf {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    let find = || {
        let mut request = Locate::new(env!("CARGO_MANIFEST_DIR"), cache_dir());
        request.explicit = std::env::var_os(Tool::Workerd.variable()).map(PathBuf::from);
        locate(Tool::Workerd, &request).unwrap().path
    };
    FOUND.get_or_init(find).clone()
}

fn config(code: &str, date: &str, v8_flags: &str, directory: &std::path::Path) -> String {
    let mut modules = String::new();
    let mut module = |name: &str, source: &str| {
        // JSON's escapes are Cap'n Proto's, but for those of characters beyond ASCII, which it takes raw.
        let _ = write!(
            modules,
            "(name = \"{name}\", esModule = {}),",
            serde_json::Value::from(source)
        );
    };
    module(
        shim::MAIN_MODULE,
        &shim::main_module(shim::USER_MODULE, [code.as_bytes()]),
    );
    module(shim::USER_MODULE, code);
    for (name, source) in shim::MODULES.iter().chain(shim::STAND_INS) {
        module(name, source);
    }
    let flags = if date < "2026-08-04" { "\"nodejs_als\"" } else { "" };
    let path = |name: &str| directory.join(name).display().to_string();
    format!(
        "using Workerd = import \"/workerd/workerd.capnp\";\n\
         const config :Workerd.Config = (\n\
         v8Flags = [{v8_flags}],\n\
         services = [(name = \"user\", worker = (modules = [{modules}], compatibilityDate = \"{date}\",\n\
         compatibilityFlags = [{flags}], bindings = [(name = \"SELF\", service = \"user\"), (name = \"TEXT\", text = \
         \"t\")], globalOutbound = \"user\"))],\n\
         sockets = [(name = \"run\", address = \"unix:{}\", http = (), service = (name = \"user\", entrypoint = \"{}\")),\n\
         (name = \"user\", address = \"unix:{}\", http = (), service = \"user\")]);\n",
        path("run.sock"),
        shim::RUN_ENTRYPOINT,
        path("user.sock"),
    )
}
