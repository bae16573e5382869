//! Against a `stepwell dev` on this machine.

use super::{Said, stepwell};
use stepwell_e2e::wait::eventually;
use stepwell_e2e::{Server, project};

struct Local {
    server: Server,
}

impl Local {
    fn start() -> Self {
        Self {
            server: project!("explorer").start(),
        }
    }

    /// `stepwell …` asking it.
    fn run(&self, arguments: &[&str]) -> Said {
        self.run_at(arguments, "100")
    }

    fn run_at(&self, arguments: &[&str], columns: &str) -> Said {
        let url = self.server.url();
        let port = url.rsplit(':').next().unwrap_or_default().to_owned();
        let mut all = arguments.to_vec();
        all.extend(["--port", &port]);
        stepwell(&all, &[("COLUMNS", columns)])
    }

    #[track_caller]
    fn until(&self, id: &str, status: &str) {
        eventually("a status", || {
            let described = self
                .run(&["workflows", "instances", "describe", "flow", id, "--json"])
                .json();
            (described["status"] == status).then_some(())
        });
    }
}

#[test]
fn workflows_and_instances_are_listed_described_and_operated() {
    let local = Local::start();
    let list = local.run(&["workflows", "list"]).ok();
    assert_eq!(
        list,
        "Showing 2 workflows from local dev session:\n\
         Name        Script name  Class name\n\
         flow        explorer     Flow\n\
         other-flow  explorer     Other\n"
    );
    assert_eq!(
        local.run(&["workflows", "list", "--json"]).json()[0]["name"],
        "flow"
    );
    let nothing = local.run(&["workflows", "instances", "list", "flow"]);
    assert!(
        nothing.stderr.contains("stepwell workflows trigger flow --local"),
        "{}",
        nothing.stderr
    );
    assert_eq!(nothing.ok(), "");

    let triggered = local
        .run(&[
            "workflows",
            "trigger",
            "flow",
            r#"{"name":"ada"}"#,
            "--id",
            "first",
        ])
        .ok();
    assert_eq!(
        triggered,
        "🚀 Workflow instance \"first\" has been triggered successfully\n"
    );
    local.until("first", "complete");
    local
        .run(&[
            "workflows",
            "trigger",
            "flow",
            r#"{"plan":"wait"}"#,
            "--id",
            "second",
        ])
        .ok();
    local.until("second", "waiting");
    // `latest` is the newest.
    let latest = local.run(&["workflows", "instances", "describe", "flow"]).ok();
    for line in [
        "Instance Id:          second",
        "Status:               ⏰ Waiting",
        "Last Successful Step: nap-1",
        "Type:     👀 Waiting for event",
    ] {
        assert!(latest.contains(line), "no {line:?} in\n{latest}");
    }
    let why = local.run(&["why", "flow", "latest"]).ok();
    assert!(why.contains("approved") && why.contains("To resolve:"), "{why}");
    let listed = local
        .run(&["workflows", "instances", "list", "flow", "--reverse"])
        .ok();
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines[0], "Showing 2 instances from page 1:");
    assert!(
        lines[2].starts_with("first        20") && lines[2].ends_with("✅ Completed"),
        "{listed}"
    );
    assert!(
        lines[3].starts_with("second       20") && lines[3].ends_with("⏰ Waiting"),
        "{listed}"
    );
    let waiting = local
        .run(&[
            "workflows",
            "instances",
            "list",
            "flow",
            "--status",
            "waiting",
            "--json",
        ])
        .json();
    assert_eq!(waiting.as_array().unwrap().len(), 1);

    let event = [
        "workflows",
        "instances",
        "send-event",
        "flow",
        "second",
        "--type",
        "approved",
        "--payload",
        "\"bob\"",
    ];
    let sent = local.run(&event).ok();
    assert_eq!(
        sent,
        "📤 The event with type \"approved\" and payload \"\"bob\"\" was sent to the instance \"second\" from flow\n"
    );
    local.until("second", "complete");
    let restarted = local
        .run(&["workflows", "instances", "restart", "flow", "second"])
        .ok();
    assert_eq!(
        restarted,
        "🥷 The instance \"second\" from flow was restarted successfully\n"
    );
    local.until("second", "waiting");
    let paused = local
        .run(&["workflows", "instances", "pause", "flow", "latest"])
        .ok();
    assert_eq!(
        paused,
        "⏸️ The instance \"second\" from flow was paused successfully\n"
    );
    local
        .run(&["workflows", "instances", "resume", "flow", "second"])
        .ok();
    local
        .run(&["workflows", "instances", "terminate", "flow", "second"])
        .ok();
    local.until("second", "terminated");
    let deleted = local
        .run(&["workflows", "instances", "delete", "flow", "first", "second"])
        .ok();
    assert_eq!(
        deleted,
        "🗑️  Deleted workflow instances from \"flow\": \"first\", \"second\"\n"
    );
}

