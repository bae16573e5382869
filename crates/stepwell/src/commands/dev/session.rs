//! Everything that runs while `stepwell dev` does.

use super::build::{self, Build};
use super::explain::explain;
use super::facts::SessionFacts;
use super::places::Places;
use crate::arguments::DevArguments;
use crate::printer::Printer;
use anyhow::{Context, anyhow};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use stepwell_api::ingress::Upstream;
use stepwell_api::{admin, binding, ingress};
use stepwell_engine::{Engine, Options, SystemClock};
use stepwell_project::toolchain::Tool;
use stepwell_project::watch::{Change, Watcher};
use stepwell_runtime::{HostState, Settings, SocketDirectory, Worker};
use stepwell_store::Store;
use stepwell_store_sqlite::SqliteStore;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{mpsc, watch};

/// A running `stepwell dev`.
pub(crate) struct Session {
    pub(super) arguments: DevArguments,
    pub(super) printer: Arc<Printer>,
    pub(super) places: Places,
    pub(super) esbuild: std::path::PathBuf,
    pub(super) engine: Engine,
    /// The Worker's name.
    pub(super) name: String,
    pub(super) worker: Worker,
    pub(super) watcher: Option<(Watcher, mpsc::Receiver<Change>)>,
    pub(super) fingerprint: String,
    pub(super) version: u32,
}

impl Session {
    /// Starts everything and prints `Ready`.
    pub(crate) async fn start(arguments: &DevArguments, printer: &Arc<Printer>) -> anyhow::Result<Self> {
        let since = Instant::now();
        let loaded = build::load(arguments, printer)?;
        let config = loaded.config;
        // Ports first: the most common mistake should be told before anything else takes time.
        let ip = address(arguments, &config.dev)?;
        let listener = listen(
            ip,
            arguments.project.port.or(config.dev.port).unwrap_or(8787),
            "--port",
        )
        .await?;
        let api_listener = listen(ip, arguments.project.api_port, "--api-port").await?;
        let project = arguments.project.clone();
        let project_dir = config.project_dir.clone();
        let (workerd, esbuild) = tokio::task::spawn_blocking(move || {
            let workerd = build::locate(Tool::Workerd, &project, &project_dir)?;
            Ok::<_, anyhow::Error>((workerd, build::locate(Tool::Esbuild, &project, &project_dir)?))
        })
        .await??;
        let places = Places::of(&arguments.project, &config.project_dir);
        let engine = start_engine(arguments, &places).await?;
        let version = 1;
        let build = build::build(arguments, &config, &esbuild.path, &places, version, printer)?;
        let directory = Arc::new(SocketDirectory::create().context("cannot make a directory for sockets")?);
        let settings = settings(arguments, workerd.path, directory);
        let endpoint =
            UnixListener::bind(&settings.engine_socket).context("cannot listen for the Worker's bindings")?;
        tokio::spawn(binding::serve(endpoint, Arc::new(engine.clone())));
        let Build {
            script,
            definitions,
            bundle,
            fingerprint,
        } = build;
        let deployment = engine.prepare(&config.name, definitions).await?;
        let worker = Worker::start(settings, script)
            .await
            .map_err(|error| explain(&error, &config, printer))?;
        engine.adopt(deployment, worker.fleet().await);
        let (ready_at, api_at) = (listener.local_addr()?, api_listener.local_addr()?);
        tokio::spawn(ingress::serve(
            listener,
            upstream(worker.host()),
            ingress::Options::default(),
        ));
        let facts = SessionFacts {
            engine: engine.clone(),
            host: worker.host(),
        };
        tokio::spawn(admin::serve(api_listener, Arc::new(facts)));
        tokio::spawn(super::guard::watch(places.data.clone(), printer.clone()));
        let watcher = watch(arguments, &loaded.path, config.main.as_deref(), &bundle.inputs)?;
        printer.ready(ready_at, api_at, &config.name, since.elapsed());
        Ok(Self {
            arguments: arguments.clone(),
            printer: printer.clone(),
            places,
            esbuild: esbuild.path,
            engine,
            name: config.name,
            worker,
            watcher,
            fingerprint,
            version,
        })
    }

