//! Where a command asks.

use clap::Args;
use std::path::PathBuf;

/// Which server, and who asks. The token comes from CLOUDFLARE_API_TOKEN alone: arguments can be seen by others.
#[derive(Debug, Clone, Args)]
pub(crate) struct PlaceArguments {
    /// Ask the `stepwell dev` (or `wrangler dev`) on this machine [default: if neither CLOUDFLARE_API_BASE_URL nor CLOUDFLARE_API_TOKEN is set]
    #[arg(long, help_heading = "Where")]
    pub(crate) local: bool,
    /// The Worker port of the local one
    #[arg(long, value_name = "PORT", default_value_t = 8787, help_heading = "Where")]
    pub(crate) port: u16,
    #[command(flatten)]
    pub(crate) server: ServerArguments,
}

/// Which server.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServerArguments {
    /// The server's API; `/client/v4` is added where there is no path. The token comes from CLOUDFLARE_API_TOKEN [default: http://localhost:8788/client/v4]
    #[arg(
        long,
        value_name = "URL",
        env = "CLOUDFLARE_API_BASE_URL",
        help_heading = "Where"
    )]
    pub(crate) api_url: Option<String>,
    /// The account
    #[arg(
        long,
        value_name = "ID",
        env = "CLOUDFLARE_ACCOUNT_ID",
        default_value = "default",
        help_heading = "Where"
    )]
    pub(crate) account: String,
    /// Certificates in PEM form to trust instead of the system's
    #[arg(
        long,
        value_name = "FILE",
        env = "NODE_EXTRA_CA_CERTS",
        help_heading = "Where"
    )]
    pub(crate) ca_file: Option<PathBuf>,
}
