//! Ports: where to listen, and what to say when that is not possible.

use crate::arguments::DevArguments;
use anyhow::{Context, anyhow};
use std::net::{IpAddr, Ipv4Addr};
use stepwell_project::config::Dev;
use tokio::net::TcpListener;

/// The usual port of health and metrics.
pub(crate) const API_PORT: u16 = 8788;

/// The address to listen on.
pub(super) fn address(arguments: &DevArguments, dev: &Dev) -> anyhow::Result<IpAddr> {
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

/// Listens; `option` is the one that chooses another port.
pub(super) async fn listen(ip: IpAddr, port: u16, option: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind((ip, port))
        .await
        .map_err(|error| cannot_listen(ip, port, option, &error))
}

/// Listens for health and metrics. Nobody asked for the usual port, so it gives way to another program, or another session.
pub(super) async fn listen_for_api(ip: IpAddr, asked: Option<u16>) -> anyhow::Result<TcpListener> {
    const OPTION: &str = "--api-port";
    match asked {
        Some(port) => listen(ip, port, OPTION).await,
        None => match TcpListener::bind((ip, API_PORT)).await {
            Ok(listener) => Ok(listener),
            Err(_) => listen(ip, 0, OPTION).await,
        },
    }
}

/// Why a port cannot be had; `option` is the one that chooses another.
pub(crate) fn cannot_listen(ip: IpAddr, port: u16, option: &str, error: &std::io::Error) -> anyhow::Error {
    match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow!(
            "port {port} is in use\nhint: stop the program that has it (another Stepwell or `wrangler dev`?), or choose another one with {option}"
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
