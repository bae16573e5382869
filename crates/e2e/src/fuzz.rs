//! Requests that nobody would write, made by schemathesis from the description of the API.

use crate::python;
use std::time::Duration;

/// How much is tried.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Requests of each endpoint, about.
    pub examples: u32,
    /// How long one answer may take.
    pub answer: Duration,
}

/// Asks the server at `origin` (`http://127.0.0.1:1234`) all sorts of things about the account `default` and its Workflow
/// `workflow`. Returns what schemathesis says: `Err` if an answer was the server's fault, came late, or was not as
/// described.
///
/// # Errors
/// Everything that was found, with how it can be had again.
///
/// # Panics
/// If schemathesis cannot be installed or started.
pub fn fuzz(origin: &str, token: &str, workflow: &str, bounds: Bounds) -> Result<String, String> {
    let requirements = include_str!("../../../tests/schemathesis/requirements.txt");
    let home = python::install("schemathesis", requirements).unwrap_or_else(|error| panic!("{error}"));
    let directory = tempfile::tempdir().expect("a directory can be made");
    let config = directory.path().join("schemathesis.toml");
    let settings =
        format!("[parameters]\n\"path.account_id\" = \"default\"\n\"path.workflow_name\" = \"{workflow}\"\n");
    std::fs::write(&config, settings).expect("the configuration can be written");
    let output = python::program(&home, "st")
        .arg("--config-file")
        .arg(&config)
        .args(["run", &format!("{origin}/openapi.json")])
        .args(["--phases", "examples,coverage,fuzzing"])
        .args(["--checks", CHECKS])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--max-examples", &bounds.examples.to_string()])
        .args(["--request-timeout", &bounds.answer.as_secs_f64().to_string()])
        .args(["--generation-deterministic", "--suppress-health-check", "all"])
        .args(["--continue-on-failure", "--warnings", "off", "--no-color"])
        .current_dir(directory.path())
        .output()
        .expect("schemathesis can be started");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(said);
    }
    Err(format!("{said}\n{}", String::from_utf8_lossy(&output.stderr)))
}

/// What is looked at in each answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,unsupported_method";
