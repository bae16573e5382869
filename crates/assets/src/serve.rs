//! What the assets answer, as Cloudflare's asset worker does.

use std::io::ErrorKind;

use http::header::{
    ACCEPT_RANGES, AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, LOCATION, RANGE,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::answer::{Answer, Body};
use crate::lookup::Found;
use crate::manifest::{Asset, Opened};
use crate::range::{self, Wanted};
use crate::rules::redirects::Redirect;
use crate::site::Site;
use crate::target::{Target, decode, encode, hash, search};
use crate::{NotFoundHandling, RunWorkerFirst};

const CF_CACHE_STATUS: HeaderName = HeaderName::from_static("cf-cache-status");
const CACHE_AND_REVALIDATE: HeaderValue = HeaderValue::from_static("public, max-age=0, must-revalidate");

/// What a request leads to.
enum Decision<'a> {
    File(StatusCode, &'a Asset),
    Redirect(StatusCode, String),
    /// An answer without a body, which is nevertheless that of the assets.
    Status(StatusCode),
    /// Nothing that the assets know.
    Nothing,
}

impl Site {
    /// The answer of the assets, on the Worker port and through the binding. Blocks: it opens a file, and reads it if it is new.
    pub fn serve(&self, request: &Parts) -> Answer {
        let Some(target) = Target::of(request) else {
            return Answer::empty(StatusCode::BAD_REQUEST);
        };
        if self.is_outside(&target) {
            return Answer::empty(StatusCode::NOT_FOUND);
        }
        let handling = self.settings().not_found_handling;
        let mut answer = match self.decide(request, &target, handling) {
            Decision::File(status, asset) => file_answer(request, status, asset),
            Decision::Redirect(status, location) => redirect_answer(status, &location),
            Decision::Status(status) => Answer::empty(status),
            Decision::Nothing => Answer::empty(StatusCode::NOT_FOUND),
        };
        self.headers.apply(&target, &mut answer.headers);
        answer
    }

    /// Whether the assets answer a request that no pattern of `run_worker_first` decides.
    pub(crate) fn can_answer(&self, request: &Parts, target: &Target) -> bool {
        if self.is_outside(target) {
            return false;
        }
        let settings = self.settings();
        let has_patterns = matches!(settings.run_worker_first, RunWorkerFirst::Patterns(_));
        let navigates = request
            .headers
            .get("sec-fetch-mode")
            .is_some_and(|mode| mode == "navigate");
        // Otherwise a single-page application would never let a request through to its Worker.
        let handling = if has_patterns || (navigates && settings.navigation_prefers_assets()) {
            settings.not_found_handling
        } else {
            NotFoundHandling::None
        };
        !matches!(self.decide(request, target, handling), Decision::Nothing)
    }

    fn is_outside(&self, target: &Target) -> bool {
        let base = &self.settings().base_path;
        base.strip(&decode(target.path())).is_none()
    }

    fn decide(&self, request: &Parts, target: &Target, handling: NotFoundHandling) -> Decision<'_> {
        let mut path = target.path().to_owned();
        let mut proxied = false;
        if let Some(Redirect { status, to }) = self.redirects.find(target) {
            let Ok(destination) = target.url().join(&to) else {
                return Decision::Status(StatusCode::INTERNAL_SERVER_ERROR);
            };
            if status != StatusCode::OK {
                return Decision::Redirect(status, location(target, &destination));
            }
            destination.path().clone_into(&mut path);
            proxied = true;
        }
        let decoded = decode(&path);
        let Some(found) = self.find(&decoded, proxied, handling) else {
            return if proxied {
                Decision::Status(StatusCode::NOT_FOUND)
            } else {
                Decision::Nothing
            };
        };
        if ![Method::GET, Method::HEAD].contains(&request.method) {
            return Decision::Status(StatusCode::METHOD_NOT_ALLOWED);
        }
        let (status, file) = match found {
            Found::Redirect(to) => {
                let to = self.settings().base_path.add(&to);
                return canonical(target, &to);
            }
            Found::File(file) => (StatusCode::OK, file),
            Found::NotFoundPage(file) => (StatusCode::NOT_FOUND, file),
        };
        // A file is answered at one way to write its path only.
        if encode(&decoded) != path {
            return canonical(target, &decoded);
        }
        match self.lookup(handling).manifest.get(&file) {
            Some(asset) => Decision::File(status, asset),
            None => Decision::Nothing,
        }
    }

    fn find(&self, decoded: &str, proxied: bool, handling: NotFoundHandling) -> Option<Found> {
        let base = &self.settings().base_path;
        let lookup = self.lookup(handling);
        let inside = base.strip(decoded)?;
        if !proxied && !base.is_root() {
            let root = lookup.base_root(decoded, base.without_slash());
            if root.is_some() {
                return root;
            }
        }
        lookup.find(inside)
    }
}

