//! Completions and manual pages.

use super::stepwell;

#[test]
fn shells_can_complete_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = stepwell(&["completions", shell], &[]).ok();
        assert!(
            script.contains("workflows") && script.contains("persist-to"),
            "{shell}"
        );
        // clap's generator for fish goes no deeper than two commands.
        assert!(shell == "fish" || script.contains("terminate-all"), "{shell}");
    }
}

#[test]
fn every_command_has_a_manual_page() {
    assert!(stepwell(&["man"], &[]).ok().contains(".TH stepwell 1"));
    let directory = tempfile::tempdir().unwrap();
    let pages = directory.path().join("man1");
    stepwell(&["man", "--out", pages.to_str().unwrap()], &[]).ok();
    for page in [
        "stepwell.1",
        "stepwell-serve.1",
        "stepwell-workflows-instances-describe.1",
    ] {
        assert!(pages.join(page).is_file(), "no {page}");
    }
}
