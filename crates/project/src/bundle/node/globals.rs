//! Whether code uses more of a global than the runtime has by itself, so that a polyfill is worth fetching. Wrangler
//! puts polyfills into every bundle; this asks first, and in doubt says yes.

/// What the runtime's own `process` has at every compatibility date.
const PROCESS: [&str; 6] = [
    "env",
    "exit",
    "features",
    "getBuiltinModule",
    "nextTick",
    "platform",
];
/// The same for `performance`.
const PERFORMANCE: [&str; 3] = ["now", "timeOrigin", "toJSON"];
/// The classes beside `performance`, and what unenv adds to `console`.
const NAMES: [&str; 14] = [
    "Performance",
    "PerformanceEntry",
    "PerformanceMark",
    "PerformanceMeasure",
    "PerformanceObserver",
    "PerformanceObserverEntryList",
    "PerformanceResourceTiming",
    "_ignoreErrors",
    "_stderr",
    "_stderrErrorHandler",
    "_stdout",
    "_stdoutErrorHandler",
    "_times",
    "Console",
];

/// Whether the code, a bundle by esbuild, may use what only a polyfill of one of the globals has.
pub(super) fn may_use(code: &str, is_missing: impl Fn(&str) -> bool) -> bool {
    let own = |name: &str| -> &[&str] { if name == "process" { &PROCESS } else { &PERFORMANCE } };
    let whole = ["process", "performance"]
        .into_iter()
        .filter(|name| is_missing(name));
    let mut whole = whole.flat_map(|name| uses(code, name).map(move |rest| (name, rest)));
    if whole.any(|(name, rest)| !is_member_of(own(name), rest)) {
        return true;
    }
    let is_missing_name = |name: &str| {
        is_missing(if name.starts_with("Perf") {
            "performance"
        } else {
            "console"
        })
    };
    let mut names = NAMES.into_iter().filter(|name| is_missing_name(name));
    names.any(|name| mentions(code, name))
}

/// What follows each use of the global `name`.
fn uses<'a>(code: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    words(code, name).filter_map(|(before, after)| {
        let is_property = before.ends_with('.') && !before.ends_with("...");
        let of_global = ["globalThis.", "global.", "self.", "window."];
        let is_global = !is_property || of_global.iter().any(|object| before.ends_with(object));
        (is_global && !in_comment(before)).then_some(after)
    })
}

fn mentions(code: &str, name: &str) -> bool {
    words(code, name).any(|(before, _)| !in_comment(before))
}

/// The code before and after each `name` that is a word of its own.
fn words<'a>(code: &'a str, name: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    code.match_indices(name).filter_map(move |(at, _)| {
        let (before, after) = (&code[..at], &code[at + name.len()..]);
        let is_word = !before.ends_with(is_part) && !after.starts_with(is_part);
        is_word.then_some((before, after))
    })
}

/// Whether a line comment goes on; esbuild writes one with the path of each file.
fn in_comment(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or(before);
    line.trim_start().starts_with("//")
}

fn is_member_of(own: &[&str], rest: &str) -> bool {
    let rest = rest.trim_start_matches('?');
    let Some(rest) = rest.strip_prefix('.') else {
        return false;
    };
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
    own.contains(&&rest[..end.unwrap_or(rest.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_for_polyfills_only_where_they_make_a_difference() {
        let all = |code: &str| may_use(code, |_| true);
        for needs in [
            "process.argv",
            "globalThis.process.cwd()",
            "const { argv } = process;",
            "typeof process",
            "performance.mark('x')",
            "new PerformanceObserver(f)",
            "new console.Console(out)",
        ] {
            assert!(all(needs), "{needs}");
            assert!(!may_use(needs, |_| false), "{needs}");
        }
        for needs_nothing in [
            "process.env.KEY",
            "process?.env",
            "process.nextTick(f)",
            "this.process(1)",
            "processes()",
            "// src/process.ts",
            "performance.now()",
            "console.log('x')",
        ] {
            assert!(!all(needs_nothing), "{needs_nothing}");
        }
    }
}
