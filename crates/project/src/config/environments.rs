//! Named environments: which keys an environment inherits, and what is said about those that it does not.

use std::collections::BTreeSet;
use std::path::Path;

use super::find::{Format, format};
use super::keys::{Scope, scope, treatment};
use super::names::is_worker_name;
use super::node::{Kind, Member, Node};
use super::report::{Part, Report};
use crate::place::Text;

/// What a run is made from.
pub(super) struct Chosen {
    /// The keys at the top of the file as the environment sees them.
    pub(super) root: Node,
    /// What is being read, for the report.
    pub(super) part: Part,
    /// The Worker's name, where it follows from the name at the top and the environment's.
    pub(super) name: Option<String>,
}

/// The settings of the environment `name`; of `None`, those at the top of the file.
pub(super) fn choose(root: &Node, name: Option<&str>, text: &Text, report: &mut Report<'_>) -> Chosen {
    let environments = environments(root, report);
    let Some(name) = name else {
        return Chosen {
            root: root.clone(),
            part: Part::Whole,
            name: None,
        };
    };
    let worker = root
        .get("name")
        .and_then(Node::text)
        .filter(|name| is_worker_name(name));
    let composed = worker.map(|worker| format!("{worker}-{name}"));
    let Some(member) = environments.and_then(|environments| environments.member(name)) else {
        unknown(root, environments, name, text, report);
        return Chosen {
            root: root.clone(),
            part: Part::Whole,
            name: composed,
        };
    };
    if !member.value.is_table() {
        let found = member.value.stringify();
        report.error(
            member.value.at,
            format!("The field \"env.{name}\" should be an object but got {found}."),
        );
    }
    warn_not_inherited(root, member, report);
    warn_custom_domains(root, member, report);
    check_keys(member, report);
    let own = member.value.members().iter().map(|member| member.name.clone());
    Chosen {
        name: composed.filter(|_| member.value.get("name").is_none()),
        part: Part::Environment(name.to_owned(), own.collect()),
        root: merge(root, &member.value),
    }
}

fn environments<'n>(root: &'n Node, report: &mut Report<'_>) -> Option<&'n Node> {
    let node = root.get("env")?;
    if !node.is_table() {
        let found = node.stringify();
        report.error(
            node.at,
            format!("The field \"env\" should be an object but got {found}."),
        );
    }
    Some(node)
}

fn unknown(root: &Node, environments: Option<&Node>, name: &str, text: &Text, report: &mut Report<'_>) {
    let message = format!("No environment found in configuration with name {name:?}.");
    let before = format!(
        "Before using `--env={name}` there should be an equivalent environment section in the configuration."
    );
    let file = text.file_name();
    let add = format!("Consider adding an environment configuration section to the {file} file:");
    let section = if format(Path::new(&file)) == Some(Format::Toml) {
        format!("[env.{name}]")
    } else {
        format!("\"env\": {{ {name:?}: {{}} }}")
    };
    let Some(environments) = environments else {
        report.warn(root.at, format!("{message} {before} {add} {section}"));
        return;
    };
    let names: Vec<&str> = environments
        .members()
        .iter()
        .map(|member| member.name.as_str())
        .collect();
    let names = serde_json::to_string(&names).unwrap_or_default();
    report.error_with_all(
        root.member("env").map_or(environments.at, |member| member.at),
        message,
        [
            before,
            format!("The available configured environment names are: {names}"),
            format!("{add} {section}"),
        ],
    );
}

/// The environment's own keys, those that it inherits, and those that are the same for all.
fn merge(root: &Node, environment: &Node) -> Node {
    let passed_on = |member: &&Member| match scope(&member.name) {
        Scope::Inherited => environment.get(&member.name).is_none(),
        // `env` has been dealt with.
        Scope::TopLevel => member.name != "env",
        Scope::PerEnvironment => false,
    };
    let own = environment
        .members()
        .iter()
        .filter(|member| scope(&member.name) != Scope::TopLevel && treatment(&member.name).is_some());
    let members = root.members().iter().filter(passed_on).chain(own);
    Node {
        at: root.at,
        kind: Kind::Table(members.cloned().collect()),
    }
}

/// Names the keys of an environment that have no meaning there.
fn check_keys(environment: &Member, report: &mut Report<'_>) {
    let name = &environment.name;
    for member in environment.value.members() {
        if treatment(&member.name).is_none() || scope(&member.name) == Scope::TopLevel {
            report.warn(
                member.at,
                format!("Unexpected fields found in env.{name} field: {:?}", member.name),
            );
        }
    }
}

