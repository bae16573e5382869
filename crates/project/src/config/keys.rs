//! What Stepwell does with each key at the top of a wrangler configuration, and how environments get it.
//!
//! | treatment | keys | why |
//! | --- | --- | --- |
//! | used | `name`, `main`, `vars`, `workflows`, `assets`, `env`, … | the project is built from them |
//! | silent | `$schema`, `account_id`, `observability`, … | they are about the deployment: checked, and `wrangler dev` ignores them too |
//! | placeholder | `kv_namespaces`, `d1_databases`, `ai`, … | binding kinds that are not supported yet: a warning, and the first use throws a `NonRetryableError` that names the key |
//! | warned | `containers`, `site`, `exports`, … and every unknown key | they would change what runs, so they are not ignored in silence |

use crate::nearest::nearest;

/// What is done with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Treatment {
    /// Read by a module of its own.
    Used,
    /// Without meaning for a local run.
    Silent,
    /// Bindings of an unsupported kind.
    Placeholder(Shape),
    /// Not supported yet, with what happens instead.
    Warned(&'static str),
}

/// How a key lists its bindings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A list of tables with the name in `binding`.
    ListOfBinding,
    /// A list of tables with the name in `name`.
    ListOfName,
    /// One table with the name in `binding`.
    Single,
    /// A table whose keys are the names.
    Names,
    /// A table with a list under this key, whose tables have the name in the second key.
    Under(&'static str, &'static str),
}

/// Where a key may be, and what an environment without it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// An environment without the key has the value at the top of the file.
    Inherited,
    /// An environment without the key has nothing.
    PerEnvironment,
    /// The key has no meaning in an environment.
    TopLevel,
}

use Shape::{ListOfBinding, ListOfName, Names, Single, Under};
use Treatment::{Placeholder, Silent, Used, Warned};

const IGNORED: &str = "it is ignored";

/// The treatment of a key, or `None` for one that wrangler does not know either.
pub(super) fn treatment(key: &str) -> Option<Treatment> {
    Some(match key {
        "name"
        | "main"
        | "compatibility_date"
        | "compatibility_flags"
        | "vars"
        | "secrets"
        | "workflows"
        | "durable_objects"
        | "migrations"
        | "services"
        | "assets"
        | "limits"
        | "triggers"
        | "version_metadata"
        | "rules"
        | "define"
        | "alias"
        | "tsconfig"
        | "jsx_factory"
        | "jsx_fragment"
        | "minify"
        | "keep_names"
        | "no_bundle"
        | "find_additional_modules"
        | "base_dir"
        | "preserve_file_names"
        | "build"
        | "dev"
        | "routes"
        | "route"
        | "env" => Used,

        // The last five are in the files that build tools write.
        "$schema"
        | "account_id"
        | "workers_dev"
        | "preview_urls"
        | "previews"
        | "observability"
        | "logpush"
        | "upload_source_maps"
        | "placement"
        | "send_metrics"
        | "keep_vars"
        | "first_party_worker"
        | "compliance_region"
        | "dependencies_instrumentation"
        | "python_modules"
        | "legacy_env"
        | "node_compat"
        | "configPath"
        | "userConfigPath"
        | "topLevelName"
        | "definedEnvironments"
        | "targetEnvironment" => Silent,

        "kv_namespaces"
        | "r2_buckets"
        | "d1_databases"
        | "vectorize"
        | "ai_search_namespaces"
        | "ai_search"
        | "agent_memory"
        | "hyperdrive"
        | "analytics_engine_datasets"
        | "mtls_certificates"
        | "dispatch_namespaces"
        | "pipelines"
        | "k2"
        | "secrets_store_secrets"
        | "artifacts"
        | "unsafe_hello_world"
        | "flagship"
        | "worker_loaders"
        | "vpc_services"
        | "vpc_networks" => Placeholder(ListOfBinding),
        "send_email" | "ratelimits" => Placeholder(ListOfName),
        "ai" | "browser" | "images" | "media" | "stream" | "analytics" => Placeholder(Single),
        "queues" => Placeholder(Under("producers", "binding")),
        "unsafe" | "logfwdr" => Placeholder(Under("bindings", "name")),
        "wasm_modules" | "text_blobs" | "data_blobs" => Placeholder(Names),

        "exports" => Warned(
            "declare Workflows in `workflows` and Durable Objects in `durable_objects` and `migrations`",
        ),
        "containers"
        | "cloudchamber"
        | "tail_consumers"
        | "streaming_tail_consumers"
        | "connect"
        | "access"
        | "cache"
        | "addresses"
        | "site"
        | "pages_build_output_dir" => Warned(IGNORED),
        _ => return None,
    })
}

/// The scope of a key that [`treatment`] knows.
pub(super) fn scope(key: &str) -> Scope {
    match key {
        "name"
        | "main"
        | "account_id"
        | "compatibility_date"
        | "compatibility_flags"
        | "jsx_factory"
        | "jsx_fragment"
        | "tsconfig"
        | "rules"
        | "find_additional_modules"
        | "preserve_file_names"
        | "base_dir"
        | "route"
        | "routes"
        | "triggers"
        | "assets"
        | "limits"
        | "placement"
        | "build"
        | "workers_dev"
        | "preview_urls"
        | "migrations"
        | "exports"
        | "logfwdr"
        | "no_bundle"
        | "minify"
        | "keep_names"
        | "first_party_worker"
        | "logpush"
        | "upload_source_maps"
        | "observability"
        | "access"
        | "cache"
        | "compliance_region"
        | "python_modules"
        | "previews" => Scope::Inherited,
        "$schema"
        | "env"
        | "dev"
        | "alias"
        | "site"
        | "wasm_modules"
        | "text_blobs"
        | "data_blobs"
        | "send_metrics"
        | "dependencies_instrumentation"
        | "keep_vars"
        | "addresses"
        | "pages_build_output_dir"
        | "legacy_env"
        | "configPath"
        | "userConfigPath"
        | "topLevelName"
        | "definedEnvironments"
        | "targetEnvironment" => Scope::TopLevel,
        _ => Scope::PerEnvironment,
    }
}

/// Known keys that were probably meant by an unknown one, the nearest first.
pub(super) fn similar(key: &str) -> Option<&'static str> {
    const OFTEN_MISTYPED: [&str; 16] = [
        "name",
        "main",
        "compatibility_date",
        "compatibility_flags",
        "vars",
        "workflows",
        "durable_objects",
        "migrations",
        "limits",
        "kv_namespaces",
        "triggers",
        "observability",
        "services",
        "assets",
        "secrets",
        "rules",
    ];
    nearest(key, OFTEN_MISTYPED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_keys_and_guesses_slips() {
        assert_eq!(treatment("workflows"), Some(Used));
        assert_eq!(treatment("kv_namespaces"), Some(Placeholder(ListOfBinding)));
        assert_eq!(treatment("nonsense"), None);
        assert_eq!(similar("workflow"), Some("workflows"));
        assert_eq!(similar("compatability_date"), Some("compatibility_date"));
        assert_eq!(similar("nonsense"), None);
        assert_eq!(similar(""), None);
    }
}
