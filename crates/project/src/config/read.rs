//! Reads the top level of a configuration.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::keys::{Treatment, similar, treatment};
use super::model::{Bundling, Config, Dev, Limits, UnsupportedBinding};
use super::names::is_worker_name;
use super::node::{Kind, Node};
use super::report::Report;
use super::{bindings, compatibility, cron, durable_objects, workflows};

/// wrangler's name for a Worker that has none.
const DEFAULT_NAME: &str = "worker";

/// The configuration in `root`; what is wrong goes to `report`, and `None` means that nothing could be made.
pub(super) fn config(root: &Node, path: &Path, report: &mut Report<'_>) -> Option<Config> {
    if !root.is_table() {
        report.error(
            root.at,
            "a wrangler configuration is an object: { \"name\": …, \"main\": … }",
        );
        return None;
    }
    let project_dir = project_dir(path);
    let mut unsupported_bindings = treat_keys(root, report);
    let name = name(root, report);
    let main = main(root, &project_dir, report);
    let workflows = workflows::read(root, &name, report);
    let durable_objects = durable_objects::read(root, &name, report);
    let migrations = durable_objects::read_migrations(root, report);
    durable_objects::check_classes(root, &durable_objects, &migrations, report);
    unsupported_bindings.extend(bindings::foreign(&workflows, &durable_objects, report));
    bindings::check_unique(root, report);
    triggers(root, report);
    Some(Config {
        compatibility_date: compatibility::date(root, report),
        compatibility_flags: compatibility::flags(root, report),
        vars: vars(root, report),
        limits: limits(root, report),
        environment: None,
        services: Vec::new(),
        assets: None,
        crons: Vec::new(),
        required_secrets: None,
        version_metadata: None,
        bundling: Bundling {
            keep_names: !matches!(
                root.get("keep_names").map(|node| &node.kind),
                Some(Kind::Bool(false))
            ),
            ..Bundling::default()
        },
        dev: dev(root, report),
        main: Some(main?),
        name,
        project_dir,
        workflows,
        durable_objects,
        migrations,
        unsupported_bindings,
    })
}

/// The directory of the configuration file: absolute, and without symbolic links, because esbuild resolves
/// them too and its paths are compared with this one.
fn project_dir(path: &Path) -> PathBuf {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    parent
        .canonicalize()
        .or_else(|_| std::path::absolute(parent))
        .unwrap_or_else(|_| parent.to_owned())
}

fn treat_keys(root: &Node, report: &mut Report<'_>) -> Vec<UnsupportedBinding> {
    let mut unsupported = Vec::new();
    for (index, member) in root.members().iter().enumerate() {
        let key = &member.name;
        if root.members()[..index].iter().any(|other| other.name == *key) {
            report.warn(member.at, format!("`{key}` is set twice; this one counts"));
        }
        match treatment(key) {
            Some(Treatment::Used | Treatment::Silent) => {}
            Some(Treatment::Placeholder(shape)) => {
                unsupported.extend(bindings::unsupported(member, shape, report));
            }
            Some(Treatment::Warned(instead)) => {
                report.warn(
                    member.at,
                    format!("`{key}` is not supported by stepwell dev yet; {instead}"),
                );
            }
            None => {
                let guess =
                    similar(key).map_or_else(String::new, |known| format!("; did you mean `{known}`?"));
                report.warn(
                    member.at,
                    format!("`{key}` is not a key of a wrangler configuration; it is ignored{guess}"),
                );
            }
        }
    }
    unsupported
}

fn name(root: &Node, report: &mut Report<'_>) -> String {
    let Some(node) = root.get("name") else {
        report.warn(
            root.at,
            format!("the Worker has no `name`; it is called {DEFAULT_NAME:?}"),
        );
        return DEFAULT_NAME.to_owned();
    };
    if let Some(name) = node.text().filter(|name| is_worker_name(name)) {
        return name.to_owned();
    }
    let found = node.stringify();
    report.error(node.at, format!("Expected \"name\" to be of type string, alphanumeric and lowercase with dashes only but got {found}."));
    DEFAULT_NAME.to_owned()
}

