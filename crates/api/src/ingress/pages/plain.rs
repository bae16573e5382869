//! What strangers get where the Worker does not answer: a number, and nothing of the code.

use super::html::Escaped;
use super::{Asker, STYLE, Wants, page, text};
use crate::body::Answer;
use hyper::StatusCode;
use std::fmt::{self, Write as _};

/// A failure, in the words of Cloudflare's pages.
pub(in crate::ingress) struct Failure<'a> {
    pub(in crate::ingress) status: StatusCode,
    /// Cloudflare's number for it, or the status.
    pub(in crate::ingress) code: u16,
    pub(in crate::ingress) title: &'a str,
    /// What has happened, and what a visitor can do.
    pub(in crate::ingress) what: &'a str,
    /// What there is instead, for whoever runs the server.
    pub(in crate::ingress) there: Option<&'a There>,
}

/// What a server has.
#[derive(Debug)]
pub(in crate::ingress) struct There {
    /// Addresses that are answered.
    pub(in crate::ingress) hosts: Vec<String>,
    /// Workers that no address leads to.
    pub(in crate::ingress) without_host: Vec<String>,
}

impl There {
    /// Each list that is not empty, with what it is headed with.
    fn lists(&self) -> impl Iterator<Item = (&'static str, &[String])> {
        let hidden = "These Workers are deployed and have no address (their own is switched off, as with workers_dev = false, and no route leads to them):";
        let lists = [
            ("These addresses are answered:", self.hosts.as_slice()),
            (hidden, self.without_host.as_slice()),
        ];
        let none = self.hosts.is_empty() && self.without_host.is_empty();
        let nothing = none.then_some(("None is deployed yet", &[][..]));
        lists
            .into_iter()
            .filter(|(_, list)| !list.is_empty())
            .chain(nothing)
    }
}

/// How many addresses are listed.
const HOSTS_SHOWN: usize = 50;

impl Failure<'_> {
    /// The answer to `asker`.
    pub(in crate::ingress) fn answer(&self, asker: &Asker) -> Answer {
        let mut out = String::new();
        // Writing to a String cannot fail.
        if asker.wants == Wants::Html {
            let _ = self.write_html(&mut out, asker);
            page(self.status, "text/html; charset=utf-8", out)
        } else {
            let _ = self.write_text(&mut out);
            text(self.status, out)
        }
    }

    fn write_text(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "error code: {}", self.code)?;
        let Some(there) = self.there else {
            return Ok(());
        };
        write!(out, "{}. ", self.title)?;
        for (heading, list) in there.lists() {
            writeln!(out, "{heading}")?;
            for host in list.iter().take(HOSTS_SHOWN) {
                writeln!(out, "  {host}")?;
            }
        }
        Ok(())
    }

    fn write_html(&self, out: &mut String, asker: &Asker) -> fmt::Result {
        let (code, title) = (self.code, Escaped(self.title));
        writeln!(
            out,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"
        )?;
        writeln!(
            out,
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"robots\" content=\"noindex\">"
        )?;
        writeln!(
            out,
            "<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>"
        )?;
        writeln!(
            out,
            "<header><p class=\"kind\"><b>Error {code}</b></p>\n<h1>{title}</h1></header>"
        )?;
        writeln!(
            out,
            "<main><section><p class=\"detail\">{}</p></section>",
            Escaped(self.what)
        )?;
        for (heading, list) in self.there.into_iter().flat_map(There::lists) {
            writeln!(out, "<section><h2>{heading}</h2>\n<ul>")?;
            for host in list.iter().take(HOSTS_SHOWN) {
                writeln!(out, "<li><code>{}</code></li>", Escaped(host))?;
            }
            out.push_str("</ul></section>\n");
        }
        out.push_str("</main>\n");
        if let Some(ray) = &asker.ray {
            writeln!(out, "<footer>Ray ID: <code>{}</code></footer>", ray.id())?;
        }
        out.push_str("</body>\n</html>\n");
        Ok(())
    }
}
