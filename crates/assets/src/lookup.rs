//! Which file a path leads to: `html_handling` and `not_found_handling`.

use crate::manifest::Manifest;
use crate::{HtmlHandling, NotFoundHandling};

/// Where a path leads. Paths are decoded, and inside the directory.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// To a file, at this path of the manifest.
    File(String),
    /// To the file that says that nothing is there.
    NotFoundPage(String),
    /// To another path.
    Redirect(String),
}

/// A manifest and what to make of its names.
#[derive(Clone, Copy)]
pub(crate) struct Lookup<'a> {
    /// The files.
    pub(crate) manifest: &'a Manifest,
    /// Which paths lead to HTML files.
    pub(crate) html_handling: HtmlHandling,
    /// What answers when no file does.
    pub(crate) not_found_handling: NotFoundHandling,
}

impl Lookup<'_> {
    /// Where `path` leads; `None` if nowhere.
    pub(crate) fn find(&self, path: &str) -> Option<Found> {
        self.resolve(path, true)
    }

    /// Where the root of a site under a base path redirects, if `path` is that root written the other way; `base` has no slash
    /// at the end.
    pub(crate) fn base_root(&self, path: &str, base: &str) -> Option<Found> {
        let to = match self.html_handling {
            HtmlHandling::AutoTrailingSlash | HtmlHandling::ForceTrailingSlash => {
                (path == base).then_some("/")
            }
            HtmlHandling::DropTrailingSlash => (path.strip_suffix('/') == Some(base)).then_some(""),
            HtmlHandling::None => None,
        }?;
        self.manifest
            .contains("/index.html")
            .then(|| Found::Redirect(to.to_owned()))
    }

    fn resolve(&self, path: &str, redirects: bool) -> Option<Found> {
        let by_name = match self.html_handling {
            HtmlHandling::AutoTrailingSlash => self.auto(path, redirects),
            HtmlHandling::ForceTrailingSlash => self.force(path, redirects),
            HtmlHandling::DropTrailingSlash => self.drop(path, redirects),
            HtmlHandling::None => self.file(path),
        };
        by_name.or_else(|| self.not_found(path))
    }

    fn auto(&self, path: &str, redirects: bool) -> Option<Found> {
        let redirect = |file: &str, to: &str| self.redirect(file, to, redirects);
        let special = match Shape::of(path) {
            Shape::Index(stem) => self
                .file(path)
                .or_else(|| redirect(&format!("{path}.html"), &format!("{stem}/")))
                .or_else(|| redirect(&format!("{stem}.html"), stem)),
            Shape::IndexHtml(stem) => {
                redirect(path, &format!("{stem}/")).or_else(|| redirect(&format!("{stem}.html"), stem))
            }
            Shape::Slash(stem) => self
                .file(&format!("{path}index.html"))
                .or_else(|| redirect(&format!("{stem}.html"), stem)),
            Shape::Html(stem) => {
                redirect(path, stem).or_else(|| redirect(&format!("{stem}/index.html"), &format!("{stem}/")))
            }
            Shape::Other => None,
        };
        special
            .or_else(|| self.file(path))
            .or_else(|| self.file(&format!("{path}.html")))
            .or_else(|| redirect(&format!("{path}/index.html"), &format!("{path}/")))
    }

    fn force(&self, path: &str, redirects: bool) -> Option<Found> {
        let redirect = |file: &str, to: &str| self.redirect(file, to, redirects);
        let special = match Shape::of(path) {
            Shape::Index(stem) => self
                .file(path)
                .or_else(|| redirect(&format!("{path}.html"), &format!("{stem}/")))
                .or_else(|| redirect(&format!("{stem}.html"), &format!("{stem}/"))),
            Shape::IndexHtml(stem) => redirect(path, &format!("{stem}/"))
                .or_else(|| redirect(&format!("{stem}.html"), &format!("{stem}/"))),
            Shape::Slash(stem) => self
                .file(&format!("{path}index.html"))
                .or_else(|| self.file(&format!("{stem}.html"))),
            Shape::Html(stem) => redirect(path, &format!("{stem}/"))
                // With both /foo.html and /foo/index.html, the former is at its own path only.
                .or_else(|| self.file(path))
                .or_else(|| redirect(&format!("{stem}/index.html"), &format!("{stem}/"))),
            Shape::Other => None,
        };
        special
            .or_else(|| self.file(path))
            .or_else(|| redirect(&format!("{path}.html"), &format!("{path}/")))
            .or_else(|| redirect(&format!("{path}/index.html"), &format!("{path}/")))
    }

    fn drop(&self, path: &str, redirects: bool) -> Option<Found> {
        let redirect = |file: &str, to: &str| self.redirect(file, to, redirects);
        let special = match Shape::of(path) {
            // The root keeps its slash.
            Shape::Index("") => self.file(path).or_else(|| redirect("/index.html", "/")),
            Shape::IndexHtml("") => redirect("/index.html", "/"),
            Shape::Slash("") => self.file("/index.html"),
            Shape::Index(stem) => self
                .file(path)
                .or_else(|| redirect(&format!("{stem}.html"), stem))
                .or_else(|| redirect(&format!("{path}.html"), stem)),
            Shape::IndexHtml(stem) => redirect(path, stem)
                // With both /foo.html and /foo/index.html, the latter is at its own path only.
                .or_else(|| self.file(path))
                .or_else(|| redirect(&format!("{stem}.html"), stem)),
            Shape::Slash(stem) => redirect(&format!("{stem}.html"), stem)
                .or_else(|| redirect(&format!("{stem}/index.html"), stem)),
            Shape::Html(stem) => {
                redirect(path, stem).or_else(|| redirect(&format!("{stem}/index.html"), stem))
            }
            Shape::Other => None,
        };
        special
            .or_else(|| self.file(path))
            .or_else(|| self.file(&format!("{path}.html")))
            .or_else(|| self.file(&format!("{path}/index.html")))
    }

    fn file(&self, path: &str) -> Option<Found> {
        self.manifest.contains(path).then(|| Found::File(path.to_owned()))
    }

    /// A redirect to `to`, if that is where `file` is answered.
    fn redirect(&self, file: &str, to: &str, redirects: bool) -> Option<Found> {
        if !redirects || self.manifest.contains(to) {
            return None;
        }
        match self.resolve(to, false)? {
            Found::File(path) | Found::NotFoundPage(path) if path == file => {
                Some(Found::Redirect(to.to_owned()))
            }
            _ => None,
        }
    }

    fn not_found(&self, path: &str) -> Option<Found> {
        match self.not_found_handling {
            NotFoundHandling::SinglePageApplication => self.file("/index.html"),
            NotFoundHandling::NotFoundPage => {
                let mut directory = path;
                while let Some((parent, _)) = directory.rsplit_once('/') {
                    let page = format!("{parent}/404.html");
                    if self.manifest.contains(&page) {
                        return Some(Found::NotFoundPage(page));
                    }
                    directory = parent;
                }
                None
            }
            NotFoundHandling::None => None,
        }
    }
}

/// How a path ends, with what is before that.
enum Shape<'a> {
    Index(&'a str),
    IndexHtml(&'a str),
    Slash(&'a str),
    Html(&'a str),
    Other,
}

impl<'a> Shape<'a> {
    fn of(path: &'a str) -> Self {
        if let Some(stem) = path.strip_suffix("/index") {
            Self::Index(stem)
        } else if let Some(stem) = path.strip_suffix("/index.html") {
            Self::IndexHtml(stem)
        } else if let Some(stem) = path.strip_suffix('/') {
            Self::Slash(stem)
        } else if let Some(stem) = path.strip_suffix(".html") {
            Self::Html(stem)
        } else {
            Self::Other
        }
    }
}
