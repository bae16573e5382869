//! Tries code in a process of its own that reaches nothing, before anybody relies on it.

use crate::config::host::{HostSockets, Role, config};
use crate::network::Links;
use crate::process::{Process, Spec, StartError, cpu, within_cpu};
use crate::script::{Outbound, Script};
use crate::settings::Settings;
use crate::validate::Exports;
use std::time::Duration;

/// The memory that a process may have beside its JavaScript heap, in MiB. The runtime itself takes half of it.
const BESIDE_THE_HEAP_MB: u64 = 1024;

/// What a script turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// What its main module exports.
    pub exports: Exports,
    /// The CPU time that the runtime and the top level of the modules took, in milliseconds.
    pub startup_time_ms: u64,
}

/// Starts `script` in a process that is thrown away, configured as a front would be, but with nothing behind its bindings
/// and without a network, and says what it exports. It must export what its configuration names. Whatever the code does, the
/// process has been killed when this returns.
///
/// # Errors
/// [`StartError`]: with [`Fault::User`](crate::Fault::User), the code or its configuration is to be refused.
pub async fn inspect(settings: &Settings, script: Script) -> Result<Inspected, StartError> {
    let script = Script {
        outbound: Outbound::Nothing,
        ..script
    };
    let directory = &settings.directory;
    let number = directory.number();
    let sockets = HostSockets::new(directory, number);
    let nowhere = directory.path(&format!("h{number}.nowhere"));
    let spec = Spec {
        label: format!("inspection of {}", script.label()),
        worker: script.shown_name().to_owned(),
        key: script.name.clone(),
        stacks: script.stacks.clone(),
        config: config(
            &script,
            &Role::Trial(nowhere.clone()),
            &sockets,
            &Links::default(),
            &nowhere,
        ),
        heap_mb: script.limits.heap_mb,
        inherit: Vec::new(),
        inspected: None,
        start_cpu: settings.start_cpu,
        memory_mb: Some(u64::from(script.limits.heap_mb) + BESIDE_THE_HEAP_MB),
    };
    let process = Process::start(&settings.workerd, directory, spec).await;
    let inspected = match &process {
        Ok(process) => look(process, &sockets, &script, settings.start_cpu).await,
        Err(_) => Ok(None),
    };
    if let Ok(process) = &process {
        process.kill("it has been inspected").await;
    }
    for socket in sockets.all() {
        let _ = std::fs::remove_file(socket);
    }
    process?;
    let inspected = inspected?.ok_or_else(|| StartError::EndlessStart {
        worker: script.shown_name().to_owned(),
        within: settings.start_cpu,
    })?;
    inspected.exports.demand(&script)?;
    Ok(inspected)
}

/// Asks the process what it exports; nothing if it uses more than `limit` of CPU time for the answer: user code can make
/// even that endless.
async fn look(
    process: &Process,
    sockets: &HostSockets,
    script: &Script,
    limit: Duration,
) -> Result<Option<Inspected>, StartError> {
    let startup = cpu::used(process.pid()).unwrap_or_default();
    let Some(asked) = within_cpu(process.pid(), startup + limit, Exports::ask(&sockets.inspect)).await else {
        return Ok(None);
    };
    match asked {
        Ok(exports) => Ok(Some(Inspected {
            exports,
            startup_time_ms: u64::try_from(startup.as_millis()).unwrap_or(u64::MAX),
        })),
        Err(error) => Err(StartError::Died {
            worker: script.shown_name().to_owned(),
            reason: match process.exit() {
                Some(exit) => exit.to_string(),
                None => format!("it does not say what it exports: {error}"),
            },
        }),
    }
}
