//! Generates workerd's configuration (Cap'n Proto text) for each kind of process.

mod bindings;
mod document;
pub(crate) mod host;
mod network;
mod objects;
pub(crate) mod run;
mod services;
pub(crate) mod tails;
mod text;

pub(crate) use document::{ConfigFiles, FILE};

use crate::shim::COMPATIBILITY_FLAG;

/// HTTP options of a socket, and of the `external` that leads to it, which carry what is between Workers: RPC (the string is
/// arbitrary but must be the same at both ends), a request's scheme and its `cf`.
const BETWEEN_WORKERS: &str = "capnpConnectHost = \"stepwell\", forwardedProtoHeader = \"stepwell-proto\", \
     cfBlobHeader = \"stepwell-cf\"";

/// In processes that do not have the Worker's own objects, the service that leads to them, and its name on `env`.
const DOOR: &str = "stepwell-door";

/// The user's flags, each once: workerd refuses a repeated one.
fn flags(user: &[String]) -> Vec<&str> {
    let mut flags: Vec<&str> = Vec::with_capacity(user.len() + 1);
    for flag in user {
        if !flags.contains(&flag.as_str()) {
            flags.push(flag);
        }
    }
    flags
}

/// The user's flags and the one that the shim needs. It is accepted beside Node compatibility, at any date, and
/// contradicts only its own opposite.
fn flags_with_context(user: &[String]) -> Vec<&str> {
    let mut flags = flags(user);
    flags.retain(|flag| *flag != "no_nodejs_als" && *flag != COMPATIBILITY_FLAG);
    flags.push(COMPATIBILITY_FLAG);
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_given_once() {
        let user = ["nodejs_als", "b", "b", "no_nodejs_als"].map(String::from);
        assert_eq!(flags(&user), ["nodejs_als", "b", "no_nodejs_als"]);
        assert_eq!(flags_with_context(&user), ["b", "nodejs_als"]);
    }
}
