//! Everything that runs while `stepwell dev` does.

use super::bindings;
use super::build;
use super::context::Context;
use super::facts::SessionFacts;
use super::keys::{self, Key, Keys};
use super::listen;
use super::member::{Member, Source, Started};
use super::on_port;
use super::places::Places;
use crate::arguments::DevArguments;
use crate::commands::running::facts::Common;
use crate::commands::running::{self, Running, upstream};
use crate::printer::Printer;
use anyhow::{Context as _, bail};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use stepwell_api::{admin, binding, ingress};
use stepwell_engine::{Engine, Options, SystemClock};
use stepwell_project::config::{Config, Loaded};
use stepwell_project::toolchain::Tool;
use stepwell_project::watch::Change;
use stepwell_runtime::{Inspectors, Settings, SocketDirectory, serve_inspectors};
use stepwell_store::Store;
use stepwell_store_sqlite::SqliteStore;
use tokio::net::UnixListener;
use tokio::sync::mpsc;

/// A running `stepwell dev`.
pub(crate) struct Session {
    context: Context,
    /// The first one has the port.
    members: Vec<Member>,
    /// Which member's files changed.
    changes: mpsc::Receiver<(usize, Change)>,
    keys: Option<Keys>,
    url: String,
}

impl Session {
    /// Starts everything and prints `Ready`.
    pub(crate) async fn start(arguments: &DevArguments, printer: &Arc<Printer>) -> anyhow::Result<Self> {
        let since = Instant::now();
        let sources = read(arguments, printer).await?;
        let primary = &sources[0].1.config;
        // Ports first: the most common mistake should be told before anything else takes time.
        let ip = listen::address(arguments, &primary.dev)?;
        let port = arguments.project.port.or(primary.dev.port).unwrap_or(8787);
        let listener = listen::listen(ip, port, "--port").await?;
        let api_listener = listen::listen_for_api(ip, arguments.project.api_port).await?;
        let tls = on_port::tls(arguments, &primary.dev)?;
        let secure = tls.is_some();
        let origin = on_port::origin(arguments, primary);
        let context = prepare(arguments, printer, primary).await?;
        for (_, loaded) in &sources {
            context.neighbours.note(&loaded.config);
            context.settings.network.expect(&loaded.config.name);
        }
        let endpoint = UnixListener::bind(&context.settings.engine_socket)
            .context("cannot listen for the Workers' bindings")?;
        let engine = Arc::new(context.engine.clone());
        let answers = binding::Engine {
            operations: engine.clone(),
            inspection: Some(engine),
        };
        tokio::spawn(binding::serve(endpoint, answers));
        let names: Vec<String> = sources
            .iter()
            .map(|(_, loaded)| loaded.config.name.clone())
            .collect();
        let has_crons = sources.iter().any(|(_, loaded)| {
            loaded
                .config
                .crons
                .as_ref()
                .is_some_and(|crons| !crons.is_empty())
        });
        let (sender, changes) = mpsc::channel(1);
        let mut members = Vec::with_capacity(sources.len());
        for (index, (source, loaded)) in sources.into_iter().enumerate() {
            let started = Member::start(&context, source, &loaded).await?;
            members.push(forward(started, index, sender.clone()));
        }
        let (ready_at, api_at) = (listener.local_addr()?, api_listener.local_addr()?);
        let host = members[0].worker().host();
        let destination = on_port::destination(&context, &members[0], upstream(host.clone()), origin);
        let on_port = ingress::Options {
            tls,
            ..ingress::Options::default()
        };
        tokio::spawn(ingress::serve(listener, Arc::new(destination), on_port));
        let facts = SessionFacts {
            common: Common::new(
                context.engine.clone(),
                &context.places.data,
                context.settings.meters.clone(),
            ),
            host,
        };
        tokio::spawn(admin::serve(api_listener, Arc::new(facts)));
        running::guard::watch(context.places.data.clone(), printer.clone());
        let url = printer.ready(ready_at, secure, api_at, &names.join(", "), since.elapsed());
        if has_crons && !arguments.test_scheduled {
            printer.warning(&format!(
                "Scheduled Workers are not automatically triggered during local development.\nTo manually trigger a scheduled event, run:\n  curl \"{url}/cdn-cgi/local/scheduled\""
            ));
        }
        let keys = Keys::listen(arguments.show_interactive_dev_session);
        if keys.is_some() {
            crate::printer::keys(&keys::HELP);
        }
        Ok(Self {
            context,
            members,
            changes,
            keys,
            url,
        })
    }
}

