//! What the Worker learns of a request.

use super::{connect, get, project};
use serde_json::Value;
use std::io::{Read, Write};
use stepwell_e2e::Project;
use stepwell_e2e::wait::eventually;

const INDEX: &str = "let aborted = 0, hanging = 0;
export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === \"/count\") {
      let bytes = 0;
      for await (const part of request.body!) bytes += part.byteLength;
      return Response.json(bytes);
    }
    if (pathname === \"/hang\") {
      request.signal.addEventListener(\"abort\", () => aborted++);
      hanging++;
      await new Promise(() => setInterval(() => {}, 1000));
    }
    if (pathname === \"/counts\") return Response.json([hanging, aborted]);
    return Response.json({ url: request.url, headers: [...request.headers], cf: request.cf });
  },
};
";

fn echo() -> Project {
    project(&[("src/index.ts", INDEX)])
}

#[test]
fn it_looks_as_it_does_at_cloudflare() {
    let server = echo().start();
    let answer = get(
        &server,
        "/a?b=1",
        &[
            "host: some.where:99",
            "cf-blob: {}",
            "stepwell-protocol: https",
            "accept-encoding: zstd",
        ],
    );
    let body = answer.split_once("\r\n\r\n").expect("a body").1;
    let told: Value = serde_json::from_str(body).expect(body);
    assert_eq!(told["url"], "http://some.where:99/a?b=1");
    assert_eq!(told["cf"]["colo"], "DFW");
    assert_eq!(told["cf"]["clientAcceptEncoding"], "zstd");
    assert_eq!(
        told["headers"],
        serde_json::json!([
            ["accept-encoding", "zstd"],
            ["cf-connecting-ip", "127.0.0.1"],
            ["host", "some.where:99"]
        ])
    );
    let answer = get(&server, "/", &["host: a b"]);
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

#[test]
fn a_large_upload_streams() {
    const SIZE: usize = 100 << 20;
    let server = echo().start();
    let mut stream = connect(&server);
    let head =
        format!("POST /count HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: {SIZE}\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("it takes the head");
    let part = vec![7; 1 << 20];
    for _ in 0..SIZE / part.len() {
        stream.write_all(&part).expect("it takes the body");
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    assert!(answer.ends_with(&format!("\r\n\r\n{SIZE}")), "{answer}");
}

#[test]
fn the_worker_learns_that_the_client_has_gone() {
    let server = echo().start();
    let mut stream = connect(&server);
    stream
        .write_all(b"GET /hang HTTP/1.1\r\nhost: h\r\n\r\n")
        .expect("it takes the request");
    let counts = |expected: [u32; 2]| {
        eventually("these counts", || {
            (server.get("/counts").ok() == serde_json::json!(expected)).then_some(())
        });
    };
    counts([1, 0]);
    drop(stream);
    counts([1, 1]);
}
