//! Processes that die, hang, or are let go of.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes

mod common;

use common::runs::{Events, start};
use common::{DATES, eventually, fetch_socket, get, lives, script, settings, workflow};
use std::sync::Arc;
use std::time::{Duration, Instant};
use stepwell_engine::runtime::LostCause;
use stepwell_runtime::{Script, StartError, Worker};

const CODE: &str = r"
import { WorkflowEntrypoint } from 'cloudflare:workers';
export class Quick extends WorkflowEntrypoint { async run() { return 'quick'; } }
export class Patient extends WorkflowEntrypoint { async run() { await scheduler.wait(600_000); } }
export class Loop extends WorkflowEntrypoint { async run() { for (;;); } }
export class Busy extends WorkflowEntrypoint {
  async run() { const end = Date.now(); let n = 0; for (let i = 0; i < 3e8; i++) n = (n * 31 + i) | 0; return 'busy'; }
}
export class Heap extends WorkflowEntrypoint { async run() { for (const a = []; ; ) a.push(new Array(1e4).fill({ x: Math.random() })); } }
export class Buffers extends WorkflowEntrypoint { async run() { for (const a = []; ; ) a.push(new Uint8Array(1e7).fill(1)); } }
export default { fetch: () => new Response(VERSION) };
";

fn flows(version: u32, data: &tempfile::TempDir) -> Script {
    let code = format!("const VERSION = 'v{version}';{CODE}");
    let mut script = script(&code, DATES[1], data.path());
    script.version = version;
    for class in ["Quick", "Patient", "Loop", "Busy", "Heap", "Buffers"] {
        script
            .workflows
            .push(workflow(&class.to_uppercase(), &class.to_lowercase(), class));
    }
    script
}

