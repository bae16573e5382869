//! Runs that wait for something which is no step.

use super::each;
use stepwell_e2e::{at_each_date, project};

#[test]
fn a_run_that_can_never_settle_ends_with_the_runtimes_text() {
    at_each_date(
        || project!("runs").arguments(&["--hang-after", "1"]),
        |server, ledger| {
            let error = server.play("hang", ledger).errored();
            assert!(error.contains("your Worker's code had hung"), "{error}");
        },
    );
}

#[test]
fn a_run_with_a_timer_outside_of_steps_is_not_dropped() {
    each(|server, ledger| {
        assert_eq!(server.play("timerAgainstEvent", ledger).complete(), "timer");
        assert_eq!(ledger.count("run"), 1);
    });
}

#[test]
fn a_run_with_a_pending_wait_until_is_not_dropped() {
    each(|server, ledger| {
        let id = server.create("waitUntil", ledger);
        ledger.wait_for("late", 1);
        assert_eq!(ledger.count("run"), 1);
        assert_eq!(server.instance(&id).status, "waiting");
    });
}

#[test]
fn the_log_names_workflow_instance_and_step_of_a_line() {
    each(|server, ledger| {
        let id = server.create("log", ledger);
        let line = |level: &str, part: &str| {
            server.log().wait_for(part, |entry| {
                entry["level"] == level && entry["message"].as_str().is_some_and(|text| text.contains(part))
            })
        };
        let outside = line("info", "outside");
        assert_eq!(
            (&outside["workflow"], &outside["instance"]),
            (&"runs".into(), &id.clone().into())
        );
        assert!(outside["step"].is_null(), "{outside}");
        assert_eq!(outside["message"], "outside { of: 'steps' }");
        let inside = line("warn", "inside");
        assert_eq!(
            (&inside["workflow"], &inside["instance"]),
            (&"runs".into(), &id.into())
        );
        assert_eq!(inside["step"], "speak-1");
    });
}