impl Running for Session {
    /// Reloads at each change, and does what keys ask for; returns when one asks for the end.
    async fn run(&mut self) {
        loop {
            let key = async {
                match &mut self.keys {
                    Some(keys) => keys.next().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                Some((index, change)) = self.changes.recv() => self.members[index].reload(&change).await,
                key = key => match key {
                    Key::Exit => return,
                    key => keys::perform(key, &self.url, &self.context.printer),
                },
            }
        }
    }

    /// Steps that run may end for a while, then the processes end.
    async fn stop(&mut self) {
        self.context.engine.stop(super::STOP_GRACE).await;
        for member in &self.members {
            member.worker().stop().await;
        }
    }
}

/// Reads the configurations and shows what the Workers have. On a thread of its own, because a file may be a pipe that
/// nobody writes to, and Ctrl-C must end that too.
async fn read(arguments: &DevArguments, printer: &Arc<Printer>) -> anyhow::Result<Vec<(Source, Loaded)>> {
    let (arguments, printer) = (arguments.clone(), printer.clone());
    tokio::task::spawn_blocking(move || {
        let sources = load_all(&arguments, &printer)?;
        show(&sources, &arguments, &printer)?;
        Ok(sources)
    })
    .await?
}

/// The configurations of all Workers of the session; the first one has the port.
fn load_all(arguments: &DevArguments, printer: &Printer) -> anyhow::Result<Vec<(Source, Loaded)>> {
    let mut all: Vec<(Source, Loaded)> = Vec::new();
    for source in Source::all(arguments) {
        let loaded = source.load(printer)?;
        for note in &loaded.notes {
            printer.note(note);
        }
        let twin = all
            .iter()
            .find(|(_, other)| other.config.name == loaded.config.name);
        if let Some((_, twin)) = twin {
            bail!(
                "{} and {} are both the Worker \"{}\"\nhint: give them different names",
                describe(twin),
                describe(&loaded),
                loaded.config.name
            );
        }
        all.push((source, loaded));
    }
    Ok(all)
}

/// The file of a configuration, or that there is none.
fn describe(loaded: &Loaded) -> String {
    match &loaded.path {
        Some(path) => path.display().to_string(),
        None => "the script without a configuration".to_owned(),
    }
}

/// Finds the programs, opens the store, starts the engine.
async fn prepare(
    arguments: &DevArguments,
    printer: &Arc<Printer>,
    primary: &Config,
) -> anyhow::Result<Context> {
    let project = arguments.project.clone();
    let project_dir = primary.project_dir.clone();
    let (workerd, esbuild) = tokio::task::spawn_blocking(move || {
        let workerd = build::locate(Tool::Workerd, &project, &project_dir)?;
        Ok::<_, anyhow::Error>((workerd, build::locate(Tool::Esbuild, &project, &project_dir)?))
    })
    .await??;
    let places = Places::of(&arguments.project, &primary.project_dir);
    let engine = start_engine(arguments, &places).await?;
    places.split_objects(&primary.name)?;
    let directory = Arc::new(SocketDirectory::create().context("cannot make a directory for sockets")?);
    let mut settings = Settings::new(workerd.path, directory);
    if let Some(port) = arguments.inspector_port.or(primary.dev.inspector_port) {
        settings.inspectors = Some(inspect(port, printer).await?);
    }
    if let Some(processes) = arguments.run_processes {
        settings.run_processes = usize::from(processes);
    }
    Ok(Context {
        arguments: Arc::new(arguments.clone()),
        printer: printer.clone(),
        places,
        engine,
        settings,
        neighbours: Arc::default(),
        esbuild: esbuild.path,
    })
}

/// Listens for debuggers, on this machine only: who debugs can run anything.
async fn inspect(port: u16, printer: &Printer) -> anyhow::Result<Arc<Inspectors>> {
    let listener = listen::listen(Ipv4Addr::LOCALHOST.into(), port, "--inspector-port").await?;
    printer.status(
        "Inspector",
        &format!("on http://{}/json, for chrome://inspect", listener.local_addr()?),
    );
    let inspectors = Inspectors::new();
    tokio::spawn(serve_inspectors(listener, inspectors.clone()));
    Ok(inspectors)
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

/// The start screen: what each Worker has on `env`.
fn show(sources: &[(Source, Loaded)], arguments: &DevArguments, printer: &Printer) -> anyhow::Result<()> {
    let names: Vec<String> = sources
        .iter()
        .map(|(_, loaded)| loaded.config.name.clone())
        .collect();
    for (_, loaded) in sources {
        let variables = build::variables(&arguments.env_file, &loaded.config, printer)?;
        for source in variables.sources {
            printer.note(&format!("Using secrets defined in {source}"));
        }
        let secret = variables.secrets.into_keys().collect();
        let list = bindings::list(&loaded.config, &secret, &names);
        printer.bindings(&loaded.config.name, names.len() > 1, &list);
    }
    Ok(())
}

/// Passes the changes of a member's files on, with its place in the list.
fn forward(started: Started, index: usize, to: mpsc::Sender<(usize, Change)>) -> Member {
    if let Some(mut changes) = started.changes {
        tokio::spawn(async move {
            while let Some(change) = changes.recv().await {
                if to.send((index, change)).await.is_err() {
                    return;
                }
            }
        });
    }
    started.member
}
