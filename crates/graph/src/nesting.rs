//! Whether a source is nested so deeply that the parser's stack would not do.
//!
//! Runs over bytes before the parser does. Code that workerd has accepted is far below these bounds (its own parser
//! has a smaller stack); this is for what comes another way. Where `/` may begin a regular expression or divide, what
//! follows counts as nesting if it would in either reading.

/// Brackets in brackets.
const DEPTH_MAX: usize = 2_000;
/// Operators that take an operand to their right which may be such again (`!!!…`, `a=b=…`, `a?b:…`, `x=>x=>…`),
/// with nothing between them that ends an expression.
const RUN_MAX: usize = 4_000;

pub(crate) fn is_too_deep(source: &str) -> bool {
    let mut scan = Scan {
        bytes: source.as_bytes(),
        at: 0,
        depth: 0,
        run: 0,
        templates: Vec::new(),
        before: 0,
    };
    scan.goes_too_deep()
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    run: usize,
    /// The depth at which each open `${` began.
    templates: Vec<usize>,
    /// The last byte that was no space.
    before: u8,
}

impl Scan<'_> {
    fn goes_too_deep(&mut self) -> bool {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'"' | b'\'' => self.string(byte),
                b'`' => self.template(),
                b'/' => self.slash(),
                b'(' | b'[' | b'{' => self.depth += 1,
                b')' | b']' => self.depth = self.depth.saturating_sub(1),
                b'}' => self.brace(),
                _ => {}
            }
            match byte {
                b'!' | b'~' | b'=' | b'?' | b'*' | b'+' | b'-' | b':' => self.run += 1,
                b';' | b',' | b'{' | b'}' => self.run = 0,
                b'a'..=b'z' if !self.previous().is_ascii_alphanumeric() => self.keyword(),
                _ => {}
            }
            if self.depth > DEPTH_MAX || self.run > RUN_MAX || self.templates.len() > DEPTH_MAX {
                return true;
            }
            if !byte.is_ascii_whitespace() {
                self.before = byte;
            }
        }
        false
    }

    /// The byte before the one at hand.
    fn previous(&self) -> u8 {
        self.at.checked_sub(2).map_or(0, |at| self.bytes[at])
    }

    fn string(&mut self, quote: u8) {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'\n' => return,
                _ if byte == quote => return,
                _ => {}
            }
        }
    }

    /// The text of a template, up to its end or its next `${`.
    fn template(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'`' => return,
                b'$' if self.bytes.get(self.at) == Some(&b'{') => {
                    self.at += 1;
                    self.templates.push(self.depth);
                    return;
                }
                _ => {}
            }
        }
    }

    fn brace(&mut self) {
        if self.templates.last() == Some(&self.depth) {
            self.templates.pop();
            self.template();
        } else {
            self.depth = self.depth.saturating_sub(1);
        }
    }

    fn slash(&mut self) {
        match self.bytes.get(self.at) {
            Some(b'/') => {
                while self.bytes.get(self.at).is_some_and(|byte| *byte != b'\n') {
                    self.at += 1;
                }
            }
            Some(b'*') => {
                self.at += 1;
                while self.at < self.bytes.len() && !self.bytes[self.at..].starts_with(b"*/") {
                    self.at += 1;
                }
                self.at += 2;
            }
            _ if self.may_be_regex() => self.regex(),
            _ => {}
        }
    }

    /// Behind an operand a slash divides.
    fn may_be_regex(&self) -> bool {
        !(self.before.is_ascii_alphanumeric()
            || matches!(self.before, b'_' | b'$' | b')' | b']' | b'"' | b'\'' | b'`'))
    }

    fn regex(&mut self) {
        let mut class = false;
        let from = self.at;
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => return,
                b'\n' => break,
                _ => {}
            }
        }
        // It was none: a line ends within.
        self.at = from;
    }

    /// `if`, `else`, `new`, `typeof`, `await` and their like take a statement or an operand.
    fn keyword(&mut self) {
        const TAKING: [&[u8]; 10] = [
            b"if", b"else", b"do", b"for", b"while", b"new", b"typeof", b"void", b"delete", b"await",
        ];
        let rest = &self.bytes[self.at - 1..];
        let length = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count()
            .min(8);
        if TAKING.contains(&&rest[..length]) {
            self.run += 1;
        }
    }
}