fn main(root: &Node, project_dir: &Path, report: &mut Report<'_>) -> Option<PathBuf> {
    let Some(node) = root.get("main") else {
        report.error_with(
            root.at,
            "the configuration has no `main`, the file that the Worker starts with",
            "add it, for example \"main\": \"src/index.ts\" (relative to this file)",
        );
        return None;
    };
    let Some(written) = node.text().filter(|text| !text.is_empty()) else {
        let found = node.stringify();
        report.error(
            node.at,
            format!("Expected \"main\" to be of type string but got {found}."),
        );
        return None;
    };
    let path = project_dir.join(written);
    if path.extension().is_some_and(|extension| extension == "py") {
        report.error(
            node.at,
            "`main` is a Python file; stepwell dev runs TypeScript and JavaScript",
        );
        return None;
    }
    if !path.is_file() {
        let what = if path.is_dir() {
            "is a directory"
        } else {
            "does not exist"
        };
        report.error_with(
            node.at,
            format!("the `main` file {written:?} {what} (tried {})", path.display()),
            "the path is relative to the configuration file; if a build step makes the file, run it first",
        );
        return None;
    }
    Some(path.canonicalize().unwrap_or(path))
}

fn vars(root: &Node, report: &mut Report<'_>) -> BTreeMap<String, Value> {
    let Some(node) = root.get("vars") else {
        return BTreeMap::new();
    };
    if !node.is_table() {
        let found = node.stringify();
        report.error(
            node.at,
            format!("The field \"vars\" should be an object but got {found}."),
        );
    }
    let mut vars = BTreeMap::new();
    for member in node.members() {
        let name = &member.name;
        if let Kind::Date(text) = &member.value.kind {
            report.error(member.value.at, format!("The field \"vars.{name}\" is a TOML date, which is not supported. Please use a string instead, e.g. {name} = \"{text}\"."));
        }
        vars.insert(name.clone(), member.value.to_json());
    }
    vars
}

fn limits(root: &Node, report: &mut Report<'_>) -> Limits {
    let Some(node) = root.get("limits") else {
        return Limits::default();
    };
    if !node.is_table() {
        let found = node.stringify();
        report.error(
            node.at,
            format!("Expected \"limits\" to be of type object but got {found}."),
        );
        return Limits::default();
    }
    report.unexpected("limits", node, &["cpu_ms", "subrequests"]);
    let mut read = |key: &str| {
        let value = node.get(key)?;
        if value.positive().is_none() {
            let found = value.stringify();
            report.error(
                value.at,
                format!("\"limits.{key}\" field must be a positive integer but got {found}."),
            );
        }
        value.positive()
    };
    Limits {
        cpu_ms: read("cpu_ms"),
        subrequests: read("subrequests"),
    }
}

/// Crons of the Worker are not run yet, but a broken one is wrong all the same.
fn triggers(root: &Node, report: &mut Report<'_>) {
    let Some(member) = root.member("triggers") else {
        return;
    };
    for (index, entry) in member
        .value
        .get("crons")
        .map_or(&[][..], Node::elements)
        .iter()
        .enumerate()
    {
        let Some(text) = entry.text() else { continue };
        if let Err(reason) = cron::check(text) {
            report.error(
                entry.at,
                format!("\"triggers.crons[{index}]\": {text:?} is not a valid cron expression: {reason}."),
            );
        }
    }
    let is_used = member
        .value
        .members()
        .iter()
        .any(|member| !member.value.elements().is_empty());
    if is_used {
        report.warn(
            member.at,
            "`triggers` is not supported by stepwell dev yet; scheduled() is not called",
        );
    }
}

fn dev(root: &Node, report: &mut Report<'_>) -> Dev {
    let Some(node) = root.get("dev") else {
        return Dev::default();
    };
    let port = node.get("port").and_then(|port| {
        // Port 0 asks the system for a free one, as with wrangler.
        let number = if port.stringify() == "0" {
            Some(0)
        } else {
            port.positive()
        };
        let number = number.and_then(|number| u16::try_from(number).ok());
        if number.is_none() {
            let found = port.stringify();
            report.error(
                port.at,
                format!("\"dev.port\" must be a port number from 0 to 65535 but got {found}."),
            );
        }
        number
    });
    Dev {
        ip: node.get("ip").and_then(Node::text).map(str::to_owned),
        port,
        ..Dev::default()
    }
}
