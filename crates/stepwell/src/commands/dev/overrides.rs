//! Options of the command line that go before the configuration, as under `wrangler dev`. They are about the first
//! Worker of a session.

use crate::arguments::OverrideArguments;
use anyhow::bail;
use stepwell_project::Place;
use stepwell_project::config::{Assets, Config, RunWorkerFirst};

/// Changes `config` as the options say.
///
/// # Errors
/// If a pair is no `KEY:VALUE`, or a directory does not exist.
pub(super) fn apply(options: &OverrideArguments, config: &mut Config) -> anyhow::Result<()> {
    if !options.compatibility_flag.is_empty() {
        config.compatibility_flags.clone_from(&options.compatibility_flag);
    }
    for (key, value) in pairs("--var", &options.var)? {
        config.vars.insert(key, value.into());
    }
    let bundling = &mut config.bundling;
    bundling.define.extend(pairs("--define", &options.define)?);
    bundling.alias.extend(pairs("--alias", &options.alias)?);
    bundling.minify |= options.minify;
    bundling.no_bundle |= options.no_bundle;
    if let Some(tsconfig) = &options.tsconfig {
        bundling.tsconfig = Some(std::path::absolute(tsconfig)?);
    }
    if let Some(directory) = &options.assets {
        let Ok(directory) = directory.canonicalize() else {
            bail!(
                "The directory specified by the \"--assets\" command line argument does not exist:\n{}",
                directory.display()
            );
        };
        match &mut config.assets {
            Some(assets) => assets.directory = directory,
            None => config.assets = Some(only_files(directory)),
        }
    }
    Ok(())
}

fn only_files(directory: std::path::PathBuf) -> Assets {
    Assets {
        place: Place {
            file: directory.clone(),
            line: 1,
            column: 1,
        },
        directory,
        binding: None,
        html_handling: None,
        not_found_handling: None,
        run_worker_first: RunWorkerFirst::Always(false),
    }
}

/// `KEY:VALUE`, as wrangler splits it: at the first colon.
pub(crate) fn pairs(option: &str, texts: &[String]) -> anyhow::Result<Vec<(String, String)>> {
    let mut pairs = Vec::with_capacity(texts.len());
    for text in texts {
        match text.split_once(':') {
            Some((key, value)) if !key.is_empty() => pairs.push((key.to_owned(), value.to_owned())),
            _ => bail!("{option} {text:?} is no KEY:VALUE\nhint: write, for example, {option} NAME:value"),
        }
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::pairs;

    #[test]
    fn values_may_have_colons_and_keys_may_not_be_empty() {
        let texts = ["A:b:c".to_owned(), "D:".to_owned()];
        let split = pairs("--var", &texts).expect("they are right");
        assert_eq!(
            split,
            [("A".into(), "b:c".into()), ("D".to_owned(), String::new())]
        );
        for wrong in [":b", "b", ""] {
            assert!(pairs("--var", &[wrong.to_owned()]).is_err(), "{wrong}");
        }
    }
}
