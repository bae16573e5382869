//! Several Workers behind one port, as they come, go and are split.

use crate::support::{Server, Upstreamed, parts, strangers, to_end};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use stepwell_api::ingress::{
    Destination, Directory, Front, Host, Listed, Naming, Options, Production, Upstream, Version,
};
use stepwell_assets::{Settings, Site};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::watch;

fn directory() -> Directory {
    Directory::new(Naming {
        domains: vec![
            Host::parse("localhost").unwrap(),
            Host::parse("workers.example").unwrap(),
        ],
        default_account: "default".to_owned(),
        default_worker: None,
    })
}

fn listed(script: &str, versions: Vec<Version>) -> Listed {
    Listed {
        account: "default".to_owned(),
        script: script.to_owned(),
        has_own_host: true,
        custom_hosts: Vec::new(),
        routes: Vec::new(),
        destination: Arc::new(Destination {
            name: script.into(),
            versions,
            ..Destination::default()
        }),
    }
}

/// The name that the Worker says, or the status.
fn who(answer: &str) -> String {
    let (status, head, _) = parts(answer);
    let name = head.lines().find_map(|line| line.strip_prefix("x-worker: "));
    name.map_or_else(|| status.to_string(), str::to_owned)
}

#[tokio::test]
async fn each_request_goes_to_the_worker_that_has_its_address() {
    let (shop, blog) = (Upstreamed::start("shop"), Upstreamed::start("blog"));
    let directory = directory();
    directory.put(listed("shop", vec![shop.version(1.0)]));
    directory.put(Listed {
        custom_hosts: vec![Host::parse("bücher.example").unwrap()],
        routes: vec!["*.example/blog/*".parse().unwrap()],
        has_own_host: false,
        ..listed("blog", vec![blog.version(1.0)])
    });
    let server = Server::of(directory.clone(), strangers(Production::default())).await;
    for (host, path, expected) in [
        ("shop.localhost", "/", "shop"),
        ("SHOP.Workers.Example.:8787", "/", "shop"),
        ("xn--bcher-kva.example", "/", "blog"),
        ("a.example", "/blog/1", "blog"),
        ("a.example", "/x/../blog/1", "blog"),
        ("a.example", "/blog", "404"),
        ("blog.localhost", "/", "404"),
        ("localhost", "/", "404"),
    ] {
        let answer = server.get_as(host, path, &[]).await;
        assert_eq!(who(&answer), expected, "{host} {path}");
    }
    // One connection may ask for several Workers.
    let answers = server
        .raw("GET / HTTP/1.1\r\nhost: shop.localhost\r\n\r\nGET / HTTP/1.1\r\nhost: xn--bcher-kva.example\r\nconnection: close\r\n\r\n")
        .await;
    let (first, second) = (answers.find("x-worker: shop"), answers.find("x-worker: blog"));
    assert!(first.is_some() && first < second, "{answers}");
    directory.remove("default", "shop");
    let answer = server.get_as("shop.localhost", "/", &[]).await;
    assert_eq!(who(&answer), "404");
}

#[tokio::test]
async fn a_split_goes_by_weight_with_the_assets_of_the_version() {
    let files = tempfile::tempdir().unwrap();
    let version = |behind: &Upstreamed, name: &str, weight| {
        let public = files.path().join(name);
        std::fs::create_dir(&public).unwrap();
        std::fs::write(public.join("version.txt"), name).unwrap();
        let site = Site::load(Settings {
            has_worker: true,
            ..Settings::new(public)
        });
        Version {
            id: "".into(),
            assets: Some(watch::channel(Some(Arc::new(site.unwrap()))).1),
            ..behind.version(weight)
        }
    };
    let (old, new) = (Upstreamed::start("old"), Upstreamed::start("new"));
    let directory = directory();
    let versions = vec![version(&old, "old", 75.0), version(&new, "new", 25.0)];
    directory.put(listed("shop", versions));
    let server = Server::of(directory, strangers(Production::default())).await;
    let mut counts: HashMap<String, usize> = HashMap::new();
    for _ in 0..400 {
        let answer = server.get_as("shop.localhost", "/", &[]).await;
        *counts.entry(who(&answer)).or_default() += 1;
        let asset = server.get_as("shop.localhost", "/version.txt", &[]).await;
        *counts.entry(format!("file of {}", parts(&asset).2)).or_default() += 1;
    }
    // Who has a key stays with a version.
    let mut of_keys = [0; 2];
    for user in 0..40 {
        let header = format!("cloudflare-workers-version-key: user {user}");
        let first = who(&server.get_as("shop.localhost", "/", &[&header]).await);
        for _ in 0..5 {
            let answer = server.get_as("shop.localhost", "/", &[&header]).await;
            assert_eq!(who(&answer), first, "{header}");
        }
        of_keys[usize::from(first == "new")] += 1;
    }
    assert!(of_keys[0] > of_keys[1] && of_keys[1] > 0, "{of_keys:?}");
    // Of 400 at a quarter: less than 50 or more than 150 once in 10^8.
    for part in ["new", "file of new"] {
        assert!((50..=150).contains(&counts[part]), "{counts:?}");
    }
    assert_eq!(counts["new"] + counts["old"], 400);
}