fn canonical<'a>(target: &Target, path: &str) -> Decision<'a> {
    let location = encode(path) + &target.search();
    Decision::Redirect(StatusCode::TEMPORARY_REDIRECT, location)
}

/// What a redirect says: without the host if it is the same one, with the request's query if it has none itself.
fn location(target: &Target, destination: &url::Url) -> String {
    let mut query = search(destination);
    if query.is_empty() {
        query = target.search();
    }
    let hash = hash(destination);
    if destination.origin() == target.url().origin() {
        return format!("{}{query}{hash}", destination.path());
    }
    let mut bare = destination.clone();
    bare.set_query(None);
    bare.set_fragment(None);
    format!("{bare}{query}{hash}")
}

fn redirect_answer(status: StatusCode, location: &str) -> Answer {
    let mut answer = Answer::empty(status);
    match HeaderValue::from_str(location) {
        Ok(location) => {
            answer.headers.insert(LOCATION, location);
        }
        Err(_) => answer.status = StatusCode::INTERNAL_SERVER_ERROR,
    }
    answer
}

fn file_answer(request: &Parts, status: StatusCode, asset: &Asset) -> Answer {
    let opened = match asset.open() {
        Ok(opened) => opened,
        // It has gone since the site was loaded.
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Answer::empty(StatusCode::NOT_FOUND);
        }
        Err(_) => return Answer::empty(StatusCode::INTERNAL_SERVER_ERROR),
    };
    let headers = file_headers(&request.headers, asset, &opened.etag);
    if matches_etag(&request.headers, &opened.etag) {
        return Answer {
            status: StatusCode::NOT_MODIFIED,
            headers,
            body: Body::Empty,
        };
    }
    with_body(request, status, headers, opened)
}

fn with_body(request: &Parts, status: StatusCode, mut headers: HeaderMap, opened: Opened) -> Answer {
    let len = opened.len;
    // A page that says that something is not there has no parts, and `HEAD` has no ranges (RFC 9110, 14.2).
    let wanted = if status == StatusCode::OK && request.method == Method::GET {
        range::wanted(&request.headers, &opened.etag, len)
    } else {
        Wanted::All
    };
    let (status, start, end, content_range) = match wanted {
        Wanted::All => (status, 0, len, None),
        Wanted::Part(first, last) => (
            StatusCode::PARTIAL_CONTENT,
            first,
            last + 1,
            Some(format!("bytes {first}-{last}/{len}")),
        ),
        Wanted::Beyond => (
            StatusCode::RANGE_NOT_SATISFIABLE,
            0,
            0,
            Some(format!("bytes */{len}")),
        ),
    };
    headers.insert(CONTENT_LENGTH, (end - start).into());
    if let Some(range) = content_range.and_then(|range| HeaderValue::try_from(range).ok()) {
        headers.insert(CONTENT_RANGE, range);
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    }
    let body = if request.method == Method::HEAD || start == end {
        Body::Empty
    } else {
        Body::File {
            file: opened.file,
            start,
            len: end - start,
        }
    };
    Answer {
        status,
        headers,
        body,
    }
}

fn file_headers(request: &HeaderMap, asset: &Asset, etag: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Ok(etag) = HeaderValue::try_from(format!("\"{etag}\"")) {
        headers.insert(ETAG, etag);
    }
    if let Some(kind) = asset.content_type() {
        headers.insert(CONTENT_TYPE, kind.clone());
    }
    if !request.contains_key(AUTHORIZATION) && !request.contains_key(RANGE) {
        headers.insert(CACHE_CONTROL, CACHE_AND_REVALIDATE);
    }
    headers.insert(CF_CACHE_STATUS, HeaderValue::from_static("HIT"));
    headers
}

/// As the asset worker compares: one ETag, strong or weak, and no list.
fn matches_etag(request: &HeaderMap, etag: &str) -> bool {
    request
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.strip_prefix("W/").unwrap_or(value) == format!("\"{etag}\""))
}
