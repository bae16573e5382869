//! What Stepwell does with each key at the top of a wrangler configuration.
//!
//! | treatment | keys | why |
//! | --- | --- | --- |
//! | used | `name`, `main`, `compatibility_date`, `compatibility_flags`, `vars`, `workflows`, `durable_objects`, `migrations`, `limits`, `keep_names`, `dev.ip`, `dev.port` | the project is built from them |
//! | silent | `$schema`, `account_id`, `workers_dev`, `observability`, … | they are about the deployment: `wrangler dev` ignores them too, or the result is the same without |
//! | placeholder | `kv_namespaces`, `d1_databases`, `ai`, … | binding kinds that are not supported yet: a warning, and the first use throws a `NonRetryableError` that names the key |
//! | warned | `routes`, `env`, `triggers`, `define`, … and every unknown key | they would change what runs, so they are not ignored in silence |

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
        | "workflows"
        | "durable_objects"
        | "migrations"
        | "limits"
        | "keep_names"
        | "dev"
        | "triggers" => Used,

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
        | "minify"
        | "first_party_worker"
        | "compliance_region"
        | "dependencies_instrumentation"
        | "usage_model"
        | "legacy_env"
        | "preserve_file_names" => Silent,

        "kv_namespaces"
        | "r2_buckets"
        | "d1_databases"
        | "vectorize"
        | "ai_search_namespaces"
        | "ai_search"
        | "agent_memory"
        | "hyperdrive"
        | "services"
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
        "ai" | "browser" | "images" | "media" | "stream" | "analytics" | "version_metadata" => {
            Placeholder(Single)
        }
        // `assets.binding` is optional; the files themselves are warned about where the bindings are read.
        "assets" => Placeholder(Single),
        "queues" => Placeholder(Under("producers", "binding")),
        "unsafe" | "logfwdr" => Placeholder(Under("bindings", "name")),
        "wasm_modules" | "text_blobs" | "data_blobs" => Placeholder(Names),

        "env" => Warned("the settings at the top of the file are used"),
        "exports" => Warned(
            "declare Workflows in `workflows` and Durable Objects in `durable_objects` and `migrations`",
        ),
        "secrets" => Warned("every value in .dev.vars is given to the Worker"),
        "build" => Warned("run the build command yourself before the start"),
        "no_bundle" => Warned("the code is bundled"),
        "routes"
        | "route"
        | "tsconfig"
        | "jsx_factory"
        | "jsx_fragment"
        | "rules"
        | "define"
        | "alias"
        | "find_additional_modules"
        | "base_dir"
        | "python_modules"
        | "containers"
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

/// Known keys that were probably meant by an unknown one, the nearest first.
pub(super) fn similar(key: &str) -> Option<&'static str> {
    const OFTEN_MISTYPED: [&str; 12] = [
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
    ];
    let found = OFTEN_MISTYPED
        .into_iter()
        .map(|known| (distance(key, known), known))
        .min()?;
    (found.0 <= 2 && found.0 < found.1.len() / 2 + 1).then_some(found.1)
}

/// How many letters have to be changed, added or removed (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    // Long keys are not slips of the pen, and the table would grow with their length.
    for (i, a) in from.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[to.len()]
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
