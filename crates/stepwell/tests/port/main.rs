//! The Worker port: what the Worker learns of a request, and what is answered for it.

mod console;
mod errors;
mod https;
mod requests;
mod thrown;

use std::io::{Read, Write};
use std::net::TcpStream;
use stepwell_e2e::{Project, Server};

/// A project of these files, without a Workflow.
fn project(files: &[(&str, &str)]) -> Project {
    let config = r#"{ "name": "port", "main": "src/index.ts", "compatibility_date": "2026-09-01", "compatibility_flags": ["enable_request_signal"] }"#;
    let mut all = vec![("wrangler.jsonc", config)];
    all.extend(files);
    Project::of_files(env!("CARGO_BIN_EXE_stepwell"), &all)
}

fn connect(server: &Server) -> TcpStream {
    let url = server.url();
    let address = url
        .split_once("://")
        .expect("a URL")
        .1
        .replace("localhost", "127.0.0.1");
    TcpStream::connect(address).expect("it listens")
}

/// The whole answer to `GET path` with these header lines.
fn get(server: &Server, path: &str, headers: &[&str]) -> String {
    let mut stream = connect(server);
    let head = [&format!("GET {path} HTTP/1.1"), "connection: close"];
    let lines: Vec<&str> = head.iter().chain(headers).copied().collect();
    let request = lines.join("\r\n") + "\r\n\r\n";
    stream.write_all(request.as_bytes()).expect("it can be asked");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    String::from_utf8_lossy(&answer).into_owned()
}
