//! Reads `assets`: the files that are served.

use super::model::{Assets, Config, RunWorkerFirst};
use super::node::{Kind, Node};
use super::read::Directories;
use super::report::Report;

const KEYS: [&str; 6] = [
    "directory",
    "binding",
    "html_handling",
    "not_found_handling",
    "base_path",
    "run_worker_first",
];

const HTML_HANDLING: [&str; 4] = [
    "auto-trailing-slash",
    "force-trailing-slash",
    "drop-trailing-slash",
    "none",
];

const NOT_FOUND_HANDLING: [&str; 3] = ["single-page-application", "404-page", "none"];

/// The assets; what is wrong goes to `report`.
pub(super) fn read(root: &Node, directories: &Directories, report: &mut Report<'_>) -> Option<Assets> {
    let member = root.member("assets")?;
    let node = &member.value;
    if !node.is_table() {
        let found = node.stringify();
        report.error(
            node.at,
            format!("\"assets\" should be an object, but got {found}"),
        );
        return None;
    }
    let directory = report.optional_text(node, "directory", "assets.directory");
    let binding = report.optional_text(node, "binding", "assets.binding");
    let html = report.optional_choice(node, "html_handling", "assets.html_handling", &HTML_HANDLING);
    let not_found = report.optional_choice(
        node,
        "not_found_handling",
        "assets.not_found_handling",
        &NOT_FOUND_HANDLING,
    );
    if let Some((at, _)) = report.optional_text(node, "base_path", "assets.base_path") {
        report.warn_running(
            at,
            "`assets.base_path` is not supported by Stepwell yet; the files are served at /",
        );
    }
    let run_worker_first = run_worker_first(node, report);
    report.unexpected("assets", node, &KEYS);
    let owned = |text: &str| text.to_owned();
    Some(Assets {
        directory: directories
            .file
            .join(directory.map_or("", |(_, directory)| directory)),
        binding: binding.map(|(_, binding)| owned(binding)),
        html_handling: html.map(owned),
        not_found_handling: not_found.map(owned),
        run_worker_first,
        place: report.place(member.at),
    })
}

fn run_worker_first(node: &Node, report: &mut Report<'_>) -> RunWorkerFirst {
    let never = RunWorkerFirst::Always(false);
    let Some(value) = node.get("run_worker_first") else {
        return never;
    };
    match &value.kind {
        Kind::Bool(always) => RunWorkerFirst::Always(*always),
        Kind::List(_) => {
            let patterns = report.typed_texts("assets.run_worker_first", value);
            check_patterns(value.at, &patterns, report);
            RunWorkerFirst::Patterns(patterns.into_iter().map(|(_, pattern)| pattern).collect())
        }
        _ => {
            let found = value.stringify();
            report.error(value.at, format!("The field \"assets.run_worker_first\" should be an array of strings or a boolean, but got {found}."));
            never
        }
    }
}

/// The rules for the patterns that hold for each or all of them.
fn check_patterns(at: usize, patterns: &[(usize, String)], report: &mut Report<'_>) {
    if patterns.is_empty() {
        report.error(
            at,
            "No `run_worker_first` rules were provided; must provide at least 1 rule.",
        );
    }
    for (at, pattern) in patterns {
        if pattern.starts_with('/') || pattern.starts_with("!/") {
            continue;
        }
        let rule = if pattern.starts_with('!') {
            "negative rules must start with '!/'"
        } else {
            "rules must start with '/' or '!/'"
        };
        report.error(
            *at,
            format!("Invalid `run_worker_first` rule '{pattern}': {rule}"),
        );
    }
    if !patterns.is_empty() && patterns.iter().all(|(_, pattern)| pattern.starts_with("!/")) {
        report.error(
            at,
            "Only negative `run_worker_first` rules were provided; must provide at least 1 non-negative rule",
        );
    }
}

/// What can only be said when the rest of the configuration is known.
pub(super) fn check(root: &Node, config: &Config, report: &mut Report<'_>) {
    let (Some(assets), Some(member)) = (&config.assets, root.member("assets")) else {
        return;
    };
    let node = &member.value;
    let at = |key: &str| node.get(key).map_or(member.at, |node| node.at);
    check_directory(node, member.at, assets, report);
    let always = assets.run_worker_first == RunWorkerFirst::Always(true);
    let has_patterns = matches!(assets.run_worker_first, RunWorkerFirst::Patterns(_));
    if config.main.is_none() && root.get("main").is_none() {
        if assets.binding.is_some() {
            report.error_with(
                at("binding"),
                "Cannot use assets with a binding in an assets-only Worker.",
                "Please remove the asset binding from your configuration file, or provide a Worker script in your configuration file (`main`).",
            );
        }
        if always || has_patterns {
            report.error_with(
                at("run_worker_first"),
                "Cannot set run_worker_first without a Worker script.",
                "Please remove run_worker_first from your configuration file, or provide a Worker script in your configuration file (`main`).",
            );
        }
    }
    if root.get("site").is_some() {
        report.error_with(
            member.at,
            "Cannot use assets and Workers Sites in the same Worker.",
            "Please remove either the `site` or `assets` field from your configuration file.",
        );
    }
    if always && assets.binding.is_none() {
        report.warn(at("run_worker_first"), "run_worker_first=true set without an assets binding. Setting run_worker_first to true will always invoke your Worker script. To fetch your assets from your Worker, please set the [assets.binding] key in your configuration file.");
    }
}

fn check_directory(node: &Node, at: usize, assets: &Assets, report: &mut Report<'_>) {
    let Some(directory) = node.get("directory") else {
        report.error(
            at,
            "The `assets` property in your configuration is missing the required `directory` property.",
        );
        return;
    };
    let path = assets.directory.display();
    if directory.text() == Some("") {
        report.error(directory.at, "The assets directory cannot be an empty string.");
    } else if directory.text().is_none() {
        // Told as an error of its type.
    } else if !assets.directory.exists() {
        report.error_with(
            directory.at,
            format!("The directory specified by the \"assets.directory\" field in your configuration file does not exist: {path}"),
            "the path is relative to the configuration file; if a build makes the directory, run it first",
        );
    } else if !assets.directory.is_dir() {
        report.error(
            directory.at,
            format!("The path specified by the \"assets.directory\" field in your configuration file doesn't point to a directory: {path}"),
        );
    }
}
