//! The page for an exception that the Worker's code did not catch.

use super::html::{Escaped, Layout};
use super::plain::Failure;
use super::{Asker, Wants, json, text};
use crate::body::Answer;
use crate::ingress::explain::{ErrorExplainer, Explained, Frame};
use crate::ingress::thrown::Thrown;
use hyper::StatusCode;
use serde_json::{Value, json};
use std::fmt::{self, Write as _};

const ADVICE: [&str; 3] = [
    "Correct the code and save: Stepwell reloads it. Then load this page again.",
    "An error that you expect: catch it in <code>fetch()</code> and return a <code>Response</code> that says what happened.",
    "The terminal has the whole stack.",
];

/// What strangers are told: Cloudflare's error 1101.
pub(super) const THREW: Failure<'_> = Failure {
    status: StatusCode::INTERNAL_SERVER_ERROR,
    code: 1101,
    title: "Worker threw exception",
    what: "The site's code failed while it answered this request. Try again later; whoever runs the site finds the reason in its logs under the Ray ID.",
    there: None,
};

/// The answer to `asker` when the Worker threw `thrown`.
pub(in crate::ingress) fn uncaught(
    thrown: &Thrown,
    asker: &Asker,
    explainer: Option<&dyn ErrorExplainer>,
) -> Answer {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    if asker.ray.is_some() {
        return THREW.answer(asker);
    }
    let chain = thrown.explained(explainer);
    match asker.wants {
        Wants::Html => Layout {
            status,
            kind: "Uncaught exception in the Worker",
            heading: &thrown.title(),
            refresh_s: None,
            main: &sections(&chain),
            advice: &ADVICE,
        }
        .answer(asker),
        Wants::Json => json(status, &object(&chain)),
        Wants::Text => {
            let stacks: Vec<&str> = chain
                .iter()
                .map(|(_, explained)| explained.stack.as_str())
                .collect();
            text(status, format!("{}\n", stacks.join("\nCaused by: ")))
        }
    }
}

/// `{name, message, stack, cause?}`, as the Worker's own error.
fn object(chain: &[(&Thrown, Explained)]) -> Value {
    let mut object = Value::Null;
    for (thrown, explained) in chain.iter().rev() {
        let cause = object;
        object = json!({ "name": thrown.name, "message": thrown.message, "stack": explained.stack });
        if !cause.is_null() {
            object["cause"] = cause;
        }
    }
    object
}

fn sections(chain: &[(&Thrown, Explained)]) -> String {
    let mut out = String::new();
    for (index, (thrown, explained)) in chain.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = section(&mut out, index > 0, thrown, explained);
    }
    out
}

fn section(out: &mut String, is_cause: bool, thrown: &Thrown, explained: &Explained) -> fmt::Result {
    out.push_str("<section class=\"stack\">");
    if is_cause {
        writeln!(
            out,
            "<h2>Caused by</h2>\n<p class=\"cause\">{}</p>",
            Escaped(&thrown.title())
        )?;
    } else {
        out.push_str("<h2>Stack</h2>\n");
    }
    if explained.frames.is_empty() {
        writeln!(out, "<pre class=\"raw\">{}</pre>", Escaped(&explained.stack))?;
    } else {
        out.push_str("<ol>\n");
        // The first is where to look; the others unfold.
        let first = explained
            .frames
            .iter()
            .position(|frame| frame.is_user && frame.excerpt.is_some());
        for (index, each) in explained.frames.iter().enumerate() {
            frame(out, each, first == Some(index))?;
        }
        out.push_str("</ol>\n");
    }
    out.push_str("</section>\n");
    Ok(())
}

fn frame(out: &mut String, frame: &Frame, open: bool) -> fmt::Result {
    let class = if frame.is_user { "user" } else { "library" };
    let function = frame.function.as_deref().unwrap_or("(anonymous)");
    let head = format!(
        "<span class=\"function\">{}</span> <span class=\"place\">{}:{}:{}</span>",
        Escaped(function),
        Escaped(&frame.file),
        frame.line,
        frame.column
    );
    write!(out, "<li class=\"{class}\">")?;
    if frame.is_user && frame.excerpt.is_some() {
        let open = if open { " open" } else { "" };
        write!(out, "<details{open}><summary>{head}</summary>")?;
        excerpt(out, frame)?;
        out.push_str("</details>");
    } else {
        out.push_str(&head);
    }
    out.push_str("</li>\n");
    Ok(())
}

/// The lines around the place, with the place marked.
fn excerpt(out: &mut String, frame: &Frame) -> fmt::Result {
    let Some(excerpt) = &frame.excerpt else {
        return Ok(());
    };
    out.push_str("<pre class=\"excerpt\">");
    for (number, line) in (excerpt.first_line..).zip(&excerpt.lines) {
        if number == frame.line {
            let (before, after) = split_at_column(line, frame.column);
            write!(
                out,
                "<span class=\"hit\"><span class=\"number\">{number}</span>{}<mark>{}</mark></span>",
                Escaped(before),
                Escaped(after)
            )?;
        } else {
            write!(
                out,
                "<span><span class=\"number\">{number}</span>{}</span>",
                Escaped(line)
            )?;
        }
    }
    out.push_str("</pre>");
    Ok(())
}

/// The line before `column` (counted from one, in UTF-16 units as JavaScript counts) and from there on.
fn split_at_column(line: &str, column: u32) -> (&str, &str) {
    let mut units = 1;
    for (at, c) in line.char_indices() {
        if units >= column {
            return line.split_at(at);
        }
        units += c.len_utf16() as u32;
    }
    (line, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_counts_as_javascript_does() {
        assert_eq!(split_at_column("throw it", 7), ("throw ", "it"));
        assert_eq!(split_at_column("😀x", 3), ("😀", "x"));
        assert_eq!(split_at_column("ab", 1), ("", "ab"));
        assert_eq!(split_at_column("ab", 99), ("ab", ""));
        assert_eq!(split_at_column("", 0), ("", ""));
    }
}
