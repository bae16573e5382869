//! Compares every answer with that of a real `wrangler dev`.
//!
//! `fixtures/recorded.json` was written by `record.mjs` with wrangler 4.164.0; `record-sites.mjs` has the sites and requests.
//! [`DIFFERENCES`] are those that are meant.
#![allow(clippy::unwrap_used)] // The helpers of a test are tests too.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use http::request::Parts;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use stepwell_assets::{
    BasePath, Body, HtmlHandling, NotFoundHandling, Route, RunWorkerFirst, Settings, Site,
};

/// Requests that are answered otherwise than by wrangler: the site, how the request begins, and why.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    (
        "http",
        "GET /data.txt {\"range\": \"bytes=0-3\"}",
        "wrangler knows no ranges: a part is answered here, which media players need",
    ),
    ("http", "GET /data.txt {\"range\": \"bytes=4-\"}", "as above"),
    ("http", "GET /data.txt {\"range\": \"bytes=-3\"}", "as above"),
    ("http", "GET /data.txt {\"range\": \"bytes=20-30\"}", "as above"),
    (
        "http",
        "GET /data.txt {\"if-range\": \"etag of /data.txt\", \"range\": \"bytes=0-3\"}",
        "as above",
    ),
    (
        "http",
        "HEAD /kind/a.py {}",
        "the table of types is another one: it knows some more extensions",
    ),
    ("http", "HEAD /kind/a.hdr {}", "as above"),
    (
        "rules",
        "GET /same {}",
        "the proxy of wrangler dev rewrites https:// to http:// for its own host",
    ),
    ("rules", "GET /same?q=1 {}", "as above"),
    (
        "ignored",
        "GET /un%5Bclosed.txt {}",
        "a pattern with an open bracket names that file here, and none in wrangler",
    ),
    (
        "ignored",
        "GET /not.txt {}",
        "[!n] is any character but n, as in Git; wrangler takes it for ! and n",
    ),
    ("ignored", "GET /lot.txt {}", "as above"),
];

/// Files that are not served.
const RULES: [&str; 3] = ["_headers", "_redirects", ".assetsignore"];

#[derive(Deserialize)]
struct Recorded {
    site: Described,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Described {
    name: String,
    date: String,
    #[serde(default)]
    flags: Vec<String>,
    #[serde(default)]
    worker: bool,
    files: BTreeMap<String, String>,
    #[serde(default)]
    links: BTreeMap<String, String>,
    assets: Assets,
}

#[derive(Deserialize)]
struct Assets {
    html_handling: Option<String>,
    not_found_handling: Option<String>,
    base_path: Option<String>,
    run_worker_first: Option<WorkerFirst>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WorkerFirst {
    Always(bool),
    Patterns(Vec<String>),
}

#[derive(Deserialize)]
struct Case {
    method: String,
    target: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    status: u16,
    #[serde(default)]
    answered: Vec<(String, String)>,
    #[serde(default)]
    body: String,
}

impl Described {
    fn write(&self, directory: &Path, with_rules: bool) {
        for (name, contents) in &self.files {
            if RULES.contains(&name.as_str()) && !with_rules {
                continue;
            }
            let path = directory.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, contents).unwrap();
        }
        for (name, to) in &self.links {
            std::os::unix::fs::symlink(to, directory.join(name)).unwrap();
        }
    }

    fn load(&self, directory: &Path) -> Site {
        self.write(directory, true);
        let mut settings = Settings::new(directory);
        let assets = &self.assets;
        if let Some(text) = &assets.html_handling {
            settings.html_handling = HtmlHandling::from_config(text).unwrap();
        }
        if let Some(text) = &assets.not_found_handling {
            settings.not_found_handling = NotFoundHandling::from_config(text).unwrap();
        }
        if let Some(text) = &assets.base_path {
            settings.base_path = BasePath::from_config(text).unwrap();
        }
        match &assets.run_worker_first {
            None => {}
            Some(WorkerFirst::Always(always)) => settings.run_worker_first = (*always).into(),
            Some(WorkerFirst::Patterns(patterns)) => {
                settings.run_worker_first = RunWorkerFirst::from_patterns(patterns).unwrap();
            }
        }
        settings.compatibility_date.clone_from(&self.date);
        settings.compatibility_flags.clone_from(&self.flags);
        settings.has_worker = self.worker;
        Site::load(settings).unwrap()
    }
}

/// A site, and which file has which ETag.
struct Asked<'a> {
    site: &'a Site,
    etags: BTreeMap<String, String>,
}