#[tokio::test]
async fn who_names_a_live_version_gets_it() {
    let (old, new) = (Upstreamed::start("old"), Upstreamed::start("new"));
    let version = |behind: &Upstreamed, id: &str, weight| Version {
        id: id.into(),
        ..behind.version(weight)
    };
    let directory = directory();
    directory.put(listed(
        "shop",
        vec![version(&old, "v1", 100.0), version(&new, "v2", 0.0)],
    ));
    let server = Server::of(directory, strangers(Production::default())).await;
    for (header, expected) in [
        ("x-a: 1", "old"),
        (r#"cloudflare-workers-version-overrides: shop="v2""#, "new"),
        (
            r#"Cloudflare-Workers-Version-Overrides: blog="v1", shop="v2";a=1"#,
            "new",
        ),
        // What is not live, or not this Worker's, counts for nothing.
        (r#"cloudflare-workers-version-overrides: shop="v3""#, "old"),
        (r#"cloudflare-workers-version-overrides: blog="v2""#, "old"),
        ("cloudflare-workers-version-overrides: shop=v2", "old"),
    ] {
        let answer = server.get_as("shop.localhost", "/", &[header]).await;
        assert_eq!(who(&answer), expected, "{header}");
    }
}

/// A process that starts when it is asked to.
struct Sleeping {
    state: watch::Sender<Upstream>,
    serving: Upstream,
    woken: AtomicUsize,
}

impl Front for Sleeping {
    fn upstream(&self) -> watch::Receiver<Upstream> {
        self.state.subscribe()
    }

    fn wake(&self) {
        self.woken.fetch_add(1, Ordering::Relaxed);
        self.state.send_replace(self.serving.clone());
    }
}

#[tokio::test]
async fn a_process_that_sleeps_is_woken_by_the_first_request() {
    let behind = Upstreamed::start("late");
    let front = Arc::new(Sleeping {
        state: watch::channel(Upstream::Absent {
            why: "it sleeps".into(),
        })
        .0,
        serving: Upstream::Serving(behind.path.clone()),
        woken: AtomicUsize::new(0),
    });
    let version = Version {
        id: "".into(),
        weight: 100.0,
        front: front.clone(),
        assets: None,
    };
    let directory = directory();
    directory.put(listed("late", vec![version]));
    let options = Options {
        hold: Duration::from_secs(20),
        ..strangers(Production::default())
    };
    let server = Server::of(directory, options).await;
    for _ in 0..2 {
        let answer = server.get_as("late.localhost", "/", &[]).await;
        assert_eq!(who(&answer), "late");
    }
    assert_eq!(front.woken.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_request_that_waits_goes_to_the_version_that_is_live_by_then() {
    let new = Upstreamed::start("new");
    let retired = Arc::new(Sleeping {
        state: watch::channel(Upstream::Absent {
            why: "it was replaced".into(),
        })
        .0,
        serving: Upstream::Absent {
            why: "it does not come back".into(),
        },
        woken: AtomicUsize::new(0),
    });
    let version = Version {
        id: "".into(),
        weight: 100.0,
        front: retired.clone(),
        assets: None,
    };
    let directory = directory();
    directory.put(listed("shop", vec![version]));
    let options = Options {
        hold: Duration::from_secs(20),
        ..strangers(Production::default())
    };
    let server = Server::of(directory.clone(), options).await;
    let waiting = server.get_as("shop.localhost", "/", &[]);
    tokio::pin!(waiting);
    while retired.woken.load(Ordering::Relaxed) == 0 {
        let early = tokio::time::timeout(Duration::from_millis(5), &mut waiting).await;
        assert!(early.is_err(), "{early:?}");
    }
    directory.put(listed("shop", vec![new.version(1.0)]));
    assert_eq!(who(&waiting.await), "new");
    assert_eq!(retired.woken.load(Ordering::Relaxed), 1);
}

/// What a client that goes on asking learned.
async fn ask_until(address: std::net::SocketAddr, host: String, stop: Arc<AtomicBool>) -> Vec<String> {
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET / HTTP/1.1\r\nhost: {host}\r\n\r\n");
    let mut learned = Vec::new();
    let mut buffer = vec![0; 16 << 10];
    // Once at least, however busy the machine is.
    while learned.is_empty() || !stop.load(Ordering::Relaxed) {
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        // The made-up Worker's answer ends with the closing brace of an object.
        while !answer.ends_with('}') && !answer.ends_with("1042\n") {
            let read = stream.read(&mut buffer).await.unwrap();
            assert!(read > 0, "{answer}");
            answer += std::str::from_utf8(&buffer[..read]).unwrap();
        }
        learned.push(who(&answer));
    }
    learned
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_changes_while_requests_run_disturbs_none() {
    const MANY: usize = 2000;
    let (old, new) = (Upstreamed::start("old"), Upstreamed::start("new"));
    let directory = directory();
    for number in 0..MANY {
        directory.put(listed(&format!("w{number}"), vec![old.version(1.0)]));
    }
    let server = Server::of(directory.clone(), strangers(Production::default())).await;
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..8)
        .map(|client| {
            let host = if client < 4 {
                "w7.localhost"
            } else {
                "w8.localhost"
            };
            tokio::spawn(ask_until(server.address, host.to_owned(), stop.clone()))
        })
        .collect();
    let until = Instant::now() + Duration::from_millis(1500);
    let mut changes = 0;
    while changes < 10 || Instant::now() < until {
        let to = if changes % 2 == 0 { &new } else { &old };
        directory.put(listed("w7", vec![to.version(1.0)]));
        directory.remove("default", &format!("w{}", 100 + changes % (MANY - 100)));
        changes += 1;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    directory.put(listed("w7", vec![new.version(1.0)]));
    let last = server.get_as("w7.localhost", "/", &[]).await;
    assert_eq!(who(&last), "new", "what is put counts at once");
    stop.store(true, Ordering::Relaxed);
    for (client, learned) in clients.into_iter().enumerate() {
        let learned = learned.await.unwrap();
        let wrong = learned.iter().find(|name| {
            if client < 4 {
                *name != "old" && *name != "new"
            } else {
                *name != "old"
            }
        });
        assert_eq!(wrong, None, "client {client} of {} requests", learned.len());
        assert!(!learned.is_empty());
    }
}

#[tokio::test]
async fn a_websocket_ends_with_its_process() {
    let (old, new) = (Upstreamed::start("old"), Upstreamed::start("new"));
    let directory = directory();
    directory.put(listed("chat", vec![old.version(1.0)]));
    let server = Server::of(directory.clone(), strangers(Production::default())).await;
    let mut stream = server.connect().await;
    let request =
        "GET /upgrade HTTP/1.1\r\nhost: chat.localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    assert!(
        head.starts_with(b"HTTP/1.1 101"),
        "{}",
        String::from_utf8_lossy(&head)
    );
    // Another version is live: what is open stays with the old one.
    directory.put(listed("chat", vec![new.version(1.0)]));
    stream.write_all(b"hello").await.unwrap();
    let mut echo = [0; 5];
    stream.read_exact(&mut echo).await.unwrap();
    assert_eq!(&echo, b"hello");
    old.upstream.send_replace(Upstream::Absent {
        why: "it ends".into(),
    });
    assert_eq!(to_end(&mut stream).await, "");
}
