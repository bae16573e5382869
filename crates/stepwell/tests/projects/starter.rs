//! `examples/starter`: Vite, React, static assets, a Durable Object, WebSockets.

use crate::{browser, kill_and_start, made, until};
use serde_json::{Value, json};
use stepwell_e2e::{Server, example};

const NAVIGATES: [(&str, &str); 1] = [("Sec-Fetch-Mode", "navigate")];

#[test]
fn a_vite_project_is_built_and_a_release_outlives_a_kill_in_the_browser() {
    let project = example!("starter").installed();
    project.npm_run("build");
    let mut server = project.start();
    page_and_files(&server);

    // One release is watched by a WebSocket of ours, the other one by the page.
    let ours = made(&server, "/api/releases", &json!({ "version": "1.4.0" }));
    let mut board = server.socket(&format!("/api/releases/{ours}/live"));
    let id = browser::look("starter.mjs", &[&server.url(), &picture(&server), "start"]);
    board.wait_for(|message| stage(message, "approval") == Some("waiting"));

    kill_and_start(&mut server);

    let mut board = server.socket(&format!("/api/releases/{ours}/live"));
    let kept = board.wait_for(|message| message["type"] == "board");
    assert_eq!(stage(&kept, "test"), Some("done"), "what the object has stored");
    let decision = json!({ "approved": true, "by": "ada" });
    server
        .post(&format!("/api/releases/{ours}/decision"), &decision)
        .ok();
    board.wait_for(|message| stage(message, "deploy") == Some("done"));
    let done = until(&server, &format!("/api/releases/{ours}"), "complete");
    assert_eq!(done["output"], json!({ "deployed": "1.4.0", "by": "ada" }));

    browser::look("starter.mjs", &[&server.url(), &picture(&server), "finish", &id]);
    let done = until(&server, &format!("/api/releases/{id}"), "complete");
    assert_eq!(done["output"]["by"], "the page");
}

/// What one gets without a browser.
fn page_and_files(server: &Server) {
    let page = server.get("/");
    assert_eq!(page.status, 200);
    assert!(page.text.contains("<title>Releases</title>"), "{page:?}");
    let tag = page.header("etag").expect("an asset has an ETag").to_owned();
    let same = server.get_with("/", &[("If-None-Match", &tag)]);
    assert_eq!((same.status, same.text.as_str()), (304, ""));
    let script = page.text.split("src=\"").nth(1).unwrap();
    let script = server.get(script.split('"').next().unwrap());
    assert_eq!(
        (script.status, script.header("content-type")),
        (200, Some("text/javascript; charset=utf-8"))
    );

    // The page is the answer to whoever navigates; programs are told by the Worker that there is nothing.
    assert_eq!(server.get_with("/releases/any", &NAVIGATES).text, page.text);
    assert_eq!(server.get_with("/api/nope", &NAVIGATES).status, 404);
    let wrong = server.post("/api/releases", &json!({ "version": "x" }));
    assert_eq!(
        wrong.error(),
        "version must look like 1.2.3",
        "the Worker's own answer"
    );
    assert_eq!(server.get("/api/releases/nope").status, 404);
}

fn stage<'a>(message: &'a Value, stage: &str) -> Option<&'a str> {
    let updates = message["updates"].as_array()?;
    updates.iter().find(|update| update["stage"] == stage)?["state"].as_str()
}

fn picture(server: &Server) -> String {
    server.project.path("page.png").to_string_lossy().into_owned()
}
