//! A site as its callers use it: a directory, requests, answers.
#![allow(clippy::unwrap_used, reason = "a failed test may panic")]

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use http::request::Parts;
use std::sync::Arc;
use stepwell_assets::{
    Answer, Body, Contents, Error, HtmlHandling, NotFoundHandling, Route, RunWorkerFirst, Settings, Site,
    UploadedConfig, UploadedFile,
};

fn write(directory: &Path, files: &[(&str, &str)]) {
    for (name, contents) in files {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }
}

fn get(uri: &str) -> Parts {
    http::Request::builder().uri(uri).body(()).unwrap().into_parts().0
}

fn text(answer: Answer) -> String {
    match answer.body {
        Body::Empty => String::new(),
        Body::File { mut file, start, len } => {
            let mut text = String::new();
            file.seek(SeekFrom::Start(start)).unwrap();
            file.take(len).read_to_string(&mut text).unwrap();
            text
        }
    }
}

#[test]
fn an_edit_shows_at_once_and_has_another_etag() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), &[("a.txt", "old")]);
    let site = Site::load(Settings::new(directory.path())).unwrap();
    let old = site.serve(&get("/a.txt"));
    write(directory.path(), &[("a.txt", "newer")]);
    let new = site.serve(&get("/a.txt"));
    assert_ne!(old.headers["etag"], new.headers["etag"]);
    assert_eq!(new.headers["content-length"], "5");
    assert_eq!(text(new), "newer");
    write(directory.path(), &[("a.txt", "old")]);
    assert_eq!(old.headers["etag"], site.serve(&get("/a.txt")).headers["etag"]);
}

#[test]
fn files_come_and_go_with_a_refresh() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), &[("a.txt", "a")]);
    let site = Site::load(Settings::new(directory.path())).unwrap();
    write(directory.path(), &[("b.txt", "b")]);
    fs::remove_file(directory.path().join("a.txt")).unwrap();
    assert_eq!(site.serve(&get("/a.txt")).status, 404);
    assert_eq!(site.serve(&get("/b.txt")).status, 404);
    let site = site.refresh().unwrap();
    assert_eq!(text(site.serve(&get("/b.txt"))), "b");
}

#[test]
fn what_assetsignore_names_is_not_there() {
    let directory = tempfile::tempdir().unwrap();
    write(
        directory.path(),
        &[
            (
                ".assetsignore",
                "# comment\n*.map\r\n/private/\n!keep.map\nUPPER\n",
            ),
            ("_headers", ""),
            ("_redirects", ""),
            ("sub/_headers", "served"),
            ("a.map", ""),
            ("deep/b.map", ""),
            ("keep.map", ""),
            ("private/keep.map", ""),
            ("upper", ""),
            ("_worker.js", ""),
        ],
    );
    let site = Site::load(Settings::new(directory.path())).unwrap();
    for (path, status) in [
        ("/.assetsignore", 404),
        ("/_headers", 404),
        ("/_redirects", 404),
        ("/sub/_headers", 200),
        ("/a.map", 404),
        ("/deep/b.map", 404),
        ("/keep.map", 200),
        ("/private/keep.map", 404),
        ("/upper", 404),
        ("/_worker.js", 200),
    ] {
        assert_eq!(site.serve(&get(path)).status, status, "{path}");
    }
}

#[test]
fn a_directory_that_cannot_be_served_says_why() {
    let directory = tempfile::tempdir().unwrap();
    let load = |name: &str| Site::load(Settings::new(directory.path().join(name))).unwrap_err();
    write(
        directory.path(),
        &[
            ("pages/_worker.js", ""),
            ("bundle/_worker.js/index.js", ""),
            ("file", ""),
        ],
    );
    assert!(matches!(load("none"), Error::NoDirectory(_)));
    assert!(matches!(load("file"), Error::NotADirectory(_)));
    assert!(matches!(load("pages"), Error::PagesWorker { kind: "file" }));
    assert!(matches!(load("bundle"), Error::PagesWorker { kind: "directory" }));
    let big = directory.path().join("big");
    fs::create_dir(&big).unwrap();
    let file = fs::File::create(big.join("video.mp4")).unwrap();
    file.set_len(25 * 1024 * 1024).unwrap();
    assert!(Site::load(Settings::new(&big)).is_ok());
    file.set_len(26 * 1024 * 1024).unwrap();
    let error = load("big").to_string();
    assert!(error.contains("video.mp4 with a size of 26 MiB."), "{error}");
    let binary = directory.path().join("binary");
    fs::create_dir(&binary).unwrap();
    fs::write(binary.join(".assetsignore"), [0xff]).unwrap();
    assert!(matches!(load("binary"), Error::IgnoreFileNotText(_)));
}

