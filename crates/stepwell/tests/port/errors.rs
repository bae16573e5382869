//! What clients and the log see of an exception.

use super::{get, project};

const LIB: &str = "export function deep(n: number): never {
  if (n > 0) return deep(n - 1);
  throw new TypeError(\"it <b>broke</b>\", { cause: new Error(\"the cause\") });
}
";
const INDEX: &str = "import { deep } from \"./lib\";
export default {
  async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname === \"/string\") throw \"a string\";
    return deep(1);
  },
  async scheduled(controller: ScheduledController) {
    if (controller.cron === \"bad\") throw new Error(`at ${controller.scheduledTime}`);
    controller.noRetry();
  },
};
";

#[test]
fn an_exception_names_the_lines_of_the_users_files() {
    let server = project(&[("src/lib.ts", LIB), ("src/index.ts", INDEX)]).start();
    let answer = server.get("/throw");
    assert_eq!(answer.status, 500);
    assert_eq!(
        answer.text,
        "TypeError: it <b>broke</b>
    at deep (src/lib.ts:3:9)
    at deep (src/lib.ts:2:21)
    at Object.fetch (src/index.ts:5:12)
Caused by: Error: the cause
    at deep (src/lib.ts:3:51)
    at deep (src/lib.ts:2:21)
    at Object.fetch (src/index.ts:5:12)
"
    );
    let entry = server.log().wait_for("the exception", |entry| {
        entry["target"] == "stepwell::uncaught" && entry["level"] == "error"
    });
    assert_eq!(entry["path"], "/throw");
    assert_eq!(entry["stack"], answer.text.trim_end());
    assert_eq!(server.get("/string").text, "Error: a string\n");
}

#[test]
fn a_browser_is_shown_the_code() {
    let server = project(&[("src/lib.ts", LIB), ("src/index.ts", INDEX)]).start();
    let page = get(&server, "/throw", &["host: localhost", "accept: text/html"]);
    assert!(page.starts_with("HTTP/1.1 500"), "{page}");
    for expected in [
        "<h1>TypeError: it &lt;b&gt;broke&lt;/b&gt;</h1>",
        "<span class=\"place\">src/lib.ts:3:9</span>",
        "<span class=\"number\">3</span>  throw <mark>new TypeError(&quot;it &lt;b&gt;",
        "<span class=\"place\">src/index.ts:5:12</span>",
        "Error: the cause",
    ] {
        assert!(page.contains(expected), "{expected} is not in {page}");
    }
    assert!(
        !page.contains("stepwell/") && !page.contains("index.js"),
        "{page}"
    );
}

#[test]
fn scheduled_is_called_by_hand() {
    let server = project(&[("src/lib.ts", LIB), ("src/index.ts", INDEX)])
        .arguments(&["--test-scheduled"])
        .start();
    let answer = server.get("/cdn-cgi/handler/scheduled?cron=*+*+*+*+*&format=json");
    assert_eq!(
        answer.ok(),
        serde_json::json!({ "outcome": "ok", "noRetry": true })
    );
    let answer = server.get("/cdn-cgi/handler/scheduled?cron=bad");
    assert_eq!((answer.status, answer.text.as_str()), (500, "exception"));
    let answer = server.get("/__scheduled?cron=bad&time=1000");
    assert_eq!(answer.status, 500);
    assert!(
        answer
            .text
            .starts_with("Error: at 1000\n    at Object.scheduled (src/index.ts:8:"),
        "{answer:?}"
    );
    assert_eq!(server.get("/__scheduled").text, "Ran scheduled event");
}

#[test]
fn without_a_handler_scheduled_says_so() {
    let index = "export default { fetch: () => new Response(\"ok\") };";
    let server = project(&[("src/index.ts", index)])
        .arguments(&["--test-scheduled"])
        .start();
    let answer = server.get("/__scheduled");
    assert_eq!(answer.text, "Handler does not export a scheduled() function");
    assert_eq!(server.get("/cdn-cgi/handler/scheduled").text, "exception");
    server.log().wait_for("the reason", |entry| {
        entry["level"] == "error" && entry["message"] == "Handler does not export a scheduled() function"
    });
}
