//! Lives of the processes of deployed Workers: what was begun is finished, what dies comes back, what is live already stays.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes
#![allow(clippy::similar_names)] // caller and callee are the words

mod common;

use common::deployed::{all, ask, deploy, deployed, front, kill, processes};
use common::{DATES, eventually, get, lives, object, script, settings};
use futures_util::StreamExt;
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};
use stepwell_runtime::{HostState, Live, Script, ServiceBinding, StartError};
use tokio::net::UnixStream;

const CODE: &str = r"
import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';
let begun = 0;
export class Room extends DurableObject { version() { return VERSION; } }
export class Named extends WorkerEntrypoint { who() { return [VERSION, this.ctx.props]; } }
export default { async fetch(request, env) {
  const { pathname } = new URL(request.url);
  if (request.headers.has('upgrade')) {
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept();
    return new Response(null, { status: 101, webSocket: client });
  }
  if (pathname === '/slow') { begun++; await scheduler.wait(700); begun--; return Response.json(VERSION); }
  if (pathname === '/begun') return Response.json(begun);
  if (pathname === '/object') return Response.json(await env.ROOM.getByName('a').version());
  if (pathname === '/named') return Response.json(await env.NAMED.who());
  return Response.json(VERSION);
} };
";

fn versioned(version: u32, data: &Path) -> Script {
    let mut script = script(&format!("const VERSION = {version};{CODE}"), DATES[1], data);
    script.version = version;
    script.objects.push(object("ROOM", "Room"));
    script
}