#[cfg(unix)]
#[test]
fn symbolic_links_are_followed_and_end() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), &[("far.txt", "far")]);
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), &[("sub/near.txt", "near")]);
    symlink(outside.path(), directory.path().join("out")).unwrap();
    symlink("sub/near.txt", directory.path().join("link.txt")).unwrap();
    symlink("..", directory.path().join("sub/up")).unwrap();
    symlink("nowhere", directory.path().join("broken.txt")).unwrap();
    let site = Site::load(Settings::new(directory.path())).unwrap();
    assert_eq!(text(site.serve(&get("/out/far.txt"))), "far");
    assert_eq!(text(site.serve(&get("/link.txt"))), "near");
    assert_eq!(site.serve(&get("/broken.txt")).status, 404);
}

#[test]
fn rules_that_are_wrong_are_reported_with_file_and_line() {
    let directory = tempfile::tempdir().unwrap();
    write(
        directory.path(),
        &[
            ("_headers", "/a\n x: 1\n/b\n nothing\n"),
            ("_redirects", "/a /b 404\n/c /d\n"),
        ],
    );
    let site = Site::load(Settings::new(directory.path())).unwrap();
    let [redirects, headers] = site.rules_files() else {
        panic!("{:?}", site.rules_files());
    };
    assert_eq!(redirects.summary(), "✨ Parsed 1 valid redirect rule.");
    assert_eq!(
        redirects.warning(directory.path()).unwrap(),
        "Found 1 invalid redirect rule:\n\
         ▶︎ Valid status codes are 200, 301, 302 (default), 303, 307, or 308. Got 404.\n    at _redirects:1 | /a /b 404\n\n"
    );
    assert_eq!(headers.summary(), "✨ Parsed 1 valid header rule.");
    assert_eq!(
        headers.warning(directory.path()).unwrap(),
        "Found 2 invalid header rules:\n\
         ▶︎ Expected a colon-separated header pair (e.g. name: value)\n    at _headers:4 | nothing\n\n\
         ▶︎ No headers specified\n    at _headers:3 | /b\n\n"
    );
    assert_eq!(site.warnings().len(), 2);
}

#[test]
fn a_worker_first_needs_a_worker_and_wants_a_binding() {
    let directory = tempfile::tempdir().unwrap();
    let mut settings = Settings::new(directory.path());
    settings.run_worker_first = RunWorkerFirst::Always;
    let error = Site::load(settings.clone()).unwrap_err();
    assert!(matches!(error, Error::WorkerFirstWithoutWorker));
    settings.has_worker = true;
    let site = Site::load(settings.clone()).unwrap();
    assert_eq!(site.route(&get("/")), Route::Worker);
    assert!(site.warnings()[0].starts_with("run_worker_first=true set without an assets binding"));
    settings.has_binding = true;
    assert_eq!(Site::load(settings).unwrap().warnings(), Vec::<String>::new());
}

#[test]
fn a_range_is_answered_with_that_part() {
    let directory = tempfile::tempdir().unwrap();
    write(directory.path(), &[("a.txt", "0123456789"), ("404.html", "none")]);
    let mut settings = Settings::new(directory.path());
    settings.not_found_handling = NotFoundHandling::NotFoundPage;
    let site = Site::load(settings).unwrap();
    let ranged = |method: &str, uri: &str, range: &str| {
        let mut request = get(uri);
        request.method = method.parse().unwrap();
        request.headers.insert("range", range.parse().unwrap());
        site.serve(&request)
    };
    let part = ranged("GET", "/a.txt", "bytes=2-4");
    assert_eq!(part.status, 206);
    assert_eq!(part.headers["content-range"], "bytes 2-4/10");
    assert_eq!(part.headers["content-length"], "3");
    assert_eq!(text(part), "234");
    let beyond = ranged("GET", "/a.txt", "bytes=10-");
    assert_eq!(beyond.status, 416);
    assert_eq!(beyond.headers["content-range"], "bytes */10");
    assert_eq!(text(beyond), "");
    assert_eq!(ranged("HEAD", "/a.txt", "bytes=2-4").status, 200);
    let page = ranged("GET", "/none", "bytes=0-1");
    assert_eq!(page.status, 404);
    assert_eq!(text(page), "none");
}

