//! Everything that runs while `stepwell serve` does.

use super::facts::ServerFacts;
use super::network;
use super::platform::{Ground, Machine};
use crate::arguments::ServeArguments;
use crate::commands::offline::{CATALOGUE, STORE, damage};
use crate::commands::running::facts::Common;
use crate::commands::running::{self, Running};
use crate::printer::{Addresses, Printer};
use anyhow::{Context as _, bail};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use stepwell_api::ingress::{Host, Naming, Production};
use stepwell_api::tls::Tls;
use stepwell_api::{account, binding, ingress};
use stepwell_catalogue::Catalogue;
use stepwell_control::{Control, MasterKey, Parts, SystemRandom};
use stepwell_engine::{Engine, Management as _, Options, StartError};
use stepwell_logs::tail::TailHub;
use stepwell_project::toolchain::{Locate, Tool, cache_dir, locate};
use stepwell_runtime::{Settings, SocketDirectory};
use stepwell_store::Store;
use stepwell_store_sqlite::{SqliteCatalogue, SqliteStore};
use tokio::net::{TcpListener, UnixListener};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// The account that the first start makes.
const DEFAULT_ACCOUNT: &str = "default";

/// A running `stepwell serve`.
pub(super) struct Server {
    engine: Engine,
    machine: Machine,
    /// Tells the ports to stop.
    stop: CancellationToken,
    ports: JoinSet<()>,
    grace: Duration,
    /// Where Workers are, as the API says it.
    named: account::Addresses,
}

impl Server {
    /// Starts everything and prints where it is.
    pub(super) async fn start(arguments: &ServeArguments, printer: &Arc<Printer>) -> anyhow::Result<Self> {
        let since = Instant::now();
        printer.limit_workers();
        // What the server keeps is for nobody else on this machine.
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
        // Ports first: the most common mistake should be told before anything else takes time.
        let workers = listen(arguments.listen, "--listen").await?;
        let api = listen(arguments.api_listen, "--api-listen").await?;
        let tls = tls(arguments)?;
        let (store, catalogue) = open(arguments).await?;
        running::guard::watch(arguments.data.clone(), printer.clone());
        let engine = Engine::start(store, Arc::new(stepwell_engine::SystemClock), options(arguments)).await;
        let engine = engine.map_err(|error| match error {
            StartError::Store(error) => damage(error, &arguments.data, STORE),
            shards @ StartError::Shards { .. } => shards.into(),
        })?;
        let tails = Arc::new(TailHub::default());
        let settings = settings(arguments, tails.clone()).await?;
        serve_bindings(&settings, &engine)?;
        let processes = settings.meters.clone();
        let machine = Machine::new(
            settings,
            engine.clone(),
            ground(arguments)?,
            catalogue.clone(),
            naming(arguments)?,
        )
        .context("cannot use the data directory")?;
        let control = open_control(arguments, catalogue, &machine).await?;
        let token = control.bootstrap(arguments.bootstrap_token.as_deref()).await?;
        // What was lost is no reason to lose more: the Workflows may be deployed again.
        if !arguments.accept_data_loss {
            forget_deleted(&engine, &control).await?;
        }
        machine.show_inactive(&control).await?;
        machine.expect(control.worker_states()).await;
        control.start().await?;
        let addresses = Addresses {
            workers: workers.local_addr()?,
            api: api.local_addr()?,
            secure: tls.is_some(),
        };
        let server = Self {
            stop: CancellationToken::new(),
            ports: JoinSet::new(),
            grace: Duration::from_secs(u64::from(arguments.stop_grace)),
            named: account::Addresses {
                scheme: if addresses.secure { "https" } else { "http" },
                domain: arguments
                    .domain
                    .first()
                    .map_or("localhost", String::as_str)
                    .to_owned(),
                port: addresses.workers.port(),
                main_account: DEFAULT_ACCOUNT.to_owned(),
            },
            engine,
            machine,
        };
        tails.introduce(Arc::new(account::WorkersOf(control.clone())));
        let facts = ServerFacts {
            common: Common::new(server.engine.clone(), &arguments.data, processes),
            control,
            tails,
            ingress: Arc::default(),
            printer: printer.clone(),
        };
        let server = server.open_ports(workers, api, tls, facts, network::production(arguments)?);
        printer.serves(
            &addresses,
            token.as_ref().map(|token| token.secret.as_str()),
            since.elapsed(),
        );
        Ok(server)
    }

