//! `examples/two-workers`: one Worker has the port, the other the Workflow, the Durable Object and the methods.

use crate::{kill_and_start, made, until};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use stepwell_e2e::wait::eventually;
use stepwell_e2e::{Project, Server, example};

const ALLOWED: [(&str, &str); 1] = [("Authorization", "Bearer example-admin-key")];

fn project() -> Project {
    example!("two-workers").configurations(&["api/wrangler.jsonc", "jobs/wrangler.jsonc"])
}

fn picture(customer: &str) -> Value {
    json!({ "customer": customer, "width": 4000, "height": 3000 })
}

fn owes(server: &Server, customer: &str) -> Value {
    server
        .get_with(&format!("/accounts/{customer}"), &ALLOWED)
        .ok()
        .get("cents")
        .cloned()
        .unwrap()
}

#[test]
fn one_worker_uses_all_that_the_other_one_has() {
    let mut server = project().start();
    let passed_on = json!({ "worker": "thumbnails-jobs", "pathname": "/jobs/hello", "secrets": false });
    assert_eq!(server.get("/jobs/hello").ok(), passed_on);
    assert_eq!(server.get("/accounts/ada").status, 403);
    assert_eq!(owes(&server, "ada"), 0);

    let created = server.post("/thumbnails", &picture("ada"));
    assert_eq!((created.status, &created.json()["cents"]), (201, &json!(36)));
    let path = format!("/thumbnails/{}", created.json()["id"].as_str().unwrap());
    let output = json!({ "files": ["64x48.webp", "256x192.webp"], "balance": 36 });
    assert_eq!(until(&server, &path, "complete")["output"], output);
    assert_eq!(owes(&server, "ada"), 36);

    kill_and_start(&mut server);
    assert_eq!(server.get(&path).ok()["output"], output);
    assert_eq!(owes(&server, "ada"), 36);
    assert_eq!(server.get("/jobs/hello").ok(), passed_on);
}

#[test]
fn with_a_sleep_added_the_workflow_of_the_other_worker_goes_on_after_a_kill() {
    let project = project();
    project.replace(
        "jobs/workflow.ts",
        "const balance =",
        "await step.sleep(\"a while\", \"2 seconds\");\n    const balance =",
    );
    let mut server = project.start();
    let id = made(&server, "/thumbnails", &picture("grace"));
    server.log().wait_for("the sleep", |entry| {
        entry["instance"] == *id
            && entry["step"]
                .as_str()
                .is_some_and(|step| step.starts_with("a while"))
    });
    kill_and_start(&mut server);
    let done = until(&server, &format!("/thumbnails/{id}"), "complete");
    assert_eq!(done["output"]["balance"], 36);
    assert_eq!(owes(&server, "grace"), 36);
}

#[test]
fn the_other_worker_is_changed_while_it_is_asked() {
    let server = project().start();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut asked = 0;
            while !stop.load(Ordering::Relaxed) {
                assert_eq!(server.get("/jobs/hello").status, 200);
                asked += 1;
            }
            asked
        });
        server.project.replace(
            "jobs/index.ts",
            "worker: \"thumbnails-jobs\"",
            "worker: \"changed\"",
        );
        let changed = eventually("the change is seen or the asking failed", || {
            let seen = server.get("/jobs/hello").json()["worker"] == "changed";
            (seen || asking.is_finished()).then_some(seen)
        });
        stop.store(true, Ordering::Relaxed);
        assert!(asking.join().unwrap() > 0);
        assert!(changed);
    });
    // Methods, Workflow and objects are those of the new code, too.
    let id = made(&server, "/thumbnails", &picture("alan"));
    until(&server, &format!("/thumbnails/{id}"), "complete");
    assert_eq!(owes(&server, "alan"), 36);
}
