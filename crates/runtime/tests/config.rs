//! Whatever a project contains, the generated configuration carries it unharmed to the real workerd.
#![allow(clippy::unwrap_used)] // helpers are no tests in clippy's eyes

mod common;

use common::{DATES, fetch_socket, get, object, script, settings, workflow};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use stepwell_runtime::{Placeholder, Worker};

const CODE: &str = r"
export default { fetch: (_, env) => Response.json(Object.fromEntries(Object.entries(env).map(
  ([name, value]) => [name, ['string', 'number', 'boolean'].includes(typeof value) || Array.isArray(value) ? value : typeof value]
))) };
";

/// Strings of all characters, with those that mean something to a parser often among them.
fn text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        any::<char>(),
        prop::sample::select(vec![
            '"', '\\', '\n', '\r', '\t', '\0', '\u{1f}', '\u{7f}', '\'', ')', '(', ',', '#', '\u{2028}'
        ]),
    ];
    prop::collection::vec(character, 0..20).prop_map(|characters| characters.into_iter().collect())
}

fn sample<T>(runner: &mut TestRunner, strategy: &impl Strategy<Value = T>) -> T {
    strategy.new_tree(runner).unwrap().current()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_string_survives() {
    // One process with many strings instead of many with one: a start takes a tenth of a second.
    let mut runner = TestRunner::default();
    for round in 0..4 {
        let data = tempfile::tempdir().unwrap();
        let mut script = script(CODE, DATES[round % 2], data.path());
        let mut expected: BTreeMap<String, Value> = BTreeMap::new();
        for index in 0..200 {
            let name = format!("{index} {}", sample(&mut runner, &text()));
            let value = sample(&mut runner, &text());
            match index % 4 {
                0 | 1 => {
                    script.text_vars.insert(name.clone(), value.clone());
                    expected.insert(name, json!(value));
                }
                2 => {
                    script.json_vars.insert(name.clone(), json!([value, 1, null]));
                    expected.insert(name, json!([value, 1, null]));
                }
                _ => {
                    script.placeholders.push(Placeholder {
                        binding: name.clone(),
                        config_key: value,
                        why: None,
                    });
                    expected.insert(name, json!("object"));
                }
            }
        }
        let worker = Worker::start(settings(), script.clone())
            .await
            .unwrap_or_else(|error| panic!("{error}\n{script:?}"));
        let answer: BTreeMap<String, Value> =
            serde_json::from_str(&get(&fetch_socket(&worker), "/").await).unwrap();
        for (name, value) in &expected {
            assert_eq!(answer.get(name), Some(value), "{name:?}");
        }
        worker.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn flags_dates_and_odd_names_are_accepted_or_refused_clearly() {
    let data = tempfile::tempdir().unwrap();
    let code = "import { DurableObject, WorkflowEntrypoint } from 'cloudflare:workers';\
        class W extends WorkflowEntrypoint {} class O extends DurableObject {}\
        export { W as \"a \\\"name\\\"\", O as \"Ö\" }; export default { fetch: () => new Response('ok') };";
    for (date, flags) in [
        ("2024-10-22", vec![]),
        ("2024-10-22", vec!["nodejs_compat", "nodejs_compat", "nodejs_als"]),
        ("2026-09-01", vec!["no_nodejs_compat", "no_nodejs_als"]),
        ("2026-09-01", vec!["nodejs_als"]),
    ] {
        let mut script = script(code, date, data.path());
        script.compatibility_flags = flags.into_iter().map(String::from).collect();
        script.workflows.push(workflow("W\"", "name\"\\", "a \"name\""));
        script.objects.push(object("O", "Ö"));
        let worker = Worker::start(settings(), script).await.unwrap();
        assert_eq!(get(&fetch_socket(&worker), "/").await, "ok");
        worker.stop().await;
    }
    let mut unknown = script(code, "2026-09-01", data.path());
    unknown.compatibility_flags.push("no_such_flag".into());
    let error = Worker::start(settings(), unknown).await.unwrap_err();
    println!("{error}");
    assert!(error.to_string().contains("no_such_flag"), "{error}");
    let error = Worker::start(settings(), script(code, "2099-01-01", data.path()))
        .await
        .unwrap_err();
    println!("{error}");
    assert!(error.to_string().contains("2099-01-01"), "{error}");
    let error = Worker::start(settings(), script(code, "nonsense", data.path()))
        .await
        .unwrap_err();
    println!("{error}");
}
