//! `rules`: what files become when they are imported, with wrangler's defaults and its order of precedence.

use std::collections::BTreeMap;

use super::ModuleKind;
use super::glob::{self, Subject};
use super::metafile::without_query;
use crate::config::{Rule, RuleKind};
use crate::diagnostic::{Diagnostic, Severity};
use crate::place::Place;

/// Imports of these are code; a rule for such an ending must not turn the whole project into text.
const CODE: [&str; 8] = [".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts"];

/// A rule of the project, or one of wrangler's.
#[derive(Debug)]
pub(super) struct Effective {
    pub(super) kind: RuleKind,
    globs: Vec<String>,
    fallthrough: Option<bool>,
    /// `None` for wrangler's own.
    place: Option<Place>,
}

impl Effective {
    pub(super) fn matches(&self, text: &str, subject: Subject) -> bool {
        self.globs.iter().any(|glob| glob::matches(glob, text, subject))
    }

    /// As wrangler prints it.
    fn json(&self) -> String {
        let mut text = format!(
            "{{\"type\":{:?},\"globs\":{}",
            self.kind.name(),
            serde_json::Value::from(self.globs.clone())
        );
        if let Some(fallthrough) = self.fallthrough {
            text.push_str(if fallthrough {
                ",\"fallthrough\":true"
            } else {
                ",\"fallthrough\":false"
            });
        }
        text + "}"
    }
}

impl RuleKind {
    fn name(self) -> &'static str {
        match self {
            Self::EsModule => "ESModule",
            Self::CommonJs => "CommonJS",
            Self::CompiledWasm => "CompiledWasm",
            Self::Text => "Text",
            Self::Data => "Data",
        }
    }

    pub(super) fn is_code(self) -> bool {
        matches!(self, Self::EsModule | Self::CommonJs)
    }

    pub(super) fn module(self) -> ModuleKind {
        match self {
            Self::EsModule => ModuleKind::EsModule,
            Self::CommonJs => ModuleKind::CommonJs,
            Self::CompiledWasm => ModuleKind::Wasm,
            Self::Text => ModuleKind::Text,
            Self::Data => ModuleKind::Data,
        }
    }

    /// What esbuild calls it; text goes into the bundle, everything else beside it.
    fn loader(self) -> &'static str {
        if self == Self::Text { "text" } else { "copy" }
    }
}

/// The rules of a project.
#[derive(Debug)]
pub(super) struct Rules {
    /// Those that hold, the first match counts.
    pub(super) active: Vec<Effective>,
    /// Those that hold no longer because an earlier one of their kind has no `fallthrough`.
    removed: Vec<Effective>,
    /// What wrangler warns about.
    pub(super) warnings: Vec<Diagnostic>,
}

impl Rules {
    pub(super) fn of(own: &[Rule]) -> Self {
        let own = own.iter().map(|rule| Effective {
            kind: rule.kind,
            globs: rule.globs.clone(),
            fallthrough: rule.fallthrough,
            place: Some(rule.place.clone()),
        });
        let mut rules = Self {
            active: Vec::new(),
            removed: Vec::new(),
            warnings: Vec::new(),
        };
        for rule in own.chain(defaults()) {
            let is_shadowed =
                |earlier: &Effective| earlier.kind == rule.kind && earlier.fallthrough != Some(true);
            if rules.active.iter().any(is_shadowed) {
                rules.removed.push(rule);
            } else {
                rules.active.push(rule);
            }
        }
        rules.warnings = rules
            .active
            .iter()
            .filter_map(|rule| rules.shadow(rule))
            .collect();
        rules
    }

    /// The warning for a rule that, without saying so, ends the use of later ones.
    fn shadow(&self, rule: &Effective) -> Option<Diagnostic> {
        let removed: Vec<_> = self
            .removed
            .iter()
            .filter(|removed| removed.kind == rule.kind)
            .collect();
        let place = rule.place.as_ref()?;
        if rule.fallthrough.is_some() || removed.is_empty() {
            return None;
        }
        let mut text = format!(
            "The module rule {} does not have a fallback, the following rules will be ignored:",
            rule.json()
        );
        for removed in removed {
            text.push_str("\n ");
            text.push_str(&removed.json());
            if removed.place.is_none() {
                text.push_str(" (DEFAULT)");
            }
        }
        let warning = Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error_at(place, text)
        };
        Some(warning.with_note("Add `fallthrough = true` to rule to allow next rule to be used or `fallthrough = false` to silence this warning"))
    }

    /// What an import of `specifier` becomes, if a rule says so; not whether it is code.
    pub(super) fn asset(&self, specifier: &str) -> Option<RuleKind> {
        let rules = self.active.iter().filter(|rule| !rule.kind.is_code());
        find(rules, specifier).map(|rule| rule.kind)
    }

    /// wrangler's text for an import that only a rule matches which no longer holds.
    pub(super) fn ignored(&self, specifier: &str) -> Option<String> {
        let rule = find(self.removed.iter(), specifier)?;
        Some(format!(
            "The file {specifier} matched a module rule in your configuration ({}), but was ignored because a previous rule with the same type was not marked as `fallthrough = true`.",
            rule.json()
        ))
    }

    /// esbuild's loaders for the endings that rules name, those that no longer hold too: their imports are refused
    /// with a better text than esbuild has.
    pub(super) fn loaders(&self) -> BTreeMap<String, RuleKind> {
        let mut loaders = BTreeMap::new();
        for rule in self
            .active
            .iter()
            .chain(&self.removed)
            .filter(|rule| !rule.kind.is_code())
        {
            let endings = rule.globs.iter().filter_map(|glob| glob::ending(glob));
            for ending in endings.filter(|ending| !CODE.contains(ending)) {
                loaders.entry(ending.to_owned()).or_insert(rule.kind);
            }
        }
        loaders
    }
}

