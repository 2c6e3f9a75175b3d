//! The form of a rule, wherever it lives. The rules themselves belong to the plugins.

/// A rule: its name reads well after "allow", its documentation travels with it.
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case, never reused.
    pub name: &'static str,
    /// One sentence: what it finds.
    pub summary: &'static str,
    /// Markdown: why it matters, how it is proved, how to fix it.
    pub explanation: &'static str,
}
