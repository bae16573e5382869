//! `stepwell doctor`: is everything there that Stepwell needs?

use super::dev::{API_PORT, Places, locate};
use crate::arguments::{DoctorArguments, ProjectArguments};
use crate::printer;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use stepwell_project::toolchain::Tool;

/// One thing that was looked at.
struct Check {
    name: &'static str,
    /// What was found, or what is wrong and how to mend it.
    result: Result<String, String>,
}

/// Checks everything, prints a line each, fails if anything is wrong.
pub(crate) fn run(arguments: &DoctorArguments) -> anyhow::Result<ExitCode> {
    let project = &arguments.project;
    let checks = [
        tool("workerd", Tool::Workerd, project),
        tool("esbuild", Tool::Esbuild, project),
        configuration(project),
        data_directory(project),
        port("Worker port", project, project.port.unwrap_or(8787)),
        port("API port", project, project.api_port.unwrap_or(API_PORT)),
    ];
    let healthy = checks.iter().all(|check| check.result.is_ok());
    if arguments.json {
        printer::data(&serde_json::to_string_pretty(&json(&checks, healthy))?);
    } else {
        for check in &checks {
            printer::data(&printer::check_line(
                check.name,
                check.result.as_deref().map_err(String::as_str),
            ));
        }
    }
    Ok(if healthy {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn json(checks: &[Check], healthy: bool) -> serde_json::Value {
    let checks: Vec<_> = checks
        .iter()
        .map(|check| {
            let (ok, text) = match &check.result {
                Ok(text) => (true, text),
                Err(text) => (false, text),
            };
            serde_json::json!({ "name": check.name, "ok": ok, "text": text })
        })
        .collect();
    serde_json::json!({ "ok": healthy, "version": env!("CARGO_PKG_VERSION"), "checks": checks })
}

fn tool(name: &'static str, tool: Tool, project: &ProjectArguments) -> Check {
    let directory = project
        .directory
        .canonicalize()
        .unwrap_or_else(|_| project.directory.clone());
    let result = locate(tool, project, &directory)
        .map(|found| format!("{} {} ({})", found.version, found.path.display(), found.source))
        .map_err(|error| format!("{error:#}"));
    Check { name, result }
}

fn configuration(project: &ProjectArguments) -> Check {
    let result = match stepwell_project::config::load(stepwell_project::config::Request {
        directory: &project.directory,
        file: project.config.first().map(PathBuf::as_path),
        environment: None,
    }) {
        Ok(loaded) => Ok(format!(
            "{} (Worker \"{}\", {} Workflows, {} warnings)",
            loaded.path.unwrap_or_default().display(),
            loaded.config.name,
            loaded.config.workflows.len(),
            loaded.warnings.len()
        )),
        // Outside a project there is nothing to check.
        Err(stepwell_project::config::Error::NoConfig { dir, .. }) if project.config.is_empty() => {
            Ok(format!("none in {}", dir.display()))
        }
        Err(error) => Err(error.to_string()),
    };
    Check {
        name: "configuration",
        result,
    }
}

fn data_directory(project: &ProjectArguments) -> Check {
    let directory = project
        .directory
        .canonicalize()
        .unwrap_or_else(|_| project.directory.clone());
    let state = Places::of(project, &directory).state;
    Check {
        name: "data directory",
        result: writable(&state),
    }
}

/// Whether a file can be written in the directory, or in the nearest one above it that exists.
fn writable(state: &Path) -> Result<String, String> {
    let mut nearest = PathBuf::from(state);
    while !nearest.exists() {
        let Some(parent) = nearest.parent() else { break };
        nearest = if parent.as_os_str().is_empty() {
            PathBuf::from(".")
        } else {
            parent.to_owned()
        };
    }
    match tempfile::tempfile_in(&nearest) {
        Ok(_) => Ok(format!("{} is writable", state.display())),
        Err(error) => Err(format!(
            "{} is not writable: {error}; change its owner or mode, or choose another one with --persist-to",
            nearest.display()
        )),
    }
}

fn port(name: &'static str, project: &ProjectArguments, port: u16) -> Check {
    let ip = project.ip.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    let result = match TcpListener::bind((ip, port)) {
        Ok(_) => Ok(format!("{ip}:{port} is free")),
        Err(error) => Err(format!(
            "{ip}:{port} cannot be used: {error}; choose another one with --port or --api-port"
        )),
    };
    Check { name, result }
}
