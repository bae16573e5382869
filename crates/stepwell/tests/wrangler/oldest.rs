//! wrangler 4.86.0: no `--json`, no deletion of instances, no restart from a step, and other paths.

use crate::play::Play;
use serde_json::json;
use stepwell_e2e::Wrangler;

#[test]
fn every_command_of_wrangler_4_86() {
    let mut play = Play::begin(Wrangler::oldest());
    play.run("list");
    play.run("describe flow");
    play.run("describe nope");
    play.run("instances list other-flow");
    play.run("instances describe other-flow nope");
    play.run(r#"trigger flow '{"name":"ada"}' --id first"#);
    play.until_is("first", "complete");
    // As later versions do.
    play.refused(
        "trigger flow --id first",
        "🚀 Workflow instance \"first\" has been triggered successfully",
        "WorkflowError: (instance.already_exists) Workflow instance with id \"first\" already exists",
    );
    play.create("approval", &json!({ "plan": "wait" }));
    play.until_in("approval", "approval-1");
    play.create("later", &json!({ "plan": "retry" }));
    play.until("later", |later| {
        later["steps"][1]["attempts"][0]["success"] == false
    });
    play.until_waits("approval");
    play.until_waits("later");
    // While it waits, as the documentation and workerd's engine have it.
    let waiting = ("│ ▶ Running │", "│ ⏰ Waiting │");
    play.differs("instances list flow --per-page 2", &[waiting]);
    play.run("instances list flow --page 2 --per-page 2 --reverse");
    play.run("instances list flow --status complete");
    play.run("instances describe flow first");
    let waiting = ("Status: ▶ Running", "Status: ⏰ Waiting");
    play.differs("instances describe flow", &[waiting]);
    play.run("instances pause flow approval");
    play.until_is("approval", "paused");
    play.run("instances resume flow approval");
    play.run(r#"instances send-event flow approval --type approved --payload '{"by":"grace"}'"#);
    play.until_is("approval", "complete");
    play.run("instances describe flow approval");
    play.run("instances restart flow first");
    play.until_is("first", "complete");
    play.run("instances terminate flow latest");
    play.run("instances terminate flow later");
    play.run("delete flow");
    play.run("instances list flow");
    play.end();
}
