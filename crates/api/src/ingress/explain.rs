//! What stands behind a stack trace: told by whoever knows the Worker's source maps.

/// Finds the user's own code in stack traces of a Worker.
pub trait ErrorExplainer: Send + Sync + 'static {
    /// What `stack`, as the runtime gives it, means in the user's files.
    fn explain(&self, stack: &str) -> Explained;
}

/// A stack trace in terms of the user's files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Explained {
    /// The whole text, with mapped positions.
    pub stack: String,
    /// Its frames, innermost first.
    pub frames: Vec<Frame>,
}

/// One call of a stack trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The function, unless it has no name.
    pub function: Option<String>,
    /// The file as the user names it: relative to the project.
    pub file: String,
    /// Counted from one.
    pub line: u32,
    /// Counted from one.
    pub column: u32,
    /// Whether it is the user's code rather than a library's or the runtime's.
    pub is_user: bool,
    /// The lines around it, where they are known.
    pub excerpt: Option<Excerpt>,
}

/// A few lines of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The number of the first line, counted from one.
    pub first_line: u32,
    /// The lines, without their ends.
    pub lines: Vec<String>,
}
