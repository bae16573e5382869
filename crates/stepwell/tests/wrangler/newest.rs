//! wrangler 4.164.0.

use crate::play::{Difference, Play};
use serde_json::json;
use stepwell_e2e::Wrangler;

/// While it sleeps, waits for an event or for a retry: as the documentation and workerd's engine have it.
const WAITING: Difference<'_> = (r#""status": "running""#, r#""status": "waiting""#);
/// The same in a list.
const WAITING_IN_LIST: Difference<'_> = ("│ ▶ Running │", "│ ⏰ Waiting │");
/// The same in a description.
const IS_WAITING: Difference<'_> = ("Status: ▶ Running", "Status: ⏰ Waiting");
/// The default delay of retries, as in production and workerd's engine.
const DELAY: Difference<'_> = (r#""delay": 1000,"#, r#""delay": 10000,"#);

#[test]
fn every_command_of_wrangler_4_164() {
    let mut play = Play::begin(Wrangler::newest());
    nothing_yet(&mut play);
    triggers(&mut play);
    instances(&mut play);
    lists(&mut play);
    descriptions(&mut play);
    details(&mut play);
    changes(&mut play);
    events(&mut play);
    restarts(&mut play);
    ends(&mut play);
    deletions(&mut play);
    play.end();
}

fn nothing_yet(play: &mut Play) {
    play.run("list");
    play.run("list --json");
    play.run("describe flow");
    play.run("describe flow --json");
    play.run("describe nope");
    play.run("instances list other-flow");
    play.run("instances describe other-flow");
    play.run("instances describe other-flow 'a b/ü'");
    play.run("instances pause other-flow nope");
}

