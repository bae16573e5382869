//! Where Workers are served under their own names.

/// The Worker port, as clients reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// `http` or `https`.
    pub scheme: &'static str,
    /// The domain below which each Worker has its name, such as `localhost`.
    pub domain: String,
    /// The port.
    pub port: u16,
    /// The account whose Workers need no account in their names.
    pub main_account: String,
}

impl Addresses {
    /// Where a Worker is.
    pub(crate) fn worker(&self, account: &str, script: &str) -> String {
        let Self {
            scheme,
            domain,
            port,
            main_account,
        } = self;
        if account == main_account {
            format!("{scheme}://{script}.{domain}:{port}")
        } else {
            format!("{scheme}://{script}.{account}.{domain}:{port}")
        }
    }
}