#[test]
fn a_refused_setting_says_what_is_possible() {
    let error = HtmlHandling::from_config("auto").unwrap_err().to_string();
    assert_eq!(
        error,
        "Expected \"assets.html_handling\" field to be one of [\"auto-trailing-slash\",\"force-trailing-slash\",\"drop-trailing-slash\",\"none\"] but got \"auto\"."
    );
    let error = NotFoundHandling::from_config("spa").unwrap_err().to_string();
    assert_eq!(
        error,
        "Expected \"assets.not_found_handling\" field to be one of [\"single-page-application\",\"404-page\",\"none\"] but got \"spa\"."
    );
}

/// Contents in memory, as far as a test can tell.
struct InMemory(tempfile::TempDir);

impl Contents for InMemory {
    fn open(&self, name: &str) -> std::io::Result<fs::File> {
        fs::File::open(self.0.path().join(name))
    }
}

#[test]
fn an_upload_is_a_site_without_a_directory() {
    let kept = tempfile::tempdir().unwrap();
    write(kept.path(), &[("blob1", "<p>home"), ("blob2", "0123456789")]);
    let contents: Arc<dyn Contents> = Arc::new(InMemory(kept));
    let file = |path: &str, name: &str, content_type: Option<&str>| UploadedFile {
        path: path.to_owned(),
        name: name.to_owned(),
        etag: format!("hash-of-{name}"),
        content_type: content_type.map(str::to_owned),
    };
    let files = [
        file("/index.html", "blob1", Some("text/html; charset=utf-8")),
        file("/für dich.txt", "blob2", None),
        file("/gone.txt", "blob3", None),
    ];
    let config = serde_json::json!({
        "_redirects": "/old /new 301\n", "_headers": "/*\n  x-site: yes\n", "html_handling": "auto-trailing-slash",
    });
    let mut config = UploadedConfig::from_json(&config).unwrap();
    config.settings.has_worker = true;
    let site = config.site(files, &contents).unwrap();
    let answer = site.serve(&get("/"));
    assert_eq!(answer.headers["etag"], "\"hash-of-blob1\"");
    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(answer.headers["x-site"], "yes");
    assert_eq!(text(answer), "<p>home");
    assert_eq!(site.serve(&get("/index.html")).status, 307);
    let answer = site.serve(&get("/old"));
    assert_eq!(
        (answer.status.as_u16(), &answer.headers["location"]),
        (301, &"/new".parse().unwrap())
    );
    let mut part = get("/f%C3%BCr%20dich.txt");
    part.headers.insert("range", "bytes=2-4".parse().unwrap());
    let answer = site.serve(&part);
    assert!(!answer.headers.contains_key("content-type"));
    assert_eq!((answer.status.as_u16(), text(answer)), (206, "234".to_owned()));
    let mut known = get("/");
    known
        .headers
        .insert("if-none-match", "\"hash-of-blob1\"".parse().unwrap());
    assert_eq!(site.serve(&known).status, 304);
    assert_eq!(site.serve(&get("/gone.txt")).status, 404);
    assert_eq!(site.route(&get("/nothing")), Route::Worker);
    assert_eq!(site.route(&get("/")), Route::Asset);
    assert_eq!(site.rules_files().len(), 2);
}

#[test]
fn an_upload_without_a_worker_cannot_run_it_first() {
    let contents: Arc<dyn Contents> = Arc::new(InMemory(tempfile::tempdir().unwrap()));
    let config = UploadedConfig::from_json(&serde_json::json!({ "run_worker_first": true })).unwrap();
    let error = config.site([], &contents).unwrap_err();
    assert!(matches!(error, Error::WorkerFirstWithoutWorker), "{error}");
}