fn warn_not_inherited(root: &Node, environment: &Member, report: &mut Report<'_>) {
    let name = &environment.name;
    for member in root.members() {
        let key = &member.name;
        if scope(key) != Scope::PerEnvironment || treatment(key).is_none() {
            continue;
        }
        let Some(own) = environment.value.member(key) else {
            report.warn(environment.at, format!("\"{key}\" exists at the top level, but not on \"env.{name}\". This is not what you probably want, since \"{key}\" is not inherited by environments. Please add \"{key}\" to \"env.{name}\"."));
            continue;
        };
        match key.as_str() {
            "vars" => missing_names(name, member, own, "vars", "vars", report),
            "define" => {
                missing_names(name, member, own, "define entries", "entries", report);
                new_defines(name, member, own, report);
            }
            "durable_objects" | "unsafe" => missing_bindings(name, member, own, report),
            "queues" => {
                let producers = |member: &Member| member.value.member("producers").cloned();
                if let (Some(top), Some(own)) = (producers(member), producers(own)) {
                    missing_in_list(name, "queues.producers", &top, &own, report);
                }
            }
            _ => missing_in_list(name, key, member, own, report),
        }
    }
}

fn missing_names(name: &str, top: &Member, own: &Member, what: &str, them: &str, report: &mut Report<'_>) {
    let key = &top.name;
    if !own.value.is_table() {
        return;
    }
    let missing: Vec<&str> = top
        .value
        .members()
        .iter()
        .filter(|member| own.value.get(&member.name).is_none())
        .map(|member| member.name.as_str())
        .collect();
    if !missing.is_empty() {
        let list = missing.join(", ");
        report.warn(own.at, format!("The following {what} exist at the top level, but not on \"env.{name}.{key}\". This is probably not what you want, since \"{key}\" configuration is not inherited by environments. Please add these {them} to \"env.{name}.{key}\": {list}"));
    }
}

fn new_defines(name: &str, top: &Member, own: &Member, report: &mut Report<'_>) {
    if top.value.members().is_empty() {
        return;
    }
    for member in own
        .value
        .members()
        .iter()
        .filter(|member| top.value.get(&member.name).is_none())
    {
        let entry = &member.name;
        report.warn(member.at, format!("{entry:?} exists on \"env.{name}\", but not on the top level. This is not what you probably want, since \"define\" configuration within environments can only override existing top level \"define\" configuration. Please remove \"env.{name}.define.{entry}\", or add \"define.{entry}\"."));
    }
}

/// For lists under `bindings` whose elements have a `name`.
fn missing_bindings(name: &str, top: &Member, own: &Member, report: &mut Report<'_>) {
    let key = &top.name;
    let names = |member: &Member| named(member.value.get("bindings"), "name");
    let own_names: BTreeSet<String> = names(own).into_iter().collect();
    let missing: Vec<String> = names(top)
        .into_iter()
        .filter(|name| !own_names.contains(name))
        .collect();
    if !missing.is_empty() {
        let list = missing.join(", ");
        report.warn(own.at, format!("The following bindings are at the top level, but not on \"env.{name}\". This is not what you probably want, since \"{key}\" configuration is not inherited by environments. Please add a binding for each to \"env.{name}.{key}.bindings\": {list}"));
    }
}

/// For lists whose elements have a `binding`.
fn missing_in_list(name: &str, key: &str, top: &Member, own: &Member, report: &mut Report<'_>) {
    let own_names: BTreeSet<String> = named(Some(&own.value), "binding").into_iter().collect();
    for binding in named(Some(&top.value), "binding") {
        if own.value.is_list() && !own_names.contains(&binding) {
            report.warn(own.at, format!("There is a {key} binding with name {binding:?} at the top level, but not on \"env.{name}\". This is not what you probably want, since \"{key}\" configuration is not inherited by environments. Please add a binding for {binding:?} to \"env.{name}.{key}.bindings\"."));
        }
    }
}

fn named(list: Option<&Node>, key: &str) -> Vec<String> {
    let elements = list.map_or(&[][..], Node::elements);
    elements
        .iter()
        .filter_map(|element| Some(element.get(key)?.text()?.to_owned()))
        .collect()
}

fn warn_custom_domains(root: &Node, environment: &Member, report: &mut Report<'_>) {
    if environment.value.get("routes").is_some() {
        return;
    }
    let routes = root.get("routes").map_or(&[][..], Node::elements);
    let domains: Vec<&str> = routes
        .iter()
        .filter(|route| {
            matches!(
                route.get("custom_domain").map(|node| &node.kind),
                Some(Kind::Bool(true))
            )
        })
        .filter_map(|route| route.get("pattern")?.text())
        .collect();
    if !domains.is_empty() {
        let (name, domains) = (&environment.name, domains.join(", "));
        report.warn(environment.at, format!("The \"env.{name}\" environment inherits the top-level `routes` configuration, which includes the custom domain(s): {domains}. Deploying this environment will reassign these custom domains away from the top-level Worker. Add `\"routes\": []` to \"env.{name}\" to prevent inheritance, or copy the route configuration from the top level to hide this warning."));
    }
}
