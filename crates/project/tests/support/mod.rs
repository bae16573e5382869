//! Projects in temporary directories.
#![allow(dead_code, unreachable_pub)] // Each test file uses a part of this.

use std::path::{Path, PathBuf};

use stepwell_project::bundle::{Bundle, ModuleKind};
use stepwell_project::config::{self, Config, Loaded};
use stepwell_project::toolchain::{self, Locate, Tool};
use tempfile::TempDir;

/// A project that is deleted at the end.
pub struct Project {
    directory: TempDir,
}

impl Project {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let project = Self {
            directory: tempfile::tempdir().expect("a temporary directory"),
        };
        for (name, content) in files {
            project.write(name, content);
        }
        project
    }

    pub fn path(&self) -> PathBuf {
        self.directory.path().canonicalize().expect("it exists")
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.directory.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it has a parent")).expect("a directory");
        std::fs::write(path, content).expect("a file");
    }

    pub fn request(&self) -> config::Request<'_> {
        config::Request {
            directory: self.directory.path(),
            file: None,
            environment: None,
        }
    }

    pub fn load(&self) -> Result<Loaded, config::Error> {
        config::load(self.request())
    }

    pub fn config(&self) -> Config {
        self.load().unwrap_or_else(|error| panic!("{error}")).config
    }

    /// What loading says is wrong, each as `file:line:column: text`, with the file's name alone.
    pub fn errors(&self) -> Vec<String> {
        let error = self.load().expect_err("the configuration should be refused");
        let prefix = format!("{}/", self.directory.path().display());
        let found = error
            .diagnostics()
            .iter()
            .map(|found| found.one_line().replace(&prefix, ""));
        found.collect()
    }

    pub fn warnings(&self) -> Vec<String> {
        let loaded = self.load().unwrap_or_else(|error| panic!("{error}"));
        let prefix = format!("{}/", self.directory.path().display());
        loaded
            .warnings
            .iter()
            .map(|warning| warning.to_string().replace(&prefix, ""))
            .collect()
    }
}

/// The pinned esbuild, fetched on a machine that has none.
pub fn esbuild() -> PathBuf {
    locate(Tool::Esbuild)
}

/// The pinned workerd, fetched on a machine that has none.
pub fn workerd() -> PathBuf {
    locate(Tool::Workerd)
}

/// Where polyfills come from.
pub fn packages(config: &Config) -> Locate {
    Locate::new(&config.project_dir, toolchain::cache_dir())
}

fn locate(tool: Tool) -> PathBuf {
    let mut request = Locate::new(Path::new(env!("CARGO_MANIFEST_DIR")), toolchain::cache_dir());
    request.explicit = std::env::var_os(tool.variable()).map(PathBuf::from);
    toolchain::locate(tool, &request)
        .unwrap_or_else(|error| panic!("{error}"))
        .path
}

/// What the Worker answers to a request, in the pinned workerd.
#[cfg(unix)]
pub fn fetch(project: &Project, bundle: &Bundle) -> String {
    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixStream;
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    let socket = project.path().join("s");
    let _ = std::fs::remove_file(&socket);
    let worker = worker(project, bundle);
    project.write("out/config.capnp", format!("using Workerd = import \"/workerd/workerd.capnp\";\nconst config :Workerd.Config = (\n  services = [(name = \"u\", worker = ({worker}))],\n  sockets = [(name = \"h\", address = \"unix:{}\", http = (), service = \"u\")]);\n", socket.display()));
    let mut workerd = Command::new(self::workerd())
        .args(["serve", "out/config.capnp"])
        .current_dir(project.path())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("workerd starts");
    let end = Instant::now() + Duration::from_secs(20);
    let mut stream = loop {
        match UnixStream::connect(&socket) {
            Ok(stream) => break stream,
            Err(error) => {
                let ended = workerd.try_wait().expect("a status");
                assert!(ended.is_none() && Instant::now() < end, "{error}, {ended:?}");
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    };
    let mut answer = String::new();
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .and_then(|()| stream.read_to_string(&mut answer))
        .expect("an answer");
    workerd.kill().expect("it runs");
    workerd.wait().expect("it ends");
    answer
}

fn worker(project: &Project, bundle: &Bundle) -> String {
    use std::fmt::Write as _;

    let config = project.config();
    project.write("out/0", &bundle.code);
    let mut modules = format!("(name = {:?}, esModule = embed \"0\")", bundle.name);
    for (index, module) in bundle.modules.iter().enumerate() {
        let field = match module.kind {
            ModuleKind::EsModule => "esModule",
            ModuleKind::CommonJs => "commonJsModule",
            ModuleKind::Text => "text",
            ModuleKind::Data => "data",
            ModuleKind::Wasm => "wasm",
        };
        let file = index + 1;
        project.write(&format!("out/{file}"), &module.contents);
        write!(
            modules,
            ", (name = {:?}, {field} = embed \"{file}\")",
            module.name
        )
        .expect("a text takes everything");
    }
    format!(
        "modules = [{modules}], compatibilityDate = {:?}, compatibilityFlags = {:?}",
        config.compatibility_date, config.compatibility_flags
    )
}
