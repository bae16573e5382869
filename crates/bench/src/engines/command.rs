//! How each engine is started.

use super::{Place, Tools};
use crate::arguments::Engine;
use std::path::Path;
use tokio::process::Command;

/// The command that serves `place` on `port` (and health and metrics on `api_port`, where there is one).
pub(super) fn command(engine: Engine, tools: &Tools, place: &Place, port: u16, api_port: u16) -> Command {
    let mut command = match engine {
        Engine::Stepwell => stepwell(tools, place, port, api_port),
        Engine::Workerd => workerd(tools, port),
        Engine::Wrangler => wrangler(tools, place, port),
    };
    command.current_dir(place.project());
    command
}

fn stepwell(tools: &Tools, place: &Place, port: u16, api_port: u16) -> Command {
    let mut command = Command::new(&tools.stepwell);
    command
        .arg("dev")
        .arg(place.project())
        .args(["--port", &port.to_string(), "--api-port", &api_port.to_string()])
        .arg("--persist-to")
        .arg(place.data())
        .args(["--log-level", "warn", "--offline"])
        .arg("--workerd")
        .arg(&tools.workerd)
        .arg("--esbuild")
        .arg(&tools.esbuild)
        .args(&tools.stepwell_arguments);
    command
}

fn workerd(tools: &Tools, port: u16) -> Command {
    let mut command = Command::new(&tools.workerd);
    command
        .args(["serve", "--experimental", "wrangler.json"])
        .arg(format!("--socket-addr=http=127.0.0.1:{port}"))
        .env("PATH", path_with(tools.esbuild.parent()));
    command
}

fn wrangler(tools: &Tools, place: &Place, port: u16) -> Command {
    let mut command = Command::new("node");
    command
        .arg(&tools.wrangler)
        .args(["dev", "--ip", "127.0.0.1", "--port", &port.to_string()])
        .args([
            "--inspector-port",
            "0",
            "--log-level",
            "warn",
            "--show-interactive-dev-session=false",
        ])
        .arg("--persist-to")
        .arg(place.data())
        // Nothing of the user's, nothing to the network.
        .env("HOME", place.home())
        .env("XDG_CONFIG_HOME", place.home().join(".config"))
        .env("CI", "1")
        .env("WRANGLER_SEND_METRICS", "false")
        .env("CLOUDFLARE_CF_FETCH_ENABLED", "false");
    command
}

fn path_with(first: Option<&Path>) -> std::ffi::OsString {
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let paths = first
        .map(Path::to_owned)
        .into_iter()
        .chain(std::env::split_paths(&rest));
    std::env::join_paths(paths).unwrap_or(rest)
}