    /// Stops: steps that run may end within `grace`, then the processes end.
    pub(crate) async fn stop(&self, grace: Duration) {
        self.engine.stop(grace).await;
        self.worker.stop().await;
    }
}

/// The address to listen on.
fn address(arguments: &DevArguments, dev: &stepwell_project::config::Dev) -> anyhow::Result<IpAddr> {
    let configured = dev
        .ip
        .as_deref()
        .map(|ip| if ip == "localhost" { "127.0.0.1" } else { ip });
    match (arguments.project.ip, configured) {
        (Some(ip), _) => Ok(ip),
        (None, Some(ip)) => ip
            .parse()
            .with_context(|| format!("dev.ip \"{ip}\" is no IP address")),
        (None, None) => Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)),
    }
}

async fn listen(ip: IpAddr, port: u16, option: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind((ip, port))
        .await
        .map_err(|error| cannot_listen(ip, port, option, &error))
}

fn cannot_listen(ip: IpAddr, port: u16, option: &str, error: &std::io::Error) -> anyhow::Error {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow!(
            "port {port} is in use\nhint: stop the program that has it (another `stepwell dev` or `wrangler dev`?), or choose another one with {option}"
        ),
        std::io::ErrorKind::PermissionDenied => {
            anyhow!("not allowed to listen on port {port}\nhint: choose a port above 1023 with {option}")
        }
        std::io::ErrorKind::AddrNotAvailable => {
            anyhow!(
                "this machine has no address {ip}\nhint: use --ip 127.0.0.1, or --ip 0.0.0.0 for every address"
            )
        }
        _ => anyhow!("cannot listen on {ip}:{port}: {error}"),
    }
}

async fn start_engine(arguments: &DevArguments, places: &Places) -> anyhow::Result<Engine> {
    let data = places.data.clone();
    let store = tokio::task::spawn_blocking(move || {
        SqliteStore::open(&data, &stepwell_store_sqlite::Options::default())
    })
    .await??;
    places.ignore_in_git();
    let store: Arc<dyn Store> = Arc::new(store);
    let options = Options {
        running_max: arguments.max_running as usize,
        hang_after: Duration::from_secs(u64::from(arguments.hang_after)),
        ..Options::default()
    };
    Ok(Engine::start(store, Arc::new(SystemClock), options).await?)
}

fn settings(
    arguments: &DevArguments,
    workerd: std::path::PathBuf,
    directory: Arc<SocketDirectory>,
) -> Settings {
    let mut settings = Settings::new(workerd, directory);
    if let Some(processes) = arguments.run_processes {
        settings.run_processes = usize::from(processes);
    }
    settings
}

fn watch(
    arguments: &DevArguments,
    config: &std::path::Path,
    main: Option<&std::path::Path>,
    inputs: &[std::path::PathBuf],
) -> anyhow::Result<Option<(Watcher, mpsc::Receiver<Change>)>> {
    if arguments.no_watch {
        return Ok(None);
    }
    let (mut watcher, changes) = Watcher::new(config, main)?;
    watcher.set_inputs(inputs);
    Ok(Some((watcher, changes)))
}

/// Where the ingress sends requests, as the Worker's host process comes and goes.
fn upstream(mut host: watch::Receiver<HostState>) -> watch::Receiver<Upstream> {
    let translate = |state: &HostState| match state {
        HostState::Serving(path) => Upstream::Serving(path.clone()),
        HostState::Absent { why } => Upstream::Absent { why: why.clone() },
        HostState::NoFetchHandler => Upstream::NoFetchHandler,
    };
    let (sender, receiver) = watch::channel(translate(&host.borrow_and_update()));
    tokio::spawn(async move {
        while host.changed().await.is_ok() {
            let state = translate(&host.borrow_and_update());
            sender.send_replace(state);
        }
    });
    receiver
}
