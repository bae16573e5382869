//! The Worker's code.

use crate::{FLOW, GOOD, config};
use stepwell_e2e::project_of;

#[test]
fn a_syntax_error() {
    let project = project_of!("wrangler.jsonc" => &config(FLOW), "src/index.ts" => "const a = ;\n");
    project.refused().says(&["src/index.ts:1:", "Unexpected"]);
}

#[test]
fn an_import_that_does_not_exist() {
    let worker = format!("import {{ nothing }} from \"./nothing\";\nnothing();\n{GOOD}");
    let project = project_of!("wrangler.jsonc" => &config(FLOW), "src/index.ts" => &worker);
    project.refused().says(&["src/index.ts:1:", "./nothing"]);
}

#[test]
fn a_worker_that_throws_at_start_up() {
    let worker = format!("{GOOD}\nfunction start() {{\n  throw new Error(\"not today\");\n}}\nstart();\n");
    let project = project_of!("wrangler.jsonc" => &config(FLOW), "src/index.ts" => &worker);
    project
        .refused()
        .says(&["\"bad\"", "Error: not today", "src/index.ts:9:"]);
}

#[test]
fn a_service_worker_script() {
    let worker = "addEventListener(\"fetch\", (event) => event.respondWith(new Response(\"old\")));\n";
    let project = project_of!("wrangler.jsonc" => &config(""), "src/index.ts" => worker);
    project.refused().says(&["service", "export default"]);
}

#[test]
fn a_worker_without_a_default_export_runs() {
    let worker = GOOD.split("export default").next().unwrap_or_default();
    let server = project_of!("wrangler.jsonc" => &config(FLOW), "src/index.ts" => worker).start();
    let answer = server.get("/");
    assert!(answer.status >= 400, "{answer:?}");
}
