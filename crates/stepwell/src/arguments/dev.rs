//! What `stepwell dev` takes; the other commands on a project share some of it.

use clap::{Args, ValueEnum};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

/// An address as wrangler takes it.
fn address(text: &str) -> Result<IpAddr, String> {
    match text {
        "localhost" => Ok(Ipv4Addr::LOCALHOST.into()),
        "*" => Ok(Ipv4Addr::UNSPECIFIED.into()),
        _ => text
            .parse()
            .map_err(|_| "it is no IP address; write, for example, 127.0.0.1, 0.0.0.0 or ::1".to_owned()),
    }
}

/// The project and where its state lives.
#[derive(Debug, Clone, Args)]
pub(crate) struct ProjectArguments {
    /// The project's directory
    #[arg(default_value = ".", value_name = "DIR")]
    pub(crate) directory: PathBuf,
    /// The wrangler configuration, if it is not in DIR; several times for several Workers, of which the first has the port
    #[arg(short, long, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,
    /// Where state lives [default: .stepwell in the project]
    #[arg(long, value_name = "DIR")]
    pub(crate) persist_to: Option<PathBuf>,
    /// Address to listen on; `localhost` and `*` are understood [default: the project's dev.ip, or 127.0.0.1]
    #[arg(long, value_name = "ADDRESS", value_parser = address)]
    pub(crate) ip: Option<IpAddr>,
    /// Port of the Worker; 0 picks a free one [default: the project's dev.port, or 8787]
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// Port of health and metrics; 0 picks a free one [default: 8788, or a free one if that is in use]
    #[arg(long, value_name = "PORT")]
    pub(crate) api_port: Option<u16>,
    /// The workerd program [default: node_modules, PATH, Stepwell's cache, else fetched]
    #[arg(long, value_name = "FILE", env = "STEPWELL_WORKERD")]
    pub(crate) workerd: Option<PathBuf>,
    /// The esbuild program [default: as for workerd]
    #[arg(long, value_name = "FILE", env = "STEPWELL_ESBUILD")]
    pub(crate) esbuild: Option<PathBuf>,
    /// Fetch nothing from the network
    #[arg(long)]
    pub(crate) offline: bool,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct DevArguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    /// The named environment of the configuration
    #[arg(short, long = "env", value_name = "NAME", env = "CLOUDFLARE_ENV")]
    pub(crate) environment: Option<String>,
    /// Single keys in the terminal: b, c, x, ? [default: if there is a terminal]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) show_interactive_dev_session: Option<bool>,
    /// A file of variables instead of .env and .dev.vars; several times for several, of which the last goes first
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Vec<PathBuf>,
    /// Port of the inspector, for Chrome DevTools and editors; 0 picks a free one [default: dev.inspector_port, or no inspector]
    #[arg(long, value_name = "PORT")]
    pub(crate) inspector_port: Option<u16>,
    #[command(flatten)]
    pub(crate) overrides: OverrideArguments,
    /// How clients speak with the Worker [default: the project's dev.local_protocol, or http]
    #[arg(long, value_enum, value_name = "PROTOCOL")]
    pub(crate) local_protocol: Option<Protocol>,
    /// The host that the Worker sees in request.url [default: dev.host, else that of the first route, else the one that was asked for]
    #[arg(long, value_name = "HOST", value_parser = host)]
    pub(crate) local_upstream: Option<String>,
    /// Whether request.url has the host of the first route
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub(crate) infer_origin_from_routes: bool,
    /// The protocol that the Worker sees in request.url [default: the one that was spoken]
    #[arg(long, value_enum, value_name = "PROTOCOL")]
    pub(crate) upstream_protocol: Option<Protocol>,
    /// The key for https, in PEM format [default: one that Stepwell makes]
    #[arg(long, value_name = "FILE", env = "WRANGLER_HTTPS_KEY_PATH")]
    pub(crate) https_key_path: Option<PathBuf>,
    /// The certificate for https, in PEM format [default: one that Stepwell makes]
    #[arg(long, value_name = "FILE", env = "WRANGLER_HTTPS_CERT_PATH")]
    pub(crate) https_cert_path: Option<PathBuf>,
    /// Everything runs on this machine anyway; for scripts that say so to wrangler
    #[arg(short, long, hide = true)]
    pub(crate) local: bool,
    /// Do not reload when files change
    #[arg(long)]
    pub(crate) no_watch: bool,
    /// Also call scheduled() for requests to /__scheduled?cron=…
    #[arg(long)]
    pub(crate) test_scheduled: bool,
    /// Most instances that run at once; further ones are queued
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) max_running: u32,
    /// Processes that run instances [default: half of the cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) run_processes: Option<u16>,
    /// JavaScript heap of each process, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 512, value_parser = clap::value_parser!(u32).range(64..))]
    pub(crate) heap_mb: u32,
    /// Seconds a run that waits for nothing may hang before it ends errored
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) hang_after: u32,
}

fn host(text: &str) -> Result<String, &'static str> {
    let is_host = |c: char| c.is_ascii_alphanumeric() || ".-_:[]".contains(c);
    if !text.is_empty() && text.chars().all(is_host) {
        Ok(text.to_owned())
    } else {
        Err("it must be a host with or without a port, such as shop.example")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Protocol {
    Http,
    Https,
}

/// What goes before the configuration, as with `wrangler dev`.
#[derive(Debug, Clone, Args)]
pub(crate) struct OverrideArguments {
    /// A variable on `env`; several times for several
    #[arg(long, value_name = "KEY:VALUE")]
    pub(crate) var: Vec<String>,
    /// An expression that is replaced in the code; several times for several
    #[arg(long, value_name = "KEY:VALUE")]
    pub(crate) define: Vec<String>,
    /// A module that is replaced by another one; several times for several
    #[arg(long, value_name = "KEY:VALUE")]
    pub(crate) alias: Vec<String>,
    /// Compatibility flags instead of the configuration's
    #[arg(long, value_name = "FLAG", alias = "compatibility-flags")]
    pub(crate) compatibility_flag: Vec<String>,
    /// A directory of static assets, instead of the configuration's
    #[arg(long, value_name = "DIR")]
    pub(crate) assets: Option<PathBuf>,
    /// The tsconfig.json that esbuild reads
    #[arg(long, value_name = "FILE")]
    pub(crate) tsconfig: Option<PathBuf>,
    /// Minify the code
    #[arg(long)]
    pub(crate) minify: bool,
    /// Run the entry file and the modules beside it as they are
    #[arg(long)]
    pub(crate) no_bundle: bool,
}
