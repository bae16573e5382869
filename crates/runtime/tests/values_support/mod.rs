//! A workerd that runs one of the fixtures in `tests/fixtures/values`, either plainly or with workerd's own engine of
//! Workflows.

pub(crate) mod outcome;
pub(crate) mod table;

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use stepwell_project::toolchain::{Locate, Tool, cache_dir, locate};

/// The compatibility dates that everything is tried at: the oldest, without Node flags, and the newest.
pub(crate) const DATES: [&str; 2] = ["2024-10-22", "2026-09-01"];

/// A running workerd. It is killed when dropped.
pub(crate) struct Workerd {
    child: Child,
    directory: tempfile::TempDir,
}

impl Workerd {
    /// A Worker of a fixture with the shim's modules beside it.
    pub(crate) fn plain(main: &str, date: &str) -> Self {
        let directory = with_fixtures();
        let shim = Path::new(env!("CARGO_MANIFEST_DIR")).join("shim");
        copy(&shim.join("values.js"), &directory.path().join("values.js"));
        let mut modules = format!("(name = {main:?}, esModule = embed {main:?}),");
        let mut add = |name: &str| {
            if name != main {
                write!(modules, "(name = {name:?}, esModule = embed {name:?}),").unwrap();
            }
        };
        for name in ["corpus.js", "describe.js", "empty.js", "values.js"] {
            add(name);
        }
        std::fs::create_dir(directory.path().join("values")).unwrap();
        for file in files(&shim.join("values")) {
            let name = format!("values/{}", file.file_name().unwrap().display());
            copy(&file, &directory.path().join(&name));
            add(&name);
        }
        let socket = directory.path().join("socket");
        let config = format!(
            "using Workerd = import \"/workerd/workerd.capnp\";\n\
             const config :Workerd.Config = (\n\
             services = [(name = \"main\", worker = (modules = [{modules}], compatibilityDate = {date:?}))],\n\
             sockets = [(name = \"http\", address = \"unix:{}\", http = (), service = \"main\")]);\n",
            socket.display()
        );
        std::fs::write(directory.path().join("config.capnp"), config).unwrap();
        Self::start(directory, &["serve", "config.capnp"])
    }

    /// The fixture `engine.js`, a Workflow, under workerd's own engine.
    pub(crate) fn engine(date: &str) -> Self {
        let directory = with_fixtures();
        let config = serde_json::json!({
            "name": "values", "main": "engine.js", "no_bundle": true, "compatibility_date": date,
            "workflows": [{ "name": "values", "binding": "VALUES", "class_name": "Values" }],
        });
        std::fs::write(directory.path().join("wrangler.json"), config.to_string()).unwrap();
        let address = format!("http=unix:{}", directory.path().join("socket").display());
        Self::start(
            directory,
            &["serve", "--experimental", "wrangler.json", "-s", &address],
        )
    }

    fn start(directory: tempfile::TempDir, arguments: &[&str]) -> Self {
        let child = Command::new(workerd())
            .args(arguments)
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .spawn()
            .expect("workerd starts");
        let this = Self { child, directory };
        for _ in 0..400 {
            if this.connect().is_some() {
                return this;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("workerd does not answer");
    }

    fn connect(&self) -> Option<UnixStream> {
        UnixStream::connect(self.directory.path().join("socket")).ok()
    }

    /// The CPU time that the process has taken.
    pub(crate) fn cpu_time(&self) -> Duration {
        const TICK_MS: u64 = 10;
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // User and system time are the 12th and 13th fields after the name, which may have spaces.
        let fields = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .skip(11)
            .take(2);
        let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
        Duration::from_millis(ticks * TICK_MS)
    }

    /// The JSON that `GET path` answers.
    pub(crate) fn get(&self, path: &str) -> serde_json::Value {
        let mut stream = self.connect().expect("workerd listens");
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{path}: {error}: {answer}"))
    }
}

impl Drop for Workerd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The workerd that `STEPWELL_WORKERD` names, or the pinned one.
fn workerd() -> PathBuf {
    if let Some(path) = std::env::var_os(Tool::Workerd.variable()) {
        return path.into();
    }
    let request = Locate::new(env!("CARGO_MANIFEST_DIR"), cache_dir());
    locate(Tool::Workerd, &request).expect("a workerd").path
}

/// Where the fixtures are.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/values")
}

fn with_fixtures() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for file in files(&fixtures()) {
        copy(&file, &directory.path().join(file.file_name().unwrap()));
    }
    directory
}

/// The files of a directory that are JavaScript.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "js"))
        .collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
}
