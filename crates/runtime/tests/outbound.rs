//! Where deployed Workers may connect to, and what they are told when they may not.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes

mod common;

use common::runs::{Events, start_on};
use common::{DATES, get, object, script, settings, workflow};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use stepwell_runtime::{
    Cidr, Deployed, HostState, Live, LiveObjects, ObjectBinding, Outbound, OutboundPolicy, Script, Settings,
    Share, Version,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const CODE: &str = r"
import { connect } from 'cloudflare:sockets';
import { DurableObject, WorkflowEntrypoint } from 'cloudflare:workers';
const told = async (f) => { try { return await f(); } catch (e) { return `${e.name}: ${e.message}`; } };
const greet = async (socket) => {
  await socket.opened;
  const writer = socket.writable.getWriter();
  await writer.write(new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'));
  return new TextDecoder().decode((await socket.readable.getReader().read()).value).slice(-2);
};
async function probe(env, hosts) {
  const seen = { env: Object.keys(env).sort() };
  for (const host of hosts) {
    seen[host] = [
      await told(async () => (await fetch(`http://${host}/`)).text()),
      await told(() => greet(connect(host))),
      await told(() => greet(connect({ hostname: host.replace(/:\d+$/, ''), port: Number(/\d+$/.exec(host)[0]) }))),
    ];
  }
  return seen;
}
export class Prober extends DurableObject { probe(hosts) { return probe(this.env, hosts); } }
export class Flow extends WorkflowEntrypoint { run() { return probe(this.env, this.env.HOSTS); } }
export default { async fetch(request, env) {
  if (request.url.endsWith('/object')) return Response.json(await env.PROBER.get(env.PROBER.idFromName('a')).probe(env.HOSTS));
  return Response.json(await probe(env, env.HOSTS));
} };
";

/// Something that listens on `address` and answers everything with `hi`.
async fn listener(address: &str) -> u16 {
    let listener = TcpListener::bind((address.parse::<IpAddr>().unwrap(), 0))
        .await
        .unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 1024]).await;
                let _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")
                    .await;
            });
        }
    });
    port
}

fn policy(allowed: &[&str], private_networks: bool) -> OutboundPolicy {
    OutboundPolicy {
        allowed: allowed
            .iter()
            .map(|block| block.parse::<Cidr>().unwrap())
            .collect(),
        private_networks,
    }
}

fn probing(policy: OutboundPolicy, hosts: &[String], date: &str, directory: &Path) -> Script {
    let mut script = script(CODE, date, directory);
    script.outbound = Outbound::Guarded(policy);
    script.json_vars.insert("HOSTS".into(), json!(hosts));
    script.objects.push(object("PROBER", "Prober"));
    script.workflows.push(workflow("FLOW", "flow", "Flow"));
    script
}

type Seen = BTreeMap<String, Value>;

async fn serving(version: &Version) -> Arc<Path> {
    let mut state = version.front().state();
    let state = state
        .wait_for(|state| matches!(state, HostState::Serving(_)))
        .await;
    let HostState::Serving(socket) = state.unwrap().clone() else {
        unreachable!()
    };
    socket
}

/// What the code sees in a front, in an object and in a run; they are the same.
async fn seen(settings: &Settings, policy: OutboundPolicy, hosts: &[String], date: &str) -> Seen {
    let directory = tempfile::tempdir().unwrap();
    let deployed = Deployed::new(
        Arc::new(settings.clone()),
        "acme/prober",
        &directory.path().join("objects"),
    );
    let version = deployed.version(probing(policy, hosts, date, directory.path()));
    version.front().start().await.unwrap();
    let live = Live {
        shares: vec![Share {
            version: version.clone(),
            percent: 100.0,
        }],
        objects: Some(LiveObjects {
            classes: version
                .script()
                .objects
                .iter()
                .map(ObjectBinding::class)
                .collect(),
            version: version.clone(),
        }),
    };
    deployed.set_live(live, Vec::new()).await.unwrap();
    let socket = serving(&version).await;
    let read = |text: String| -> Seen { serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}")) };
    let mut in_front = read(get(&socket, "/front").await);
    let in_object = read(get(&socket, "/object").await);
    let events = Arc::new(Events::default());
    let run = start_on(&*version, "Flow", false, &events);
    let in_run = read(events.returned(&run).await.to_json().unwrap().to_string());
    assert_eq!(in_front, in_object);
    assert_eq!(in_front, in_run);
    deployed.stop().await;
    assert_eq!(
        in_front.remove("env").unwrap(),
        json!(["FLOW", "HOSTS", "PROBER"])
    );
    in_front
}

