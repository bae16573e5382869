//! What `stepwell serve` takes. Every option is also a key of its configuration file, and has a variable of the environment.

use clap::Args;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// The port of Workers beside which the API has its own.
const WORKERS: &str = "127.0.0.1:8787";
const API: &str = "127.0.0.1:8788";

/// An address with a port. Of names only `localhost` is understood: who listens where is nothing to ask others about.
fn socket_address(text: &str) -> Result<SocketAddr, String> {
    let wrong = || {
        "write an address and a port, such as 127.0.0.1:8787, 0.0.0.0:8787, [::]:8787 or localhost:8787"
            .to_owned()
    };
    match text.strip_prefix("localhost:") {
        Some(port) => Ok((Ipv4Addr::LOCALHOST, port.parse().map_err(|_| wrong())?).into()),
        None => text.parse().map_err(|_| wrong()),
    }
}

#[derive(Debug, Clone, Args)]
pub(crate) struct ServeArguments {
    /// A file with these options as TOML keys (`data = "/var/lib/stepwell"`); flags and environment go before it
    #[arg(short, long, value_name = "FILE", env = "STEPWELL_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Print a configuration file with every option, its meaning and its default, and stop
    #[arg(long)]
    pub(crate) print_config: bool,
    /// Where everything is kept; made if it is missing
    #[arg(
        long,
        value_name = "DIR",
        env = "STEPWELL_DATA",
        default_value = "stepwell-data"
    )]
    pub(crate) data: PathBuf,
    /// Where Workers are reached; `localhost` is 127.0.0.1
    #[arg(long, value_name = "ADDRESS:PORT", env = "STEPWELL_LISTEN", default_value = WORKERS, value_parser = socket_address)]
    pub(crate) listen: SocketAddr,
    /// Where the API, health and metrics are reached
    #[arg(long, value_name = "ADDRESS:PORT", env = "STEPWELL_API_LISTEN", default_value = API, value_parser = socket_address)]
    pub(crate) api_listen: SocketAddr,
    /// The domains whose subdomains are Workers; several times or with commas for several
    #[arg(
        long,
        value_name = "DOMAIN",
        env = "STEPWELL_DOMAIN",
        default_value = "localhost",
        value_delimiter = ','
    )]
    pub(crate) domain: Vec<String>,
    /// The Worker of the account `default` that answers hosts that no other Worker has [default: the only Worker there is, on this machine's own names]
    #[arg(long, value_name = "SCRIPT", env = "STEPWELL_DEFAULT_WORKER")]
    pub(crate) default_worker: Option<String>,
    /// The certificate chain with which both ports speak https, in PEM format
    #[arg(
        long,
        value_name = "FILE",
        env = "STEPWELL_TLS_CERTIFICATE",
        requires = "tls_key"
    )]
    pub(crate) tls_certificate: Option<PathBuf>,
    /// The key of the certificate, in PEM format
    #[arg(
        long,
        value_name = "FILE",
        env = "STEPWELL_TLS_KEY",
        requires = "tls_certificate"
    )]
    pub(crate) tls_key: Option<PathBuf>,
    /// The admin token that the first start makes [default: a random one, printed once on stdout]
    #[arg(
        long,
        value_name = "TOKEN",
        env = "STEPWELL_BOOTSTRAP_TOKEN",
        hide_env_values = true
    )]
    pub(crate) bootstrap_token: Option<String>,
    /// The key that Workers' secrets are encrypted with, 32 bytes in Base64 (`openssl rand -base64 32`) [default: secrets.key in the data directory, made at the first start]
    #[arg(long, value_name = "FILE", env = "STEPWELL_SECRETS_KEY_FILE")]
    pub(crate) secrets_key_file: Option<PathBuf>,
    /// Addresses that Workers' fetch and connect may reach beside public ones, such as 10.1.0.0/16; several times or with commas for several
    #[arg(
        long,
        value_name = "CIDR",
        env = "STEPWELL_ALLOW_NETWORK",
        value_delimiter = ','
    )]
    pub(crate) allow_network: Vec<String>,
    /// Let Workers reach private addresses too; loopback, link-local and this machine's own addresses stay closed
    #[arg(long, env = "STEPWELL_ALLOW_PRIVATE_NETWORK")]
    pub(crate) allow_private_network: bool,
    /// Take Workers with bindings that are not supported; their first use throws
    #[arg(long, env = "STEPWELL_ALLOW_UNSUPPORTED")]
    pub(crate) allow_unsupported: bool,
    /// Addresses of proxies in front, whose X-Forwarded-For is believed; several times or with commas for several
    #[arg(
        long,
        value_name = "CIDR",
        env = "STEPWELL_TRUSTED_PROXY",
        value_delimiter = ','
    )]
    pub(crate) trusted_proxy: Vec<String>,
    /// Most bytes of a request's body, in MiB
    #[arg(long, value_name = "MIB", env = "STEPWELL_BODY_MAX", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) body_max_mb: u32,
    /// Seconds that a client may take to send the head of a request, and that a body may stand still while it comes
    #[arg(long, value_name = "SECONDS", env = "STEPWELL_CLIENT_TIMEOUT", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) client_timeout: u32,
    /// Most instances that are created per second in an account, restarts counted; 0 is any number
    #[arg(long, value_name = "N", env = "STEPWELL_CREATION_RATE", default_value_t = 0)]
    pub(crate) creation_rate: u32,
    /// Most instances that are created per second in a Workflow; 0 is any number
    #[arg(
        long,
        value_name = "N",
        env = "STEPWELL_WORKFLOW_CREATION_RATE",
        default_value_t = 0
    )]
    pub(crate) workflow_creation_rate: u32,
    /// Most instances that run at once; further ones are queued
    #[arg(long, value_name = "N", env = "STEPWELL_MAX_RUNNING", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_running: u32,
    /// Processes that run instances, for each version of a Worker that has some [default: half of the cores]
    #[arg(long, value_name = "N", env = "STEPWELL_RUN_PROCESSES", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) run_processes: Option<u16>,
    /// JavaScript heap of each process, in MiB
    #[arg(long, value_name = "MIB", env = "STEPWELL_HEAP", default_value_t = 512, value_parser = clap::value_parser!(u32).range(64..))]
    pub(crate) heap_mb: u32,
    /// Seconds a run that waits for nothing may hang before it ends errored
    #[arg(long, value_name = "SECONDS", env = "STEPWELL_HANG_AFTER", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) hang_after: u32,
    /// Seconds that steps and requests in flight may take to end when the server stops
    #[arg(
        long,
        value_name = "SECONDS",
        env = "STEPWELL_STOP_GRACE",
        default_value_t = 10
    )]
    pub(crate) stop_grace: u32,
    /// The workerd program [default: PATH, Stepwell's cache, else fetched]
    #[arg(long, value_name = "FILE", env = "STEPWELL_WORKERD")]
    pub(crate) workerd: Option<PathBuf>,
    /// Start although stepwell.db and catalogue.sqlite do not belong together, and lose what is missing
    #[arg(long)]
    pub(crate) accept_data_loss: bool,
    /// Fetch nothing from the network
    #[arg(long, env = "STEPWELL_OFFLINE")]
    pub(crate) offline: bool,
}
