//! Bad input: one clear message that names the place and the remedy, exit code 1, and nothing lost.

mod classes;
mod config;
mod places;
mod workers;

/// A Worker with one Workflow.
const GOOD: &str = r#"
import { WorkflowEntrypoint } from "cloudflare:workers";
export class Flow extends WorkflowEntrypoint {
  async run() { return "done"; }
}
export default { async fetch() { return new Response("hello"); } };
"#;

/// A configuration with these Workflows.
fn config(workflows: &str) -> String {
    format!(
        "{{\n  \"name\": \"bad\",\n  \"main\": \"src/index.ts\",\n  \"compatibility_date\": \"2026-09-01\",\n  \"workflows\": [{workflows}]\n}}\n"
    )
}

const FLOW: &str = r#"{ "name": "flow", "binding": "FLOW", "class_name": "Flow" }"#;
