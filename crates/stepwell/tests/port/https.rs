//! `--local-protocol https`.

use super::{get, project};
use std::os::unix::fs::PermissionsExt;

const INDEX: &str = "export default { fetch: () => new Response(\"ok\") };";

#[test]
fn the_certificate_is_made_once_and_nobody_else_reads_its_key() {
    let project = project(&[("src/index.ts", INDEX)]).arguments(&["--local-protocol", "https"]);
    let (project, directory) = project.with_own_cache();
    let mut server = project.start();
    assert!(server.url().starts_with("https://"), "{}", server.url());
    let answer = get(&server, "/", &["host: localhost"]);
    assert!(
        answer.ends_with("This port speaks https: begin the address with https://\n"),
        "{answer}"
    );
    let file = directory.join("https/localhost.pem");
    let first = std::fs::read(&file).expect("it is kept");
    let mode = std::fs::metadata(&file).expect("it is kept").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    server.terminate();
    server.restart();
    assert_eq!(std::fs::read(&file).expect("it is kept"), first);
}

#[test]
fn half_of_a_certificate_is_refused() {
    let refusal = project(&[("src/index.ts", INDEX)])
        .arguments(&["--local-protocol", "https", "--https-key-path", "key.pem"])
        .refused();
    let text = "Must specify both certificate path and key path to use a Custom Certificate.";
    assert!(refusal.stderr.contains(text), "{refusal:?}");
    let refusal = project(&[("src/index.ts", INDEX)])
        .arguments(&["--local-protocol", "https"])
        .arguments(&[
            "--https-key-path",
            "/nowhere/key.pem",
            "--https-cert-path",
            "/nowhere/cert.pem",
        ])
        .refused();
    let text = "Missing Custom Certificate Key at /nowhere/key.pem";
    assert!(refusal.stderr.contains(text), "{refusal:?}");
}
