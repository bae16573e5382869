//! The look of the pages, and how text gets into them.

use super::{Asker, STYLE, page};
use crate::body::Answer;
use hyper::StatusCode;
use hyper::header::HeaderMap;
use std::fmt::{self, Display, Write as _};

/// Text that may say anything, as text.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // No text in a page: a browser would make something of its own of it.
                '\0' => f.write_char('\u{fffd}')?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// What all pages have in common.
pub(super) struct Layout<'a> {
    pub(super) status: StatusCode,
    /// What has happened, in a few words.
    pub(super) kind: &'a str,
    /// The large line.
    pub(super) heading: &'a str,
    /// For the tab and for pages that come back by themselves after so many seconds.
    pub(super) refresh_s: Option<u32>,
    /// HTML.
    pub(super) main: &'a str,
    /// What to do: HTML, one item each.
    pub(super) advice: &'a [&'a str],
}

impl Layout<'_> {
    /// The page for `asker`.
    pub(super) fn answer(&self, asker: &Asker) -> Answer {
        let mut out = String::with_capacity(STYLE.len() + self.main.len() + 4096);
        // Writing to a String cannot fail.
        let _ = self.write(&mut out, asker);
        page(self.status, "text/html; charset=utf-8", out)
    }

    fn write(&self, out: &mut String, asker: &Asker) -> fmt::Result {
        let (kind, heading) = (Escaped(self.kind), Escaped(self.heading));
        out.push_str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        out.push_str("<meta name=\"color-scheme\" content=\"light dark\">\n");
        if let Some(seconds) = self.refresh_s {
            writeln!(out, "<meta http-equiv=\"refresh\" content=\"{seconds}\">")?;
        }
        writeln!(
            out,
            "<title>{heading}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>"
        )?;
        write!(
            out,
            "<header><p class=\"kind\"><b>{}</b> {kind}</p>\n<h1>{heading}</h1></header>\n<main>\n{}",
            self.status.as_u16(),
            self.main
        )?;
        out.push_str("<section class=\"advice\"><h2>What to do</h2>\n<ul>\n");
        for item in self.advice {
            writeln!(out, "<li>{item}</li>")?;
        }
        out.push_str("</ul></section>\n");
        request(out, asker)?;
        out.push_str("</main>\n<footer>Answered by <code>stepwell dev</code>, not by the Worker.</footer>\n");
        out.push_str("</body>\n</html>\n");
        Ok(())
    }
}

/// The request that was made, without what is nobody's business.
fn request(out: &mut String, asker: &Asker) -> fmt::Result {
    writeln!(
        out,
        "<section><h2>Request</h2>\n<p class=\"line\"><b>{}</b> <code>{}</code></p>",
        Escaped(asker.method.as_str()),
        Escaped(&asker.url)
    )?;
    headers(out, &asker.headers)?;
    out.push_str("</section>\n");
    Ok(())
}

fn headers(out: &mut String, headers: &HeaderMap) -> fmt::Result {
    out.push_str("<details><summary>Headers</summary>\n<table>\n");
    for (name, value) in headers {
        let text = String::from_utf8_lossy(value.as_bytes());
        let shown = if is_secret(name.as_str()) {
            "<i>not shown</i>".to_owned()
        } else {
            Escaped(&text).to_string()
        };
        writeln!(
            out,
            "<tr><th>{}</th><td>{shown}</td></tr>",
            Escaped(name.as_str())
        )?;
    }
    out.push_str("</table></details>\n");
    Ok(())
}

/// Whether a header carries what proves who somebody is: pages are shown around and photographed.
fn is_secret(name: &str) -> bool {
    name.contains("cookie")
        || [
            "authorization",
            "token",
            "secret",
            "password",
            "api-key",
            "apikey",
            "jwt",
        ]
        .iter()
        .any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        let text = Escaped("<script>alert('\"&')</script>\0").to_string();
        assert_eq!(
            text,
            "&lt;script&gt;alert(&#39;&quot;&amp;&#39;)&lt;/script&gt;\u{fffd}"
        );
    }

    #[test]
    fn proofs_of_identity_are_secrets() {
        for name in [
            "cookie",
            "authorization",
            "x-api-key",
            "cf-access-jwt-assertion",
            "x-auth-token",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["accept", "user-agent", "host", "cf-connecting-ip"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
