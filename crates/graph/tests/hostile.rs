//! Input that no bundler writes: no graph may be the answer, but there is an answer, and soon.

use proptest::prelude::*;
use std::fmt::Write as _;
use std::time::{Duration, Instant};
use stepwell_graph::{Unread, read};

/// A Workflow whose `run()` has this body.
fn workflow(body: &str) -> String {
    format!("export class W extends WorkflowEntrypoint {{ async run(event, step) {{ {body} }} }}")
}

#[test]
fn deep_nesting_is_refused_or_read() {
    let nested =
        |open: &str, close: &str, levels: usize| format!("{}0{}", open.repeat(levels), close.repeat(levels));
    let shapes: [(&str, &str); 20] = [
        ("(", ")"),
        ("[", "]"),
        ("{a:", "}"),
        ("!", ""),
        ("-", ""),
        ("typeof ", ""),
        ("a=", ""),
        ("a?b:", ""),
        ("x=>", ""),
        ("a**", ""),
        ("new ", ""),
        ("await ", ""),
        ("f(", ")"),
        ("`${", "}`"),
        ("function(){return ", "}"),
        ("class{x=", "}"),
        ("a+", ""),
        ("a.", ".b"),
        ("a&&", ""),
        ("a,", ""),
    ];
    for (open, close) in shapes {
        for levels in [100, 1_900, 3_900, 200_000] {
            let source = workflow(&format!(
                "x = ({}); await step.do('after', f);",
                nested(open, close, levels)
            ));
            // Whatever it says, it says it.
            let _ = read(&source, "W");
        }
    }
    for open in [
        "if(a)",
        "while(a)",
        "{",
        "for(;;)",
        "a:",
        "if(a){}else ",
        "try{}finally{",
    ] {
        for levels in [100, 1_900, 3_900, 100_000] {
            let close = "}".repeat(
                open.matches('{')
                    .count()
                    .saturating_sub(open.matches('}').count())
                    * levels,
            );
            let _ = read(&workflow(&format!("{};{close}", open.repeat(levels))), "W");
        }
    }
    let deep = "(".repeat(1_000_000);
    assert_eq!(read(&workflow(&deep), "W"), Err(Unread::TooDeep));
}

#[test]
fn what_is_no_workflow_has_no_graph() {
    let none = Err(Unread::NoClass("W".to_owned()));
    assert_eq!(read("", "W"), none);
    assert_eq!(read("export default {}", "W"), none);
    assert_eq!(read("export class W {}", "W"), none);
    assert_eq!(read("export { W } from 'elsewhere'", "W"), none);
    assert_eq!(read("export var W = W", "W"), none);
    assert_eq!(read("export class W extends W {}", "W"), none);
    assert_eq!(read("var a = b, b = a; export { a as W }", "W"), none);
    assert_eq!(read("export class W {", "W"), Err(Unread::NotParsed));
    let large = " ".repeat(11 * 1024 * 1024);
    assert_eq!(read(&large, "W"), Err(Unread::TooLarge { bytes: large.len() }));
    assert_eq!(stepwell_graph::of("no module", "W"), None);
}

/// Functions that each call two others double the work at each level, unless each is read once.
#[test]
fn work_is_bounded() {
    let mut source = String::new();
    for level in 0..60 {
        let next = level + 1;
        let _ = writeln!(
            source,
            "async function f{level}(step, a) {{ await f{next}(step, [a, 1]); await f{next}(step, {{ a }}); }}"
        );
    }
    source += "async function f60(step) { await step.do('end', g); }";
    source += &workflow(
        "const h = (n) => { h(n + 1); h(() => h(n)); return step.do('h', () => h([n])); }; await h(1); await f0(step, 1);",
    );
    let since = Instant::now();
    assert!(read(&source, "W").is_ok());
    assert!(
        since.elapsed() < Duration::from_secs(20),
        "took {:?}",
        since.elapsed()
    );
}

/// Clients have JSON parsers that stop at 128 levels.
#[test]
fn the_graph_itself_is_not_nested_deeper_than_clients_read() {
    let body = format!(
        "{}await step.do('deep', f);{}",
        "if (a) { for (;;) {".repeat(100),
        "}}".repeat(100)
    );
    let graph = read(&workflow(&format!("await step.do('first', f); {body}")), "W").unwrap();
    let text = serde_json::to_string(&graph).unwrap();
    serde_json::from_str::<serde_json::Value>(&text).unwrap();
    assert!(text.contains("first"));
}

/// Pieces of programs about steps, put together in ways that are mostly wrong.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "await ",
        "step",
        ".do",
        "(",
        ")",
        "'a'",
        ", ",
        "async () => ",
        "{ ",
        "} ",
        "; ",
        "if (x) ",
        "else ",
        "for (const i of y) ",
        "while (x) ",
        "return ",
        "break; ",
        "const p = ",
        "Promise.all(",
        "[",
        "]",
        "p",
        "switch (x) { case 1: ",
        "default: ",
        "try { ",
        "} catch (e) { ",
        "} finally { ",
        "`t ${",
        "}`",
        "function f(step) { ",
        "f(step)",
        "this",
        ".x",
        " = ",
        "=> ",
        "? ",
        ": ",
        "&& ",
        "?? ",
        "new ",
        "class A { ",
        "super.run(event, step)",
        "...",
        "event.payload",
        ".map(",
        "step.sleep('s', 5)",
        "step.waitForEvent('w', { type: 't' })",
        "yield ",
        "/re/",
        "// c\n",
        "/* c */",
        "\"",
        "\\",
        "\u{2028}",
        "é",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_body_has_an_answer(pieces in prop::collection::vec(piece(), 0..60)) {
        let _ = read(&workflow(&pieces.concat()), "W");
    }

    #[test]
    fn any_text_has_an_answer(text in ".{0,200}") {
        let _ = read(&text, "W");
        let _ = read(&workflow(&text), "W");
    }
}

#[test]
fn several_classes_of_one_bundle() {
    let source = "
        export class A extends W { async run(event, step) { await step.do('a', f); } }
        export class B extends W { async run(event, step) { await step.do('b', f); } }
        export const none = 1;";
    let names = ["A", "none", "B"].map(str::to_owned);
    let all = stepwell_graph::of_all(source, &names);
    assert_eq!(all.keys().collect::<Vec<_>>(), ["A", "B"]);
    for name in ["A", "B"] {
        assert_eq!(Some(&all[name]), stepwell_graph::of(source, name).as_ref());
    }
    assert!(stepwell_graph::of_all("no module", &names).is_empty());
}
