//! What a Worker prints, at the level of detail that Wrangler calls `log` and Stepwell `info`.

use stepwell_e2e::Project;

const CONFIG: &str = r#"{ "name": "talk", "main": "src/index.ts", "compatibility_date": "2026-09-01",
  "workflows": [{ "name": "talk", "binding": "TALK", "class_name": "Talk" }] }"#;

const INDEX: &str = "import { WorkflowEntrypoint, WorkflowStep } from 'cloudflare:workers';
function say(where: string) {
  for (const method of ['debug', 'log', 'info', 'warn', 'error'] as const) console[method](`${where}: ${method}`);
}
export class Talk extends WorkflowEntrypoint {
  async run(_: unknown, step: WorkflowStep) {
    await step.do('speak', async () => say('in a step'));
  }
}
export default {
  async fetch(_: Request, env: { TALK: Workflow }) {
    say('in fetch()');
    await env.TALK.create();
    return new Response('said');
  },
};
";

#[test]
fn everything_that_it_prints_is_shown_and_steps_are_not() {
    let files = [("wrangler.jsonc", CONFIG), ("src/index.ts", INDEX)];
    let project = Project::of_files(env!("CARGO_BIN_EXE_stepwell"), &files);
    let server = project.arguments(&["--log-level", "log"]).start();
    server.get("/");
    for place in ["in fetch()", "in a step"] {
        for method in ["debug", "log", "info", "warn", "error"] {
            let line = format!("{place}: {method}");
            server
                .log()
                .wait_for(&line, |entry| entry["message"] == line.as_str());
        }
    }
    server
        .log()
        .wait_for("the end", |entry| entry["message"] == "complete");
    let detailed = |entry: &serde_json::Value| entry["level"] == "debug";
    assert!(
        !server.log().entries().iter().any(detailed),
        "{}",
        server.log().text()
    );
}