#[tokio::test(flavor = "multi_thread")]
async fn a_front_finishes_what_it_has_begun_and_ends() {
    let data = tempfile::tempdir().unwrap();
    let mut settings = settings();
    settings.front_drain = Duration::from_secs(3);
    let deployed = deployed(&settings, "a", data.path());
    let one = deployed.version(versioned(1, data.path()));
    deploy(&deployed, &one).await;
    let socket = front(&one).await;
    let process = one.front().process_id().await.unwrap();
    let slow = tokio::spawn({
        let socket = socket.clone();
        async move { get(&socket, "/slow").await }
    });
    let stream = UnixStream::connect(&*socket).await.unwrap();
    let (mut open, _) = tokio_tungstenite::client_async("ws://x/", stream).await.unwrap();
    while ask(&one, "/begun").await != 1 {}
    let began = Instant::now();
    let two = deployed.version(versioned(2, data.path()));
    deploy(&deployed, &two).await;
    assert_eq!(ask(&two, "/").await, 2);
    let mut state = one.front().state();
    let absent = state.wait_for(|state| matches!(state, HostState::Absent { .. }));
    drop(
        tokio::time::timeout(Duration::from_secs(20), absent)
            .await
            .unwrap(),
    );
    assert_eq!(slow.await.unwrap(), "1", "what was begun is finished");
    // The open WebSocket is closed in the end.
    let closed = tokio::time::timeout(Duration::from_secs(20), async {
        while open.next().await.is_some_and(|m| m.is_ok()) {}
    });
    closed.await.unwrap();
    eventually("the old front has ended", || !lives(process)).await;
    println!("ended after {:?}", began.elapsed());
    // A rollback: the version serves again.
    deploy(&deployed, &one).await;
    assert_eq!(ask(&one, "/object").await, 1);
    deployed.stop().await;
    assert_eq!(processes(&settings), [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_live_already_stays_as_it_is() {
    let data = tempfile::tempdir().unwrap();
    let settings = settings();
    let deployed = deployed(&settings, "a", data.path());
    let one = deployed.version(versioned(1, data.path()));
    deploy(&deployed, &one).await;
    let before = processes(&settings);
    assert_eq!(before.len(), 2);
    deploy(&deployed, &one).await;
    assert_eq!(processes(&settings), before);
    // Another Worker on the same data is refused, and so is a second server.
    let same = stepwell_runtime::Deployed::new(
        std::sync::Arc::new(settings.clone()),
        "acme/b",
        &data.path().join("a").join("objects"),
    );
    let other = same.version(versioned(1, data.path()));
    let refused = same.set_live(all(&other), Vec::new()).await.unwrap_err();
    assert!(matches!(refused, StartError::ObjectsInUse { .. }), "{refused}");
    deployed.stop().await;
    same.set_live(all(&other), Vec::new()).await.unwrap();
    assert_eq!(ask(&other, "/object").await, 1);
    same.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_front_that_is_killed_comes_back() {
    let data = tempfile::tempdir().unwrap();
    let settings = settings();
    let deployed = deployed(&settings, "a", data.path());
    let one = deployed.version(versioned(1, data.path()));
    deploy(&deployed, &one).await;
    let mut state = one.front().state();
    kill(one.front().process_id().await.unwrap());
    state
        .wait_for(|state| matches!(state, HostState::Absent { .. }))
        .await
        .unwrap();
    assert_eq!(ask(&one, "/object").await, 1);
    deployed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_host_that_cannot_start_gives_way_to_one_that_can() {
    let data = tempfile::tempdir().unwrap();
    let settings = settings();
    let deployed = deployed(&settings, "a", data.path());
    let one = deployed.version(versioned(1, data.path()));
    deploy(&deployed, &one).await;
    let mut code = versioned(2, data.path());
    code.code = "throw new Error('broken')".into();
    let broken = deployed.version(code);
    let live = Live {
        objects: all(&broken).objects,
        ..all(&one)
    };
    let error = deployed.set_live(live, Vec::new()).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "the Worker \"a\" failed to start: Error: broken\n  at index.js:1:7"
    );
    assert_eq!(ask(&one, "/").await, 1, "only the objects are away");
    deploy(&deployed, &one).await;
    assert_eq!(ask(&one, "/object").await, 1);
    deployed.stop().await;
    assert_eq!(processes(&settings), [0; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_comes_later_calls_what_nobody_called_before() {
    let data = tempfile::tempdir().unwrap();
    let settings = settings();
    let callee = deployed(&settings, "callee", data.path());
    let one = callee.version(versioned(1, data.path()));
    deploy(&callee, &one).await;
    let before = one.front().process_id().await.unwrap();
    let mut held = Vec::new();
    for (name, props) in [("b", json!({"n": 1})), ("c", json!({"n": 2}))] {
        let caller = deployed(&settings, name, data.path());
        let mut script = versioned(1, data.path());
        script.objects.clear();
        script.services.push(ServiceBinding {
            binding: "NAMED".into(),
            worker: "acme/callee".into(),
            entrypoint: Some("Named".into()),
            props: Some(props.clone()),
        });
        let version = caller.version(script);
        deploy(&caller, &version).await;
        assert_eq!(ask(&version, "/named").await, json!([1, props]));
        held.push((caller, version));
    }
    for (_, version) in &held {
        assert_eq!(ask(version, "/named").await[0], 1);
    }
    assert_ne!(one.front().process_id().await.unwrap(), before);
    eventually("old fronts have ended", || !lives(before)).await;
    // A Worker that is not deployed, and one that is deleted.
    let absent = deployed(&settings, "d", data.path());
    let mut script = versioned(1, data.path());
    script.objects.clear();
    script.code = "export default { async fetch(request, env) { try { return Response.json(await env.NAMED.who()) } catch (e) { return Response.json(e.message) } } };".into();
    script.services.push(ServiceBinding {
        binding: "NAMED".into(),
        worker: "acme/nobody".into(),
        entrypoint: None,
        props: None,
    });
    let version = absent.version(script);
    deploy(&absent, &version).await;
    assert_eq!(
        ask(&version, "/").await,
        "Worker \"nobody\" not found: deploy it, and then again what calls it."
    );
    absent.stop().await;
    callee.stop().await;
    for (caller, _) in held {
        caller.stop().await;
    }
    assert_eq!(processes(&settings), [0; 0]);
}
