//! `multipart/form-data`, as uploads of Workers need it (wire 6.1).

use std::fmt::Write as _;

/// Parts that are sent together.
#[derive(Debug, Clone, Default)]
pub struct Form {
    parts: Vec<Part>,
}

/// One of them.
#[derive(Debug, Clone)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// The file's name, if it is one.
    pub file_name: Option<String>,
    /// Its type, if it has one.
    pub content_type: Option<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Never in a bundle, but see [`Form::boundary`].
const BOUNDARY: &str = "----stepwell-form-boundary";

impl Form {
    /// Adds a part.
    pub fn push(&mut self, part: Part) {
        self.parts.push(part);
    }

    /// The parts, in their order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The value of the header that names the boundary.
    pub fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary())
    }

    /// The body.
    pub fn bytes(&self) -> Vec<u8> {
        let boundary = self.boundary();
        let mut body = Vec::new();
        for part in &self.parts {
            let mut head = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"",
                quoted(&part.name)
            );
            if let Some(file) = &part.file_name {
                let _ = write!(head, "; filename=\"{}\"", quoted(file));
            }
            if let Some(kind) = &part.content_type {
                let _ = write!(head, "\r\nContent-Type: {kind}");
            }
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(b"\r\n\r\n");
            body.extend_from_slice(&part.bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        body
    }

    /// A line that is in none of the parts.
    fn boundary(&self) -> String {
        let mut boundary = BOUNDARY.to_owned();
        let within = |boundary: &str| {
            let needle = boundary.as_bytes();
            let mut parts = self.parts.iter();
            parts.any(|part| part.bytes.windows(needle.len()).any(|window| window == needle))
        };
        while within(&boundary) {
            boundary.push('-');
        }
        boundary
    }
}

/// As browsers quote names.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::{Form, Part};

    #[test]
    fn parts_are_told_apart_whatever_is_in_them() {
        let mut form = Form::default();
        form.push(Part {
            name: "metadata".to_owned(),
            file_name: None,
            content_type: None,
            bytes: b"{}".to_vec(),
        });
        form.push(Part {
            name: "a\"b.js".to_owned(),
            file_name: Some("a\"b.js".to_owned()),
            content_type: Some("application/javascript+module".to_owned()),
            bytes: b"------stepwell-form-boundary".to_vec(),
        });
        let body = String::from_utf8(form.bytes()).unwrap();
        let boundary = form.content_type();
        let boundary = boundary.split("boundary=").nth(1).unwrap();
        assert_eq!(body.split(&format!("--{boundary}")).count(), 4, "{body}");
        assert!(body.contains(
            "name=\"a%22b.js\"; filename=\"a%22b.js\"\r\nContent-Type: application/javascript+module\r\n\r\n"
        ));
        assert!(body.contains("name=\"metadata\"\r\n\r\n{}\r\n"));
    }
}