fn triggers(play: &mut Play) {
    play.run(r#"trigger flow '{"name":"ada"}' --id first"#);
    play.until_is("first", "complete");
    play.run("trigger flow --id first");
    play.run("trigger flow --id 'no id'");
    play.run(r#"trigger flow '[1,"two"]' --json"#);
    play.until_all_are("complete", 2);
}

/// One instance for each thing that can be seen of one. The last one is `latest`.
fn instances(play: &mut Play) {
    for (id, plan) in [
        ("approval", "wait"),
        ("declined", "fail"),
        ("later", "retry"),
        ("night", "sleep"),
        ("report", "long"),
        ("late", "timeout"),
    ] {
        play.create(id, &json!({ "plan": plan, "name": id }));
    }
    play.until_in("approval", "approval-1");
    play.until_is("declined", "errored");
    play.until("later", |later| {
        later["steps"][1]["attempts"][0]["success"] == false
    });
    play.until_in("night", "night-1");
    play.until_is("report", "complete");
    play.until_is("late", "errored");
    for id in ["approval", "later", "night"] {
        play.until_waits(id);
    }
}

fn lists(play: &mut Play) {
    play.differs("instances list flow", &[WAITING_IN_LIST]);
    play.differs("instances list flow --reverse --json", &[WAITING]);
    play.differs("instances list flow --per-page 3", &[WAITING_IN_LIST]);
    play.run("instances list flow --per-page 3 --page 3 --reverse");
    play.run("instances list flow --page 99");
    play.run("instances list flow --per-page 101");
    play.run("instances list flow --status complete --date-start 2026-01-01");
    play.run("instances list flow --status errored --json");
    play.differs(
        "instances list flow --status waiting",
        &[(
            "stderr:\n▲ [WARNING] No instances in workflow \"flow\" matched the provided filters.",
            "Showing 3 instances from page 1:\n\
             ┌─┬─┬─┐\n\
             │ Instance ID │ Created │ Status │\n\
             ├─┼─┼─┤\n\
             │ night │ <time> │ ⏰ Waiting │\n\
             ├─┼─┼─┤\n\
             │ later │ <time> │ ⏰ Waiting │\n\
             ├─┼─┼─┤\n\
             │ approval │ <time> │ ⏰ Waiting │\n\
             └─┴─┴─┘",
        )],
    );
    play.run("instances list flow --date-start 2026-01-01 --date-end 2026-01-31");
    play.run("instances list flow --date-end 2099-01-01T13:00:00Z --per-page 1");
}

fn descriptions(play: &mut Play) {
    play.run("instances describe flow first");
    play.differs("instances describe flow approval", &[IS_WAITING]);
    play.run("instances describe flow declined");
    play.differs("instances describe flow later", &[IS_WAITING]);
    play.differs("instances describe flow night", &[IS_WAITING]);
    // The class of an error is its name, not a part of its message.
    let apart = (
        "Error: Error: WorkflowTimeoutError: ",
        "Error: WorkflowTimeoutError: ",
    );
    play.differs("instances describe flow", &[apart]);
    play.run("instances describe flow report --truncate-output-limit 20");
    play.run("instances describe flow report --no-step-output");
}

fn details(play: &mut Play) {
    play.differs("instances describe flow first --json", &[DELAY]);
    play.differs("instances describe flow approval --json", &[DELAY, WAITING]);
    play.differs("instances describe flow declined --json", &[DELAY]);
    play.differs("instances describe flow later --json", &[DELAY, WAITING]);
    play.differs("instances describe flow night --json", &[DELAY, WAITING]);
    // As above; and the error of the step has its message, too.
    let message = r#""message": "Execution timed out after 1000ms""#;
    let differences = [
        DELAY,
        (
            r#""message": "WorkflowTimeoutError: Execution timed out after 1000ms""#,
            message,
        ),
        (r#""name": "Error""#, r#""name": "WorkflowTimeoutError""#),
        (r#""message": """#, message),
    ];
    play.differs("instances describe flow latest --json", &differences);
}

fn changes(play: &mut Play) {
    play.run("instances pause flow approval");
    play.until_is("approval", "paused");
    play.run("instances pause flow approval --json");
    play.differs(
        "describe flow",
        &[("  running: 2", "  running: 0"), ("  waiting: 0", "  waiting: 2")],
    );
    play.run("instances list flow --status paused");
    play.run("instances resume flow approval");
    play.until_waits("approval");
    play.differs("instances resume flow approval --json", &[WAITING]);
}

fn events(play: &mut Play) {
    play.run(r#"instances send-event flow approval --type approved --payload '{"by":"grace"}'"#);
    play.until_is("approval", "complete");
    play.differs("instances describe flow approval --json", &[DELAY]);
    // To one that has ended, and of a type that none can have: as production.
    play.refused(
        "instances send-event flow approval --type approved",
        "📤 The event with type \"approved\" was sent to the instance \"approval\" from flow",
        "WorkflowError: (instance.in_finite_state) Instance reached a finite state, cannot send events to it",
    );
    play.refused(
        "instances send-event flow night --type 'not a type'",
        "📤 The event with type \"not a type\" was sent to the instance \"night\" from flow",
        "WorkflowError: workflow.invalid_event_type",
    );
    play.run("instances send-event flow night --type x --json");
}

fn restarts(play: &mut Play) {
    play.run("instances restart flow first");
    play.until_is("first", "complete");
    play.run("instances restart flow first --from-step-name greet");
    play.until_is("first", "complete");
    play.run("instances restart flow first --from-step-name greet --from-step-count 1 --from-step-type do");
    play.until_is("first", "complete");
    play.run("instances restart flow first --from-step-name greet --from-step-count 2");
    play.run("instances restart flow first --from-step-name greet --from-step-type sleep");
}

fn ends(play: &mut Play) {
    play.run("instances terminate flow night");
    play.run("instances terminate flow night");
    // Nothing is rolled back yet, so it must not say so.
    play.refused(
        "instances terminate flow later --rollback",
        "🥷 The instance \"later\" from flow was terminated successfully",
        "terminate with rollback is not supported by this version of Stepwell yet",
    );
    play.run("instances describe flow night");
    play.create("another", &json!({ "plan": "sleep" }));
    play.until_in("another", "night-1");
    play.run("instances terminate flow latest --json");
}

fn deletions(play: &mut Play) {
    play.run("instances delete flow first report --json");
    play.run("instances delete flow latest missing");
    play.wrangler.write("ids.json", r#"["declined","night"]"#);
    play.run("instances delete flow --filename ids.json");
    play.run("instances delete flow ü");
    play.run("delete flow");
    play.run("delete flow --json");
    play.run("instances list flow --json");
}
