//! Finds the entry file.

use std::path::{Path, PathBuf};

use super::node::Node;
use super::read::Directories;
use super::report::Report;

/// What a name without an extension may stand for.
const EXTENSIONS: [&str; 4] = ["ts", "tsx", "js", "jsx"];

/// The entry file: `script`, which was named instead of a directory, or that of `main`. `None` for a project of
/// static assets, and after an error.
pub(super) fn main(
    root: &Node,
    script: Option<&Path>,
    directories: &Directories,
    report: &mut Report<'_>,
) -> Option<PathBuf> {
    if let Some(script) = script {
        return Some(script.to_owned());
    }
    let Some((at, written)) = report.optional_text(root, "main", "main") else {
        missing(root, report);
        return None;
    };
    let path = directories.file.join(written);
    if path.extension().is_some_and(|extension| extension == "py") {
        report.error(
            at,
            "`main` is a Python file; stepwell dev runs TypeScript and JavaScript",
        );
        return None;
    }
    if let Some(path) = existing(&path) {
        return Some(path.canonicalize().unwrap_or(path));
    }
    let has_build = root
        .get("build")
        .is_some_and(|build| build.get("command").is_some());
    if has_build && !path.is_dir() {
        // The command makes it.
        return Some(path);
    }
    let tried = format!(
        "tried {}; the path is relative to the configuration file",
        path.display()
    );
    if path.is_dir() {
        report.error_with_all(
            at,
            format!("The provided entry-point path, {written:?}, points to a directory, rather than a file."),
            [did_you_mean(&path, written), Some(tried)].into_iter().flatten(),
        );
    } else {
        report.error_with_all(
            at,
            format!("The entry-point file at {written:?} was not found."),
            [
                "This might mean that your entry-point file needs to be generated (which is the general case when a framework is being used).".to_owned(),
                "If that's the case please run your project's build command and try again.".to_owned(),
                tried,
            ],
        );
    }
    None
}

fn existing(path: &Path) -> Option<PathBuf> {
    let with_extensions = EXTENSIONS.iter().map(|extension| path.with_extension(extension));
    let others = with_extensions.filter(|_| path.extension().is_none());
    std::iter::once(path.to_owned())
        .chain(others)
        .find(|path| path.is_file())
}

fn did_you_mean(directory: &Path, written: &str) -> Option<String> {
    let found: Vec<String> = ["worker", "dist/worker", "index", "dist/index"]
        .iter()
        .flat_map(|name| {
            EXTENSIONS
                .iter()
                .map(move |extension| format!("{name}.{extension}"))
        })
        .filter(|name| directory.join(name).is_file())
        .map(|name| format!("\"{}\"", Path::new(written).join(name).display()))
        .collect();
    let one_of = if found.len() > 1 { " one of" } else { "" };
    (!found.is_empty()).then(|| {
        format!(
            "Did you mean to set the main field to{one_of}: {}",
            found.join(", ")
        )
    })
}

/// `main` may be missing when there are assets.
fn missing(root: &Node, report: &mut Report<'_>) {
    if root.get("main").is_some() || root.get("assets").is_some() {
        return;
    }
    if let Some(member) = root.member("pages_build_output_dir") {
        report.error_with(
            member.at,
            "It looks like you've run a Workers-specific command in a Pages project.",
            "For Pages, run `wrangler pages dev` instead; stepwell dev runs Workers",
        );
        return;
    }
    if let Some(member) = root.member("site") {
        report.error_with(
            member.at,
            "Workers Sites are not supported by stepwell dev, and there is no `main`",
            "add \"main\", or serve the files with \"assets\": { \"directory\": … }",
        );
        return;
    }
    report.error_with_all(
        root.at,
        "Missing entry-point to Worker script or to assets directory",
        [
            "if there is code to run, add for example \"main\": \"src/index.ts\" (relative to this file), or name the script: stepwell dev src/index.ts".to_owned(),
            "if there are only files to serve, add \"assets\": { \"directory\": \"./dist\" }".to_owned(),
        ],
    );
}