    fn open_ports(
        mut self,
        workers: TcpListener,
        api: TcpListener,
        tls: Option<Tls>,
        facts: ServerFacts,
        production: Production,
    ) -> Self {
        let api_options = account::Options {
            tls: tls.clone(),
            drain: self.grace,
            head_timeout: production.head_timeout,
        };
        let options = ingress::Options {
            tls,
            grace: self.grace,
            production: Some(production),
            meters: facts.ingress.clone(),
            ..ingress::Options::default()
        };
        let stop = self.stop.clone();
        let routes = self.machine.routes();
        self.ports.spawn(async move {
            ingress::serve_until(workers, routes, options, stop.cancelled_owned()).await;
        });
        let parts = account::Api {
            engine: Arc::new(self.engine.clone()),
            control: facts.control.clone(),
            moves: Arc::new(self.machine.clone()),
            tails: facts.tails.clone(),
            addresses: self.named.clone(),
            facts: Arc::new(facts),
            meters: account::ApiMeters::default(),
        };
        let stop = self.stop.clone();
        self.ports
            .spawn(account::serve(api, Arc::new(parts), api_options, stop));
        self
    }
}

impl Running for Server {
    /// It does not end by itself, unless something went wrong that nobody has thought of.
    async fn run(&mut self) {
        if let Some(Err(error)) = self.ports.join_next().await {
            tracing::error!("a port is no longer served: {error}");
        }
    }

    /// Nothing is accepted any more; requests and steps in flight may end for a while; then everything is closed.
    async fn stop(&mut self) {
        self.stop.cancel();
        let ports = async { while self.ports.join_next().await.is_some() {} };
        tokio::join!(ports, self.engine.stop(self.grace));
        self.machine.stop().await;
    }
}

async fn listen(address: SocketAddr, option: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|error| crate::commands::dev::cannot_listen(address.ip(), address.port(), option, &error))
}

fn tls(arguments: &ServeArguments) -> anyhow::Result<Option<Tls>> {
    match (&arguments.tls_certificate, &arguments.tls_key) {
        (Some(certificate), Some(key)) => Ok(Some(Tls::from_files(key, certificate)?)),
        (None, None) => Ok(None),
        // A file of options may name one of them.
        _ => bail!("https needs both a certificate and its key\nhint: set tls_certificate and tls_key"),
    }
}

/// Opens the store, which locks the directory, and the catalogue beside it.
async fn open(arguments: &ServeArguments) -> anyhow::Result<(Arc<dyn Store>, Arc<dyn Catalogue>)> {
    let (data, accept_loss) = (arguments.data.clone(), arguments.accept_data_loss);
    tokio::task::spawn_blocking(move || {
        let options = stepwell_store_sqlite::Options {
            accept_loss,
            ..stepwell_store_sqlite::Options::default()
        };
        let store = SqliteStore::open(&data, &options).map_err(|error| damage(error, &data, STORE))?;
        let catalogue = SqliteCatalogue::open(&store);
        let catalogue = catalogue.map_err(|error| damage(error, &data, CATALOGUE))?;
        Ok::<(Arc<dyn Store>, Arc<dyn Catalogue>), anyhow::Error>((Arc::new(store), Arc::new(catalogue)))
    })
    .await?
}

fn options(arguments: &ServeArguments) -> Options {
    let rate = |limit: u32| (limit > 0).then_some(limit);
    Options {
        creations_per_second: rate(arguments.creation_rate),
        creations_per_second_per_workflow: rate(arguments.workflow_creation_rate),
        running_max: arguments.max_running as usize,
        hang_after: Duration::from_secs(u64::from(arguments.hang_after)),
        ..Options::default()
    }
}

