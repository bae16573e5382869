//! What is asked, and where it is.

use std::path::PathBuf;

/// Where the API is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A server with accounts and tokens.
    Server(Server),
    /// A server itself: which accounts there are. The operator's alone.
    Installation(Server),
    /// `stepwell dev` or `wrangler dev` on this machine, at this port.
    Local {
        /// The Worker port.
        port: u16,
    },
}

/// A server and how to be let in.
#[derive(Clone, PartialEq, Eq)]
pub struct Server {
    /// Ends in `/client/v4`.
    pub base_url: String,
    /// The API token.
    pub token: String,
    /// The account's id.
    pub account: String,
    /// Certificates in PEM form that are trusted instead of the system's.
    pub ca_file: Option<PathBuf>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A token must not get into a log.
        formatter
            .debug_struct("Server")
            .field("base_url", &self.base_url)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}

impl Place {
    /// The address below which the Workflows, everything of the account, or the accounts are.
    pub(crate) fn base(&self) -> String {
        match self {
            Self::Server(server) => {
                format!(
                    "{}/accounts/{}",
                    self.root(),
                    crate::request::encoded(&server.account)
                )
            }
            Self::Installation(_) => format!("{}/installation", self.root()),
            Self::Local { .. } => self.root(),
        }
    }

    /// The address of the API.
    pub(crate) fn root(&self) -> String {
        match self {
            Self::Server(server) | Self::Installation(server) => {
                server.base_url.trim_end_matches('/').to_owned()
            }
            Self::Local { port } => format!("http://localhost:{port}/cdn-cgi/local/explorer/api"),
        }
    }
}
