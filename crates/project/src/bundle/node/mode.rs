//! How much of Node.js a Worker has, from its compatibility date and flags: wrangler's modes.

use crate::config::Config;
use crate::diagnostic::{Diagnostic, Severity};

/// From this date on, a Worker has Node's modules without a flag.
const BY_DEFAULT: &str = "2026-08-04";
/// From this date on, `nodejs_compat` is `nodejs_compat_v2`.
const V2: &str = "2024-09-23";

/// How much of Node.js a Worker has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bundle) enum Mode {
    /// Nothing.
    None,
    /// `node:async_hooks`.
    Als,
    /// The runtime's modules, with the prefix `node:`.
    V1,
    /// The runtime's modules, with polyfills for the rest, with or without the prefix, and Node's globals.
    V2,
}

impl Mode {
    pub(in crate::bundle) fn of(config: &Config) -> Self {
        let has = |flag: &str| config.compatibility_flags.iter().any(|found| found == flag);
        let date = config.compatibility_date.as_str();
        let by_default = date >= BY_DEFAULT;
        let v1 = has("nodejs_compat") || (by_default && !has("no_nodejs_compat"));
        let v2_by_date = by_default || (v1 && date >= V2);
        if has("nodejs_compat_v2") || (v2_by_date && !has("no_nodejs_compat_v2")) {
            Self::V2
        } else if v1 {
            Self::V1
        } else if has("nodejs_als") {
            Self::Als
        } else {
            Self::None
        }
    }

    /// Whether the runtime has Node's modules.
    pub(in crate::bundle) fn has_modules(self) -> bool {
        matches!(self, Self::V1 | Self::V2)
    }
}

/// Errors for flags that do not go together, in wrangler's words.
pub(in crate::bundle) fn conflicts(config: &Config) -> Vec<Diagnostic> {
    let has = |flag: &str| config.compatibility_flags.iter().any(|found| found == flag);
    let mut texts = Vec::new();
    if has("experimental:nodejs_compat_v2") {
        texts.push("The `experimental:` prefix on `nodejs_compat_v2` is no longer valid. Please remove it and try again.");
    }
    if has("nodejs_compat") && has("nodejs_compat_v2") {
        texts.push("The `nodejs_compat` and `nodejs_compat_v2` compatibility flags cannot be used in together. Please select just one.");
    }
    if has("global_navigator") && has("no_global_navigator") {
        texts.push("Conflicting compatibility flags: \"global_navigator\" and \"no_global_navigator\" cannot both be set. Remove one of these flags from your configuration.");
    }
    let error = |text: &str| Diagnostic::without_place(Severity::Error, text.to_owned());
    texts.into_iter().map(error).collect()
}

/// What wrangler warns about when the code is not bundled: nothing can be put in then.
pub(in crate::bundle) fn unbundled_warning(config: &Config) -> Option<Diagnostic> {
    const TEXT: &str = "`nodejs_compat_v2` compatibility flag and `--no-bundle` can't be used together. If you want to polyfill Node.js built-ins while disabling bundling, please polyfill as part of your own bundling process.";
    let flag = config
        .compatibility_flags
        .iter()
        .any(|flag| flag == "nodejs_compat_v2");
    flag.then(|| Diagnostic::without_place(Severity::Warning, TEXT.to_owned()))
}