async fn settings(arguments: &ServeArguments, logs: Arc<TailHub>) -> anyhow::Result<Settings> {
    let (explicit, offline) = (arguments.workerd.clone(), arguments.offline);
    let workerd = tokio::task::spawn_blocking(move || {
        let request = Locate {
            explicit,
            offline,
            ..Locate::new(Path::new("."), cache_dir())
        };
        locate(Tool::Workerd, &request).context("a program that Stepwell needs is missing")
    })
    .await??;
    let directory = SocketDirectory::create().context("cannot make a directory for sockets")?;
    let mut settings = Settings::new(workerd.path, Arc::new(directory));
    settings.logs = logs;
    if let Some(processes) = arguments.run_processes {
        settings.run_processes = usize::from(processes);
    }
    Ok(settings)
}

/// Deletes the instances of Workflows that were deleted when the server was killed.
async fn forget_deleted(engine: &Engine, control: &Control) -> anyhow::Result<()> {
    for key in engine.stored_workflows().await? {
        let known = key.split_once('/');
        if known.is_none_or(|(account, name)| control.workflow(account, name).is_none()) {
            engine.delete_workflow(&key).await?;
        }
    }
    Ok(())
}

/// What Workflow bindings ask.
fn serve_bindings(settings: &Settings, engine: &Engine) -> anyhow::Result<()> {
    let endpoint =
        UnixListener::bind(&settings.engine_socket).context("cannot listen for the Workers' bindings")?;
    let answers = binding::Engine {
        operations: Arc::new(engine.clone()),
        inspection: None,
    };
    tokio::spawn(binding::serve(endpoint, answers));
    Ok(())
}

/// How the addresses of Workers are made.
fn naming(arguments: &ServeArguments) -> anyhow::Result<Naming> {
    let host = |text: &String| {
        Host::parse(text)
            .with_context(|| format!("--domain {text}: it is no domain, such as workers.example"))
    };
    Ok(Naming {
        domains: arguments.domain.iter().map(host).collect::<anyhow::Result<_>>()?,
        default_account: DEFAULT_ACCOUNT.to_owned(),
        default_worker: arguments.default_worker.clone(),
    })
}

fn ground(arguments: &ServeArguments) -> anyhow::Result<Ground> {
    Ok(Ground {
        outbound: network::outbound(arguments)?,
        heap_mb: arguments.heap_mb,
        objects: arguments.data.join("objects"),
        cache: arguments.data.clone(),
    })
}

/// A new key beside old secrets would be no help to them, and those that are set with it would be lost when the old one is
/// found again.
async fn refuse_lost_key(data: &Path, file: &Path, catalogue: &Arc<dyn Catalogue>) -> anyhow::Result<()> {
    if file.exists() {
        return Ok(());
    }
    let documents = catalogue.documents().await;
    let documents = documents.map_err(|error| damage(error, data, CATALOGUE))?;
    let sealed = |body: &[u8]| body.windows(8).any(|eight| eight == b"\"sealed\"");
    if documents.iter().any(|document| sealed(&document.body)) {
        bail!(
            "the key for secrets is missing: {}, and there are secrets that were encrypted with it\nhint: put the key back, or name it with --secrets-key-file",
            file.display()
        );
    }
    Ok(())
}

async fn open_control(
    arguments: &ServeArguments,
    catalogue: Arc<dyn Catalogue>,
    machine: &Machine,
) -> anyhow::Result<Control> {
    let file = arguments.secrets_key_file.clone();
    let file = file.unwrap_or_else(|| arguments.data.join("secrets.key"));
    refuse_lost_key(&arguments.data, &file, &catalogue).await?;
    let parts = Parts {
        catalogue,
        platform: Arc::new(machine.clone()),
        clock: Arc::new(stepwell_control::SystemClock),
        random: Arc::new(SystemRandom),
        key: MasterKey::from_file(&file, &SystemRandom)?,
        options: stepwell_control::Options {
            allow_unsupported: arguments.allow_unsupported,
        },
    };
    let control = Control::open(parts).await;
    control.map_err(|error| damage(error, &arguments.data, CATALOGUE))
}
