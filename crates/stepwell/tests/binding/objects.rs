//! Durable Objects.

use super::each;
use stepwell_e2e::project;

#[test]
fn an_objects_state_survives_a_kill() {
    each(|server, _| {
        assert_eq!(server.get("/count").ok(), 1);
        assert_eq!(server.get("/count").ok(), 2);
        server.kill_9();
        server.restart();
        assert_eq!(server.get("/count").ok(), 3);
    });
}

#[test]
fn an_objects_state_survives_the_death_of_its_process() {
    let mut server = project!("binding").start();
    assert_eq!(server.get("/count").ok(), 1);
    assert_eq!(server.kill_workerd('h'), 1);
    let count = stepwell_e2e::wait::eventually("an answer of the new host", || {
        server.try_get("/count").filter(|answer| answer.status == 200)
    });
    assert_eq!(count.ok(), 2);
}

#[test]
fn an_objects_state_survives_a_reload() {
    let server = project!("binding").start();
    assert_eq!(server.get("/count").ok(), 1);
    server.project.replace("src/index.ts", "+ 1;", "+ 10;");
    server.log().wait_for("the reload", |entry| {
        entry["message"]
            .as_str()
            .is_some_and(|text| text.starts_with("Reloaded"))
    });
    assert_eq!(server.get("/count").ok(), 11);
}