fn refused(seen: &Seen, host: &str, what: &str) {
    let shown = host.rsplit_once(':').unwrap().0;
    let text = format!(
        "Error: Stepwell: this Worker may not connect to {shown} ({what}). The operator can allow it with --allow-network"
    );
    assert_eq!(seen[host], json!([text, text, text]), "{host}");
}

fn reached(seen: &Seen, host: &str) {
    assert_eq!(seen[host], json!(["hi", "hi", "hi"]), "{host}");
}

#[tokio::test(flavor = "multi_thread")]
async fn by_default_only_public_addresses() {
    let port = listener("127.0.0.1").await;
    let _six = listener("::1").await;
    let expected = [
        ("127.0.0.1", "loopback"),
        ("127.9.9.9", "loopback"),
        ("localhost", "loopback"),
        ("[::1]", "loopback"),
        ("[::ffff:7f00:1]", "loopback"),
        ("[64:ff9b::7f00:1]", "loopback"),
        ("[::7f00:1]", "reserved"),
        ("[2002:7f00:1::]", "reserved"),
        ("0.0.0.0", "this machine"),
        ("[::]", "reserved"),
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("192.168.0.1", "private"),
        ("100.64.0.1", "private"),
        ("[fd12:3456::1]", "private"),
        ("169.254.169.254", "link-local"),
        ("[fe80::1]", "link-local"),
        ("224.0.0.1", "multicast"),
        ("[ff02::1]", "multicast"),
        ("255.255.255.255", "reserved"),
    ];
    let mut hosts: Vec<String> = expected
        .iter()
        .map(|(host, _)| format!("{host}:{port}"))
        .collect();
    let odd = ["0x7f000001", "2130706433", "127.1", "no-such-name.invalid"];
    hosts.extend(odd.iter().map(|host| format!("{host}:{port}")));
    for date in DATES {
        let seen = seen(&settings(), OutboundPolicy::default(), &hosts, date).await;
        for (host, what) in expected {
            refused(&seen, &format!("{host}:{port}"), what);
        }
        // Other ways to write an address: as the URL standard reads them.
        let loopback = &seen[&format!("127.0.0.1:{port}")];
        for host in &odd[..3] {
            assert_eq!(&seen[&format!("{host}:{port}")], loopback, "{host}");
        }
        let name = &seen[&format!("no-such-name.invalid:{port}")];
        let text = "Error: Stepwell: the connection to no-such-name.invalid failed. Its name cannot be resolved, or it leads";
        assert!(name[0].as_str().unwrap().starts_with(text), "{name}");
        assert!(
            name[1]
                .as_str()
                .unwrap()
                .starts_with("Error: proxy request failed"),
            "{name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_allowed_one_by_one_goes_before() {
    let port = listener("127.0.0.1").await;
    let hosts: Vec<String> = ["127.0.0.1", "localhost", "127.0.0.2", "0.0.0.0", "10.1.2.3"]
        .iter()
        .map(|host| format!("{host}:{port}"))
        .collect();
    let narrow = seen(&settings(), policy(&["127.0.0.1/32"], false), &hosts, DATES[1]).await;
    reached(&narrow, &hosts[0]);
    reached(&narrow, &hosts[1]);
    refused(&narrow, &hosts[2], "loopback");
    refused(&narrow, &hosts[3], "this machine");
    let broad = seen(&settings(), policy(&["0.0.0.0/0"], true), &hosts[..4], DATES[1]).await;
    for (host, what) in hosts
        .iter()
        .zip(["loopback", "loopback", "loopback", "this machine"])
    {
        refused(&broad, host, what);
    }
}

/// Says, in the process that the next test starts, that it is in a network of its own.
const APART: &str = "STEPWELL_TEST_APART";

/// Not a test by itself: what the next one runs in a network of its own, whose machine has the addresses 10.9.8.7 and
/// fd09::7, and public ones.
#[tokio::test(flavor = "multi_thread")]
async fn apart() {
    if std::env::var_os(APART).is_none() {
        return;
    }
    let mut hosts = Vec::new();
    for address in ["10.9.8.7", "9.9.9.7", "fd09::7"] {
        let port = listener(address).await;
        let shown = if address.contains(':') {
            format!("[{address}]")
        } else {
            address.to_owned()
        };
        hosts.push(format!("{shown}:{port}"));
    }
    for private in [false, true] {
        let seen = seen(&settings(), policy(&[], private), &hosts, DATES[1]).await;
        for host in &hosts {
            refused(&seen, host, "an address of this server");
        }
    }
    let block = policy(&["10.9.0.0/16"], true);
    refused(
        &seen(&settings(), block, &hosts[..1], DATES[1]).await,
        &hosts[0],
        "an address of this server",
    );
    let single = policy(&["10.9.8.7", "9.9.9.7", "fd09::7"], false);
    let seen = seen(&settings(), single, &hosts, DATES[1]).await;
    for host in &hosts {
        reached(&seen, host);
    }
    println!("it has run apart");
}

#[test]
fn addresses_of_this_machine_are_refused() {
    let prepare = "ip link set lo up && ip addr add 10.9.8.7/24 dev lo && ip addr add 9.9.9.7/24 dev lo && \
        ip -6 addr add fd09::7/64 dev lo nodad && exec \"$0\" --exact apart --nocapture";
    let apart = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["-rn", "sh", "-c", script]);
        command.arg(std::env::current_exe().unwrap()).env(APART, "1");
        command.output()
    };
    if !apart("ip link set lo up").is_ok_and(|output| output.status.success()) {
        println!("not tested: this machine makes no network namespaces");
        return;
    }
    let output = apart(prepare).unwrap();
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        output.status.success() && text.contains("it has run apart"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_engines_own_sockets_are_out_of_reach() {
    let data = tempfile::tempdir().unwrap();
    let settings = settings();
    let code = r"
import { connect } from 'cloudflare:sockets';
import * as workers from 'cloudflare:workers';
const told = async (f) => { try { return await f(); } catch (e) { return `${e.name}: ${e.message}`; } };
export default { async fetch(request, env, ctx) {
  const seen = {};
  for (const path of env.PATHS) {
    for (const url of [`unix:${path}`, `http+unix:${path}`, `http+unix://${encodeURIComponent(path)}/`, `unix-abstract:${path}`, `file://${path}`, `http://unix:${path}/`]) {
      seen[`fetch ${url}`] = await told(async () => (await fetch(url)).status);
      seen[`connect ${url}`] = await told(async () => { await connect(url).opened; return 'opened'; });
      seen[`host ${url}`] = await told(async () => { await connect({ hostname: url, port: 80 }).opened; return 'opened'; });
    }
  }
  return Response.json({ seen, env: Object.keys(env), all: Object.keys(workers.env), exported: Object.keys(ctx.exports).sort(), has: 'stepwell-connect' in env || 'stepwell-door' in env });
} };
export class Prober extends workers.DurableObject {}
";
    let mut script = script(code, DATES[1], data.path());
    let everything = policy(&["0.0.0.0/0", "::/0", "127.0.0.0/8"], true);
    script.outbound = Outbound::Guarded(everything);
    script.objects.push(object("PROBER", "Prober"));
    let listens = settings.directory.path("engine");
    let listener = tokio::net::UnixListener::bind(&listens).unwrap();
    script.json_vars.insert("PATHS".into(), json!([listens]));
    let deployed = Deployed::new(
        Arc::new(settings.clone()),
        "acme/prober",
        &data.path().join("objects"),
    );
    let version = deployed.version(script);
    version.front().start().await.unwrap();
    let text = get(&serving(&version).await, "/").await;
    let answer: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
    assert_eq!(answer["env"], json!(["PATHS", "PROBER"]));
    assert_eq!(answer["all"], answer["env"]);
    assert_eq!(answer["has"], false);
    for (way, outcome) in answer["seen"].as_object().unwrap() {
        assert!(
            outcome.as_str().is_some_and(|text| text.contains("Error")),
            "{way}: {outcome}"
        );
    }
    let reached = tokio::time::timeout(std::time::Duration::ZERO, listener.accept());
    assert!(reached.await.is_err(), "somebody has connected");
    println!("{}", answer["exported"]);
    deployed.stop().await;
}
