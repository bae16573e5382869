//! Many who want the same.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use stepwell_e2e::{ACCOUNT, ADMIN_TOKEN};

/// Clients, and requests of each: 10,000 in all.
const CLIENTS: usize = 50;
const REQUESTS: usize = 200;

#[test]
fn one_of_ten_thousand_creations_of_an_id_wins() {
    let served = super::served();
    let workflow = serde_json::json!({ "script_name": "sdk", "class_name": "Approval" });
    served.call("PUT", "/workflows/race", Some(&workflow)).ok();
    let url = served.api_url();
    let (_, rest) = url.split_once("//").expect("an address");
    let address = rest.split('/').next().unwrap_or_default().to_owned();
    let clients = (0..CLIENTS).map(|_| {
        let address = address.clone();
        std::thread::spawn(move || create_all(&address))
    });
    let clients: Vec<_> = clients.collect();
    let statuses = clients
        .into_iter()
        .flat_map(|client| client.join().expect("a client that ends"));
    let statuses: Vec<u16> = statuses.collect();
    assert_eq!(statuses.len(), CLIENTS * REQUESTS);
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1);
    assert_eq!(
        statuses.iter().filter(|status| **status == 409).count(),
        statuses.len() - 1
    );
    let listed = served.call("GET", "/workflows/race/instances", None).ok();
    assert_eq!(listed["result"].as_array().map(Vec::len), Some(1));
}

/// Asks for the instance over one connection, again and again.
fn create_all(address: &str) -> Vec<u16> {
    let body = r#"{"instance_id":"one"}"#;
    let request = format!(
        "POST /client/v4/accounts/{ACCOUNT}/workflows/race/instances HTTP/1.1\r\nHost: {address}\r\n\
         Authorization: Bearer {ADMIN_TOKEN}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).expect("the server listens");
    let mut reader = BufReader::new(stream.try_clone().expect("a second end"));
    (0..REQUESTS)
        .map(|_| {
            stream
                .write_all(request.as_bytes())
                .expect("the request is taken");
            answer(&mut reader)
        })
        .collect()
}

/// The status of the next answer.
fn answer(reader: &mut BufReader<TcpStream>) -> u16 {
    let mut line = String::new();
    reader.read_line(&mut line).expect("an answer");
    let status = line[9..12].parse().expect("a status");
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).expect("a head");
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("a body");
    status
}
