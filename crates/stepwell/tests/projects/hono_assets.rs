//! `examples/hono-assets`: a Hono app beside static pages.

use crate::{kill_and_start, made, until};
use serde_json::json;
use stepwell_e2e::{Answer, Server, example};

/// The status and where it leads.
fn leads(server: &Server, path: &str) -> (u16, Option<String>) {
    let answer = server.get(path);
    let location = answer.header("location").map(str::to_owned);
    (answer.status, location)
}

#[track_caller]
fn page(answer: &Answer, status: u16, heading: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert!(answer.text.contains(&format!("<h1>{heading}</h1>")), "{answer:?}");
}

#[test]
fn pages_redirects_and_headers_are_those_of_the_files() {
    let server = example!("hono-assets").installed().start();
    page(&server.get("/about"), 200, "About");
    page(&server.get("/no/such/page"), 404, "Not here");
    page(&server.get("/docs/nothing"), 404, "No such page in the docs");
    let to = |status, place: &str| (status, Some(place.to_owned()));
    assert_eq!(leads(&server, "/about.html"), to(307, "/about"));
    assert_eq!(leads(&server, "/home"), to(301, "/"));
    assert_eq!(leads(&server, "/manual/setup"), to(302, "/docs/setup"));
    assert_eq!(leads(&server, "/v/2"), to(307, "/docs/?v=2"));
    assert_eq!(
        server.get("/start").text,
        server.get("/docs/setup").text,
        "a redirect that nobody sees"
    );
    let docs = server.get("/docs/setup");
    assert_eq!(docs.header("x-page"), Some("setup"));
    assert_eq!(docs.header("x-frame-options"), Some("DENY"));
    let script = server.get("/app.js");
    assert_eq!(script.header("x-frame-options"), None);
    assert_eq!(script.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(
        server.get("/drafts/next.txt").status,
        404,
        "not uploaded: .assetsignore"
    );
    assert_eq!(server.get("/app.js.map").status, 404);
    assert_eq!(server.get("/keep.map").status, 200);
}

#[test]
fn the_worker_has_its_paths_and_its_workflow_across_a_kill() {
    let mut server = example!("hono-assets").installed().start();
    page(&server.get("/hello/Ada"), 200, "Hello, Ada");
    assert_eq!(server.get("/members/").status, 401);
    let member = server.get_with("/members/", &[("Authorization", "Bearer member")]);
    page(&member, 200, "For members");
    assert_eq!(member.header("x-checked"), Some("yes"));
    let public = server.get("/members/public");
    page(&public, 200, "For everybody");
    assert_eq!(
        public.header("x-checked"),
        None,
        "it did not go through the Worker"
    );

    let id = made(&server, "/api/imports", &json!({ "feeds": 3 }));
    // The second feed has failed once: killed between two attempts.
    server.log().wait_for("a retry", |entry| {
        entry["instance"] == *id
            && entry["step"]
                .as_str()
                .is_some_and(|step| step.starts_with("feed 2"))
    });
    kill_and_start(&mut server);
    let path = format!("/api/imports/{id}");
    let done = until(&server, &path, "complete");
    assert_eq!(done["output"]["items"], 30);
    assert_eq!(done["output"]["attempts"].as_array().unwrap().len(), 3);
    let wrong = made(&server, "/api/imports", &json!({ "feeds": 0 }));
    let error = until(&server, &format!("/api/imports/{wrong}"), "errored");
    assert_eq!(error["error"]["message"], "feeds must be a number above 0");
    assert_eq!(server.get("/api/imports/nope").status, 404);
}
