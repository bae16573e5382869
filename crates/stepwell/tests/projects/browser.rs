//! The Chromium that comes as an npm package, driven by the scripts of `tests/browser`.

use std::path::Path;
use std::process::Command;
use stepwell_e2e::npm;

/// Runs `tests/browser/<script>`, which must work, and returns the last line that it prints.
#[track_caller]
pub(crate) fn look(script: &str, arguments: &[&str]) -> String {
    let browser = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser");
    let installed = npm::install(
        "browser",
        include_str!("../../../../tests/browser/package.json"),
        include_str!("../../../../tests/browser/package-lock.json"),
    )
    .unwrap_or_else(|error| panic!("{error}"));
    // Modules are looked for beside the script that imports them.
    let scripts = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(
        installed.join("node_modules"),
        scripts.path().join("node_modules"),
    )
    .unwrap();
    for file in ["chromium.mjs", script] {
        std::fs::copy(browser.join(file), scripts.path().join(file)).unwrap();
    }
    let output = Command::new("node")
        .arg(scripts.path().join(script))
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{script} {arguments:?}: {said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said.lines().last().unwrap_or_default().to_owned()
}
