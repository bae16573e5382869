//! Clients that ask too much, or too slowly.

use crate::shop::Shop;
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use stepwell_e2e::wait::DEADLINE;
use stepwell_e2e::{ADMIN_TOKEN, Wrangler, installation};

#[test]
fn creations_above_the_rate_are_told_when_to_try_again() {
    let shop = Shop::on(
        installation!().arguments(&["--creation-rate", "2"]),
        Wrangler::newest(),
    );
    shop.deploy();
    let create = |id: &str| {
        let body = json!({ "instance_id": id, "params": {} });
        shop.served
            .call("POST", "/workflows/order/instances", Some(&body))
    };
    let refused =
        (0..1000).find_map(|number| Some(create(&format!("n{number}"))).filter(|one| one.status != 200));
    let refused = refused.expect("no machine creates that many in a second, at this rate");
    assert_eq!(refused.status, 429, "{refused:?}");
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=2).contains(&seconds), "{refused:?}");
    assert_eq!(refused.json()["success"], false, "{refused:?}");
    std::thread::sleep(Duration::from_secs(seconds));
    assert_eq!(create("later").status, 200);
    shop.until("later", "complete");
}

/// A client that sends the beginning of a request, and then a byte whenever `pause` is over. Returns what it was answered,
/// and when the server let it go.
fn slow(address: &str, head: &str, pause: Duration) -> (String, Duration) {
    let mut stream = TcpStream::connect(address).unwrap();
    let since = Instant::now();
    stream.write_all(head.as_bytes()).unwrap();
    stream.set_read_timeout(Some(pause)).unwrap();
    let mut answer = Vec::new();
    let mut buffer = [0; 1024];
    while since.elapsed() < DEADLINE {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => answer.extend_from_slice(&buffer[..count]),
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                ) =>
            {
                // It may have been let go.
                let _ = stream.write_all(b"x");
            }
            Err(_) => break,
        }
    }
    (String::from_utf8_lossy(&answer).into_owned(), since.elapsed())
}

fn address(url: &str) -> String {
    let rest = url.strip_prefix("http://localhost:").unwrap();
    format!("127.0.0.1:{}", rest.split('/').next().unwrap())
}

#[test]
fn slow_clients_are_let_go_and_others_are_served_meanwhile() {
    let limited = installation!().arguments(&["--client-timeout", "1"]);
    let shop = Shop::on(limited, Wrangler::newest());
    shop.project.replace(
        "src/index.ts",
        "      case \"/log\":",
        "      case \"/read\":\n        return new Response(await request.text());\n      case \"/log\":",
    );
    shop.deploy();
    let (workers, api) = (
        address(&shop.served.workers_url()),
        address(&shop.served.api_url()),
    );
    let often = Duration::from_millis(100);
    let never = DEADLINE;
    let head = "GET / HTTP/1.1\r\nhost: shop.localhost\r\nx-slow: ";
    let body = "POST /read HTTP/1.1\r\nhost: shop.localhost\r\ncontent-length: 1000\r\n\r\nbegins";
    let api_head =
        format!("GET /client/v4/accounts HTTP/1.1\r\nauthorization: Bearer {ADMIN_TOKEN}\r\nx-slow: ");
    let clients = [
        (workers.as_str(), head, often),
        (workers.as_str(), body, never),
        (api.as_str(), api_head.as_str(), often),
    ];
    std::thread::scope(|scope| {
        // As many as would wear out a server that has a thread, or a place, for each.
        let slow: Vec<_> = clients
            .iter()
            .flat_map(|client| (0..100).map(move |_| scope.spawn(move || slow(client.0, client.1, client.2))))
            .collect();
        let mut served = 0;
        while slow.iter().any(|client| !client.is_finished()) {
            assert_eq!(shop.about()["edition"], "first");
            shop.served.call("GET", "/workflows/order", None).ok();
            served += 1;
        }
        assert!(served > 0);
        for client in slow {
            let (answer, took) = client.join().unwrap();
            assert!(took < DEADLINE / 2, "{took:?} {answer}");
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
        }
    });
}
