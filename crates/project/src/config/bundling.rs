//! Reads the keys that say how the code becomes what workerd loads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::model::{Bundling, CustomBuild, Rule, RuleKind};
use super::node::{Kind, Node};
use super::read::Directories;
use super::report::Report;
use super::scalars::not_a_table;

/// The settings for the bundle; what is wrong goes to `report`.
pub(super) fn read(root: &Node, directories: &Directories, report: &mut Report<'_>) -> Bundling {
    let text = |key: &str, report: &mut Report<'_>| {
        let found = report.optional_text(root, key, key);
        found
            .map(|(_, text)| text.to_owned())
            .filter(|text| !text.is_empty())
    };
    let is_true = |key: &str, report: &mut Report<'_>| report.optional_bool(root, key, key);
    let path = |written: String| directories.file.join(written);
    Bundling {
        rules: rules(root, report),
        define: define(root, report),
        alias: alias(root, report),
        tsconfig: text("tsconfig", report).map(path),
        jsx_factory: text("jsx_factory", report),
        jsx_fragment: text("jsx_fragment", report),
        minify: is_true("minify", report).unwrap_or(false),
        keep_names: is_true("keep_names", report).unwrap_or(true),
        no_bundle: is_true("no_bundle", report).unwrap_or(false),
        find_additional_modules: is_true("find_additional_modules", report),
        base_dir: text("base_dir", report).map(path),
        preserve_file_names: is_true("preserve_file_names", report).unwrap_or(false),
        build: build(root, directories, report),
    }
}

fn rules(root: &Node, report: &mut Report<'_>) -> Vec<Rule> {
    let entries = report.entries(root, "rules");
    let read = entries.iter().map(|(field, entry)| rule(field, entry, report));
    read.flatten().collect()
}

fn rule(field: &str, entry: &Node, report: &mut Report<'_>) -> Option<Rule> {
    if !entry.is_table() {
        let found = entry.stringify();
        report.error(
            entry.at,
            format!("\"{field}\" should be an object but got {found}."),
        );
        return None;
    }
    let kind = match entry.get("type").and_then(Node::text) {
        Some("ESModule") => Some(RuleKind::EsModule),
        Some("CommonJS") => Some(RuleKind::CommonJs),
        Some("CompiledWasm") => Some(RuleKind::CompiledWasm),
        Some("Text") => Some(RuleKind::Text),
        Some("Data") => Some(RuleKind::Data),
        _ => {
            let at = entry.get("type").map_or(entry.at, |kind| kind.at);
            report.error(at, format!("\"{field}\": bindings should have a string \"type\" field, which contains one of \"ESModule\", \"CommonJS\", \"CompiledWasm\", \"Text\", or \"Data\"."));
            None
        }
    };
    let globs = if let Some(list) = entry.get("globs") {
        report.typed_texts(&format!("{field}.globs"), list)
    } else {
        report.error(
            entry.at,
            format!("Expected \"{field}.globs\" to be an array of strings but got undefined"),
        );
        Vec::new()
    };
    let fallthrough = match entry.get("fallthrough").map(|node| (node.at, &node.kind)) {
        None => None,
        Some((_, Kind::Bool(value))) => Some(*value),
        Some((at, _)) => {
            report.error(
                at,
                format!("\"{field}\": the field \"fallthrough\", when present, should be a boolean."),
            );
            None
        }
    };
    report.unexpected(field, entry, &["type", "globs", "fallthrough"]);
    Some(Rule {
        kind: kind?,
        globs: globs.into_iter().map(|(_, glob)| glob).collect(),
        fallthrough,
        place: report.place(entry.at),
    })
}

fn define(root: &Node, report: &mut Report<'_>) -> BTreeMap<String, String> {
    let Some(node) = root.get("define") else {
        return BTreeMap::new();
    };
    let field = report.path("define");
    not_a_table(node, &field, report);
    let mut define = BTreeMap::new();
    for member in node.members() {
        let name = &member.name;
        if let Some(text) = member.value.text() {
            define.insert(name.clone(), text.to_owned());
            continue;
        }
        let found = member.value.stringify();
        report.error_with(
            member.value.at,
            format!("The field \"{field}.{name}\" should be a string but got {found}."),
            "the string is the expression: \"1\" for a number, \"'text'\" for a text",
        );
    }
    define
}

fn alias(root: &Node, report: &mut Report<'_>) -> BTreeMap<String, String> {
    let Some(node) = root.get("alias") else {
        return BTreeMap::new();
    };
    if !node.is_table() {
        let found = type_of(node);
        report.error(
            node.at,
            format!("Expected alias to be an object, but got {found}"),
        );
    }
    let mut alias = BTreeMap::new();
    for member in node.members() {
        let name = &member.name;
        if let Some(text) = member.value.text() {
            alias.insert(name.clone(), text.to_owned());
            continue;
        }
        let found = type_of(&member.value);
        report.error(
            member.value.at,
            format!("Expected alias[\"{name}\"] to be a string, but got {found}"),
        );
    }
    alias
}

/// What JavaScript calls the type of a value.
fn type_of(node: &Node) -> &'static str {
    match node.kind {
        Kind::Bool(_) => "boolean",
        Kind::Number(_) => "number",
        Kind::Text(_) => "string",
        Kind::Null | Kind::Date(_) | Kind::List(_) | Kind::Table(_) => "object",
    }
}

fn build(root: &Node, directories: &Directories, report: &mut Report<'_>) -> Option<CustomBuild> {
    let member = root.member("build")?;
    let node = &member.value;
    if !node.is_table() {
        let found = node.stringify();
        report.error(
            node.at,
            format!("Expected \"build\" to be of type object but got {found}."),
        );
        return None;
    }
    report.unexpected("build", node, &["command", "cwd", "watch_dir"]);
    let command = report.optional_text(node, "command", "build.command");
    let cwd = report.optional_text(node, "cwd", "build.cwd");
    let watch = match node.get("watch_dir") {
        Some(list) if list.is_list() => {
            let texts = report.typed_texts("build.watch_dir", list);
            texts.into_iter().map(|(_, text)| text).collect()
        }
        _ => {
            let text = report.optional_text(node, "watch_dir", "build.watch_dir");
            vec![text.map_or("./src", |(_, text)| text).to_owned()]
        }
    };
    let (_, command) = command.filter(|(_, command)| !command.trim().is_empty())?;
    Some(CustomBuild {
        command: command.to_owned(),
        directory: join(&directories.project, cwd.map_or("", |(_, cwd)| cwd)),
        watch: watch.iter().map(|text| join(&directories.file, text)).collect(),
        place: report.place(member.at),
    })
}

/// The path without `./` in it.
fn join(directory: &Path, text: &str) -> PathBuf {
    directory.join(text).components().collect()
}