impl<'a> Asked<'a> {
    /// ETags are of the contents: a site without rules has the same ones, and answers every file at its own path.
    fn new(site: &'a Site, described: &Described) -> Self {
        let directory = tempfile::tempdir().unwrap();
        described.write(directory.path(), false);
        let mut settings = Settings::new(directory.path());
        settings.html_handling = HtmlHandling::None;
        let plain = Site::load(settings).unwrap();
        let names = described.files.keys().map(|name| format!("/{name}"));
        let links = described
            .links
            .keys()
            .flat_map(|link| [format!("/{link}"), format!("/{link}/a.txt")]);
        let etags = names.chain(links).filter_map(|name| {
            let encoded = utf8_percent_encode(&name, NON_ALPHANUMERIC).to_string();
            let mut answer = plain.serve(&request("HEAD", &encoded.replace("%2F", "/"), &[]));
            if let Some(canonical) = answer.headers.get("location") {
                answer = plain.serve(&request("HEAD", canonical.to_str().unwrap(), &[]));
            }
            let etag = answer.headers.get("etag")?.to_str().ok()?.to_owned();
            Some((name, etag))
        });
        Self {
            site,
            etags: etags.collect(),
        }
    }

    fn answer(&self, case: &Case) -> String {
        let headers: Vec<(String, String)> = case
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), self.with_etag(value)))
            .collect();
        let request = request(&case.method, &case.target, &headers);
        let by_binding = case.target.ends_with("?binding");
        if self.site.route(&request) == Route::Worker && !by_binding {
            return "the Worker".to_owned();
        }
        let answer = self.site.serve(&request);
        let mut text = format!("{}\n", answer.status.as_u16());
        let mut lines: Vec<String> = answer
            .headers
            .iter()
            .filter(|(name, _)| *name != "content-length")
            .map(|(name, value)| format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes())))
            .collect();
        lines.sort();
        text.extend(lines);
        if let Body::File { mut file, start, len } = answer.body {
            file.seek(SeekFrom::Start(start)).unwrap();
            file.take(len).read_to_string(&mut text).unwrap();
        }
        text
    }

    /// `text` with the ETag in place of `etag of /name` at its end.
    fn with_etag(&self, text: &str) -> String {
        match text.split_once("etag of ") {
            Some((before, name)) => format!("{before}{}", self.etags[name]),
            None => text.to_owned(),
        }
    }

    fn expected(&self, case: &Case) -> String {
        if case.answered.iter().any(|(name, _)| name == "x-worker") {
            return "the Worker".to_owned();
        }
        let mut text = format!("{}\n", case.status);
        for (name, value) in &case.answered {
            writeln!(text, "{name}: {}", self.with_etag(value)).unwrap();
        }
        text + &case.body
    }
}

fn request(method: &str, target: &str, headers: &[(String, String)]) -> Parts {
    let mut builder = http::Request::builder()
        .method(method)
        .uri(target)
        .header("host", "localhost:8787");
    for (name, value) in headers {
        builder = builder.header(name, value);
    }
    builder.body(()).unwrap().into_parts().0
}

#[test]
fn every_answer_is_that_of_wrangler_dev() {
    let recorded: Vec<Recorded> = serde_json::from_str(include_str!("fixtures/recorded.json")).unwrap();
    let mut problems = String::new();
    let mut cases = 0;
    for Recorded {
        site: described,
        cases: asked,
    } in &recorded
    {
        let directory = tempfile::tempdir().unwrap();
        let site = described.load(directory.path());
        let asking = Asked::new(&site, described);
        for case in asked {
            cases += 1;
            let answer = asking.answer(case);
            let request = format!("{} {} {:?}", case.method, case.target, case.headers);
            let is_meant = DIFFERENCES
                .iter()
                .any(|(of, asked, _)| *of == described.name && *asked == request);
            let expected = asking.expected(case);
            if (answer == expected) == is_meant {
                writeln!(
                    problems,
                    "{}: {request}\n--- wrangler\n{expected}\n--- here\n{answer}\n",
                    described.name
                )
                .unwrap();
            }
        }
    }
    assert!(cases > 1000, "only {cases} cases");
    assert!(problems.is_empty(), "{problems}");
}