/// The arguments for [`Rules::loaders`].
pub(super) fn loader_arguments(loaders: &BTreeMap<String, RuleKind>) -> impl Iterator<Item = String> {
    let argument = |(ending, kind): (&String, &RuleKind)| format!("--loader:{ending}={}", kind.loader());
    loaders.iter().map(argument)
}

/// The loader that esbuild takes for a file: that of its longest ending.
pub(super) fn loaded_as(loaders: &BTreeMap<String, RuleKind>, file_name: &str) -> Option<RuleKind> {
    let mut endings = file_name.match_indices('.').map(|(at, _)| &file_name[at..]);
    endings.find_map(|ending| loaders.get(ending)).copied()
}

fn find<'a>(mut rules: impl Iterator<Item = &'a Effective>, specifier: &str) -> Option<&'a Effective> {
    // wrangler knows no query but `?module`; bundlers that people come from have more (`?raw`).
    let path = without_query(specifier);
    rules.find(|rule| {
        rule.matches(specifier, Subject::Import) || (path != specifier && rule.matches(path, Subject::Import))
    })
}

fn defaults() -> [Effective; 3] {
    let rule = |kind, globs: &[&str]| Effective {
        kind,
        globs: globs.iter().map(ToString::to_string).collect(),
        fallthrough: None,
        place: None,
    };
    [
        rule(RuleKind::Text, &["**/*.txt", "**/*.html", "**/*.sql"]),
        rule(RuleKind::Data, &["**/*.bin"]),
        rule(RuleKind::CompiledWasm, &["**/*.wasm", "**/*.wasm?module"]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(kind: RuleKind, glob: &str, fallthrough: Option<bool>) -> Rule {
        Rule {
            kind,
            globs: vec![glob.to_owned()],
            fallthrough,
            place: Place {
                file: "wrangler.jsonc".into(),
                line: 3,
                column: 5,
            },
        }
    }

    #[test]
    fn a_rule_without_fallthrough_ends_the_use_of_the_default() {
        let rules = Rules::of(&[rule(RuleKind::Text, "**/*.md", None)]);
        assert_eq!(rules.asset("./a.md"), Some(RuleKind::Text));
        assert_eq!(rules.asset("./a.txt"), None);
        assert_eq!(rules.asset("./a.wasm?module"), Some(RuleKind::CompiledWasm));
        assert_eq!(rules.warnings.len(), 1);
        assert_eq!(
            rules.warnings[0].text,
            "The module rule {\"type\":\"Text\",\"globs\":[\"**/*.md\"]} does not have a fallback, the following rules will be ignored:\n {\"type\":\"Text\",\"globs\":[\"**/*.txt\",\"**/*.html\",\"**/*.sql\"]} (DEFAULT)"
        );
        assert!(
            rules
                .ignored("./a.txt")
                .unwrap()
                .starts_with("The file ./a.txt matched a module rule")
        );
        assert_eq!(rules.ignored("./a.css"), None);
    }

    #[test]
    fn fallthrough_decides_and_silences() {
        let rules = Rules::of(&[rule(RuleKind::Text, "**/*.md", Some(true))]);
        assert_eq!(rules.asset("./a.txt"), Some(RuleKind::Text));
        assert_eq!(rules.warnings, []);
        let rules = Rules::of(&[rule(RuleKind::Text, "**/*.md", Some(false))]);
        assert_eq!(rules.asset("./a.txt"), None);
        assert_eq!(rules.warnings, []);
    }

    #[test]
    fn loaders_are_those_of_the_first_rule() {
        let rules = Rules::of(&[
            rule(RuleKind::Data, "**/*.txt", None),
            rule(RuleKind::Text, "**/*.tpl.js", Some(true)),
            rule(RuleKind::Text, "**/*.js", Some(true)),
        ]);
        let loaders = rules.loaders();
        assert_eq!(loaded_as(&loaders, "a.b.txt"), Some(RuleKind::Data));
        assert_eq!(loaded_as(&loaders, "a.tpl.js"), Some(RuleKind::Text));
        assert_eq!(loaded_as(&loaders, "a.js"), None);
    }
}