async fn worker(change: impl FnOnce(&mut Script)) -> (Worker, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    let mut script = flows(1, &data);
    change(&mut script);
    (Worker::start(settings(), script).await.unwrap(), data)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heap_bomb_ends_its_process_and_a_new_one_comes() {
    let (worker, _data) = worker(|script| script.limits.heap_mb = 64).await;
    let fleet = worker.fleet().await;
    let events = Arc::new(Events::default());
    let before = fleet.process_ids();
    let innocent = start(&fleet, "Patient", false, &events);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let bomb = start(&fleet, "Heap", false, &events);
    let reason = "the JavaScript heap limit of 64 MB was reached".to_owned();
    assert_eq!(
        events.lost(&bomb).await,
        LostCause::ProcessDied {
            reason: reason.clone()
        }
    );
    assert_eq!(events.lost(&innocent).await, LostCause::ProcessDied { reason });
    let next = start(&fleet, "Quick", false, &events);
    assert_eq!(events.returned(&next).await.to_json().unwrap(), "quick");
    assert_ne!(before, fleet.process_ids());
    assert_eq!(
        get(&fetch_socket(&worker), "/").await,
        "v1",
        "the host is not concerned"
    );
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bomb_beside_the_heap_ends_its_process() {
    let (worker, _data) = worker(|script| script.limits.heap_mb = 64).await;
    let fleet = worker.fleet().await;
    let events = Arc::new(Events::default());
    let bomb = start(&fleet, "Buffers", false, &events);
    let LostCause::ProcessDied { reason } = events.lost(&bomb).await else {
        panic!("the process died");
    };
    assert!(reason.contains("memory limit of 1152 MB"), "{reason}");
    let next = start(&fleet, "Quick", false, &events);
    assert_eq!(events.returned(&next).await.to_json().unwrap(), "quick");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_loop_is_killed_at_the_limit_and_new_runs_go_elsewhere() {
    let (worker, _data) = worker(|script| script.limits.cpu_ms = 4000).await;
    let fleet = worker.fleet().await;
    let events = Arc::new(Events::default());
    let began = Instant::now();
    let looping = start(&fleet, "Loop", false, &events);
    // Long enough for the watchdog to notice the silence.
    tokio::time::sleep(Duration::from_millis(1800)).await;
    let other = start(&fleet, "Quick", false, &events);
    assert_eq!(events.returned(&other).await.to_json().unwrap(), "quick");
    assert!(
        !events.is_lost(&looping),
        "it may use its CPU time: {:?}",
        began.elapsed()
    );
    let LostCause::ProcessDied { reason } = events.lost(&looping).await else {
        panic!()
    };
    assert!(
        reason.contains("the CPU time limit of 4000 ms was exceeded"),
        "{reason}"
    );
    println!("killed after {:?}", began.elapsed());
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_may_use_its_cpu_time() {
    let (worker, _data) = worker(|script| script.limits.cpu_ms = 30_000).await;
    let fleet = worker.fleet().await;
    let events = Arc::new(Events::default());
    let busy = start(&fleet, "Busy", false, &events);
    assert_eq!(events.returned(&busy).await.to_json().unwrap(), "busy");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_alone_has_its_own_process() {
    let (worker, _data) = worker(|script| script.limits.heap_mb = 64).await;
    let fleet = worker.fleet().await;
    let events = Arc::new(Events::default());
    let innocent = start(&fleet, "Patient", false, &events);
    let bomb = start(&fleet, "Heap", true, &events);
    let LostCause::ProcessDied { reason } = events.lost(&bomb).await else {
        panic!()
    };
    assert!(reason.contains("heap limit"), "{reason}");
    let quick = start(&fleet, "Quick", true, &events);
    assert_eq!(events.returned(&quick).await.to_json().unwrap(), "quick");
    assert!(!events.is_lost(&innocent));
    worker.stop().await;
    assert_eq!(events.lost(&innocent).await, LostCause::Released);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_takes_over() {
    let (worker, data) = worker(|_| {}).await;
    let events = Arc::new(Events::default());
    let old = worker.fleet().await;
    let held = start(&old, "Patient", false, &events);
    tokio::time::sleep(Duration::from_millis(100)).await;

    let mut broken = flows(2, &data);
    broken.code = "export default {".into();
    let adopted = std::sync::atomic::AtomicBool::new(false);
    let refused = worker
        .replace(broken, |_| {
            adopted.store(true, std::sync::atomic::Ordering::Relaxed);
        })
        .await;
    assert!(matches!(refused, Err(StartError::UserCode { .. })), "{refused:?}");
    assert!(!adopted.into_inner());
    assert_eq!(
        get(&fetch_socket(&worker), "/").await,
        "v1",
        "the last good version keeps running"
    );
    assert!(!events.is_lost(&held));

    let pids = old.process_ids();
    let mut early = None;
    let began = Instant::now();
    let exports = worker
        .replace(flows(2, &data), |fleet| {
            early = Some(start(&fleet, "Quick", false, &events));
        })
        .await
        .unwrap();
    println!("replaced in {:?}", began.elapsed());
    assert!(exports.has_fetch());
    assert_eq!(events.lost(&held).await, LostCause::Released);
    assert_eq!(events.returned(&early.unwrap()).await.to_json().unwrap(), "quick");
    assert_eq!(get(&fetch_socket(&worker), "/").await, "v2");
    assert!(
        pids.iter().all(|pid| !lives(*pid)),
        "the old run processes have ended"
    );
    let late = start(&old, "Quick", false, &events);
    assert_eq!(events.lost(&late).await, LostCause::Released);
    worker.stop().await;
}

const CHILD: &str = "STEPWELL_TEST_CHILD";

/// Not a test by itself: the process that the next test kills.
#[tokio::test(flavor = "multi_thread")]
async fn child() {
    let Some(file) = std::env::var_os(CHILD) else {
        return;
    };
    let (worker, _data) = worker(|_| {}).await;
    let pids: Vec<String> = worker
        .fleet()
        .await
        .process_ids()
        .iter()
        .map(ToString::to_string)
        .collect();
    let text = format!("{} {}", pids.join(" "), worker.host_process_id().await.unwrap());
    std::fs::write(&file, text).unwrap();
    tokio::time::sleep(Duration::from_mins(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workerd_ends_with_the_process_that_started_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pids");
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child"])
        .env(CHILD, &file)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    eventually("the child has started workerd", || {
        std::fs::read_to_string(&file).is_ok_and(|t| !t.is_empty())
    })
    .await;
    let pids: Vec<u32> = std::fs::read_to_string(&file)
        .unwrap()
        .split(' ')
        .map(|pid| pid.parse().unwrap())
        .collect();
    assert_eq!(pids.len(), 2);
    assert!(pids.iter().all(|pid| lives(*pid)));
    child.kill().unwrap();
    child.wait().unwrap();
    eventually("workerd has ended", || pids.iter().all(|pid| !lives(*pid))).await;
}