#[test]
fn a_timeline_shows_steps_attempts_and_waits_and_fits() {
    let local = Local::start();
    local
        .run(&[
            "workflows",
            "trigger",
            "flow",
            r#"{"plan":"fail"}"#,
            "--id",
            "declined",
        ])
        .ok();
    local.until("declined", "errored");
    for columns in ["60", "80", "120"] {
        let arguments = [
            "workflows",
            "instances",
            "describe",
            "flow",
            "declined",
            "--timeline",
        ];
        let text = local.run_at(&arguments, columns).ok();
        let picture = text.split_once("\n\n").unwrap().1;
        assert!(picture.contains("greet-1"), "{text}");
        assert!(picture.contains("charge-1") && picture.contains('x'), "{text}");
        // In 60 columns there is room for it only if the attempts took no longer than usual.
        assert!(columns == "60" || picture.contains("2 failed"), "{text}");
        assert!(!text.contains('\u{1b}'), "no colours in a pipe: {text}");
        let width: usize = columns.parse().unwrap();
        assert!(
            picture.lines().all(|line| line.chars().count() <= width),
            "{text}"
        );
    }
}

#[test]
fn watching_ends_when_the_instance_has() {
    let local = Local::start();
    local
        .run(&[
            "workflows",
            "trigger",
            "flow",
            r#"{"plan":"timeout"}"#,
            "--id",
            "watched",
        ])
        .ok();
    let text = local
        .run(&[
            "workflows",
            "instances",
            "describe",
            "flow",
            "watched",
            "--watch",
            "--json",
        ])
        .ok();
    let last = serde_json::Deserializer::from_str(&text)
        .into_iter::<serde_json::Value>()
        .last();
    assert_eq!(last.unwrap().unwrap()["status"], "errored");
}

#[test]
fn mistakes_say_what_to_do_next() {
    let local = Local::start();
    let failed = |arguments: &[&str]| local.run(arguments).failed();
    let absent = failed(&["workflows", "describe", "nope"]);
    assert_eq!(
        absent,
        "error: Workflow 'nope' not found. [code: 10501]\n\nhint: see which there are: stepwell workflows list --local\n"
    );
    let absent = failed(&["workflows", "instances", "describe", "flow", "nope"]);
    assert!(
        absent.contains("hint: see which there are: stepwell workflows instances list flow --local"),
        "{absent}"
    );
    let none = failed(&["workflows", "instances", "pause", "flow", "latest"]);
    assert!(
        none.contains("There are no instances in workflow \"flow\""),
        "{none}"
    );
    assert!(
        none.contains("hint: start one with: stepwell workflows trigger flow --local"),
        "{none}"
    );
    let params = failed(&["workflows", "trigger", "flow", "{a:1}"]);
    assert!(params.contains("PARAMS is not JSON"), "{params}");
    let date = failed(&[
        "workflows",
        "instances",
        "list",
        "flow",
        "--date-start",
        "yesterday",
    ]);
    assert!(date.contains("--date-start: \"yesterday\" is no date"), "{date}");
    let job = failed(&["workflows", "instances", "terminate-all", "flow"]);
    assert!(job.contains("stepwell workflows delete flow --local"), "{job}");
    let nobody = stepwell(&["workflows", "list", "--port", "1"], &[]).failed();
    assert!(nobody.contains("no answer from http://localhost:1/"), "{nobody}");
    assert!(
        nobody.contains("hint: start it with `stepwell dev DIR`"),
        "{nobody}"
    );
    let token = stepwell(
        &["workflows", "list"],
        &[("CLOUDFLARE_API_BASE_URL", "http://localhost:1/client/v4")],
    )
    .failed();
    assert!(token.contains("CLOUDFLARE_API_TOKEN is not set"), "{token}");
    assert_eq!(stepwell(&["workflows", "instances", "list"], &[]).code, Some(2));
}
