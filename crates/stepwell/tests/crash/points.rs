//! Kills at named points, which only the binary of the tests has (`stepwell_store::failpoint`).

use crate::{check, load};
use serde_json::json;
use stepwell_e2e::{Ledger, Project, Server, project};

fn crash() -> Project {
    project!("crash").arguments(&["--no-watch"])
}

/// Dies when it comes to `point` for the `count`-th time.
fn dying_at(point: &str, count: u32) -> Server {
    crash()
        .environment("STEPWELL_FAILPOINT", &format!("{point}:{count}"))
        .start()
}

fn go_on(server: &mut Server) {
    server.ended();
    server.project.forget_environment("STEPWELL_FAILPOINT");
    server.restart();
}

/// Plays one instance of each kind, across the death of the server.
fn dies_under_load(point: &str, counts: &[u32]) {
    for &count in counts {
        let ledger = Ledger::start();
        let mut server = dying_at(point, count);
        let client = server.client();
        let promised = std::thread::scope(|scope| {
            let load = scope.spawn(|| {
                let mut promised = load::Promised::new();
                for scenario in ["event", "short", "retries", "large", "parallel", "sleeps"] {
                    load::create(&client, &ledger, scenario, scenario);
                    promised.insert(scenario.to_owned(), json!(10));
                }
                load::send(&client, "event", 10);
                promised
            });
            go_on(&mut server);
            load.join().expect("every request is acknowledged in the end")
        });
        load::finish(&client, &promised, 0);
        check::ledger(&ledger, 1);
    }
}

#[test]
fn after_a_message_was_received_and_before_the_commit() {
    dies_under_load("run-message", &[1, 7, 20]);
}

#[test]
fn before_a_commit() {
    dies_under_load("before-commit", &[3, 10]);
}

#[test]
fn after_a_commit_and_before_the_acknowledgement() {
    dies_under_load("after-commit", &[3, 10, 15]);
}

#[test]
fn in_the_middle_of_a_blob() {
    dies_under_load("blob", &[1, 2]);
}

#[test]
fn in_the_middle_of_a_replay() {
    let ledger = Ledger::start();
    let mut server = crash().start();
    load::create(&server.client(), &ledger, "replay", "replay");
    server.wait_until("replay", "waiting");
    server.kill_9();
    server.project.set_environment("STEPWELL_FAILPOINT", "replay:4");
    server.restart();
    let client = server.client();
    std::thread::scope(|scope| {
        let event = scope.spawn(|| load::send(&client, "replay", 10));
        go_on(&mut server);
        event.join().expect("the event is acknowledged in the end");
    });
    load::finish(&client, &[("replay".to_owned(), json!(10))].into(), 0);
    check::ledger(&ledger, 2);
}
