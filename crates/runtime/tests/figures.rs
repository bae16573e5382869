//! Figures of this machine, for people: `cargo test --release -p stepwell-runtime --test figures -- --ignored --nocapture`.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes

mod common;

use common::operations::Recorder;
use common::runs::{Events, start};
use common::{DATES, fetch_socket, get, object, script, settings, workflow};
use std::sync::Arc;
use std::time::{Duration, Instant};
use stepwell_api::ingress::{self, Destination, Options, Upstream};
use stepwell_runtime::Worker;
use stepwell_runtime::channel::socket::Socket;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const CODE: &str = r"
import { DurableObject, WorkflowEntrypoint } from 'cloudflare:workers';
export class Counter extends DurableObject {}
export class Quick extends WorkflowEntrypoint { async run() { return 'quick'; } }
export default {
  async fetch(request, env) {
    if (request.url.endsWith('/batch')) {
      await env.QUICK.createBatch(Array.from({ length: 100 }, (_, i) => ({ id: 'i' + i, params: { i } })));
    }
    return new Response('ok');
  },
};
";

fn middle(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "prints figures, proves nothing"]
async fn figures() {
    let data = tempfile::tempdir().unwrap();
    let mut script = script(CODE, DATES[1], data.path());
    script.workflows.push(workflow("QUICK", "quick", "Quick"));
    script.objects.push(object("COUNTER", "Counter"));

    let mut starts = Vec::new();
    for _ in 0..7 {
        let began = Instant::now();
        let worker = Worker::start(settings(), script.clone()).await.unwrap();
        starts.push(began.elapsed());
        worker.stop().await;
    }
    println!(
        "host and run process to ready: {:?} (median of 7)",
        middle(starts)
    );

    let (worker, endpoint) = common::start_with(script.clone(), Arc::new(Recorder::default())).await;
    let mut reloads = Vec::new();
    for _ in 0..5 {
        let began = Instant::now();
        worker.replace(script.clone(), |_| {}).await.unwrap();
        reloads.push(began.elapsed());
    }
    println!("replacing a version: {:?} (median of 5)", middle(reloads));

    let fleet = worker.fleet().await;
    let path = fleet.run_sockets().pop().unwrap();
    let mut dials = Vec::new();
    let mut open = Vec::new();
    for _ in 0..200 {
        let began = Instant::now();
        open.push(Socket::dial(&path).await.unwrap());
        dials.push(began.elapsed());
    }
    println!("dialling a socket: {:?} (median of 200)", middle(dials));
    drop(open);

    let events = Arc::new(Events::default());
    let mut runs = Vec::new();
    for _ in 0..500 {
        let began = Instant::now();
        let run = start(&fleet, "Quick", false, &events);
        events.returned_soon(&run).await;
        runs.push(began.elapsed());
    }
    println!(
        "a run that returns at once, one after the other: {:?} (median of 500)",
        middle(runs)
    );

    let socket = fetch_socket(&worker);
    let mut batches = Vec::new();
    for _ in 0..100 {
        let began = Instant::now();
        get(&socket, "/batch").await;
        batches.push(began.elapsed());
    }
    println!(
        "createBatch of 100, remembered only: {:?} (median of 100)",
        middle(batches)
    );

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (_sender, upstream) = watch::channel(Upstream::Serving(socket));
    tokio::spawn(ingress::serve(
        listener,
        Arc::new(Destination::of(upstream)),
        Options::default(),
    ));
    let began = Instant::now();
    let clients: Vec<_> = (0..16)
        .map(|_| {
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                let mut buffer = [0; 4096];
                for _ in 0..1000 {
                    stream
                        .write_all(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n")
                        .await
                        .unwrap();
                    assert!(stream.read(&mut buffer).await.unwrap() > 0);
                }
            })
        })
        .collect();
    for client in clients {
        client.await.unwrap();
    }
    println!(
        "requests through the ingress, 16 at once: {:.0}/s",
        16_000.0 / began.elapsed().as_secs_f64()
    );
    worker.stop().await;
    endpoint.abort();
}
