//! A diagnostic as text, with the line it is about.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::{paint, severity_style, style};
use crate::diagnostic::{Diagnostic, Severity};

/// A diagnostic as text in colours, for an answer; the terminal strips colours that are not wanted.
#[must_use]
pub fn render(diagnostic: &Diagnostic) -> String {
    let mut text = with_snippet(diagnostic).unwrap_or_else(|| plain(diagnostic));
    for line in &diagnostic.evidence {
        write!(text, "\n  {} {line}", paint(style::DIM, "=")).expect("a String takes any text");
    }
    if let Some(help) = &diagnostic.help {
        write!(text, "\n  {} {help}", paint(style::HINT, "help:"))
            .expect("a String takes any text");
    }
    text
}

fn with_snippet(diagnostic: &Diagnostic) -> Option<String> {
    let location = diagnostic.location.as_ref()?;
    let span = location.span()?;
    let source = location.source.as_ref()?;
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut title = level.primary_title(&diagnostic.message);
    if let Some(rule) = &diagnostic.rule {
        title = title.id(rule);
    }
    let snippet = Snippet::source(source.as_ref())
        .path(location.file.as_str())
        .annotation(AnnotationKind::Primary.span(span));
    Some(
        Renderer::styled()
            .render(&[title.element(snippet)])
            .trim_end()
            .to_owned(),
    )
}

fn plain(diagnostic: &Diagnostic) -> String {
    let word = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let rule = diagnostic
        .rule
        .as_ref()
        .map_or_else(String::new, |rule| format!("[{rule}]"));
    let place = diagnostic
        .location
        .as_ref()
        .map_or_else(String::new, |location| format!("\n  --> {location}"));
    format!(
        "{}: {}{place}",
        paint(
            severity_style(diagnostic.severity),
            &format!("{word}{rule}")
        ),
        diagnostic.message
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Location;
    use snapbox::{assert_data_eq, str};

    fn stripped(diagnostic: &Diagnostic) -> String {
        anstream::adapter::strip_str(&render(diagnostic)).to_string()
    }

    #[test]
    fn a_finding_in_a_file_shows_the_line() {
        let found = Diagnostic::error("expected a whole number, found a string")
            .at(Location {
                file: "Backend.toml".into(),
                line: 2,
                column: 15,
                source: Some("[load]\nconcurrency = \"many\"\n".into()),
            })
            .help("write it without quotes");
        assert_data_eq!(
            stripped(&found),
            str![[r#"
error: expected a whole number, found a string
 --> Backend.toml:2:15
  |
2 | concurrency = "many"
  |               ^^^^^^
  help: write it without quotes
"#]]
        );
    }

    #[test]
    fn a_finding_without_a_file_shows_its_proof() {
        let found = Diagnostic::warning("`orders.customer_id` has no index")
            .rule("foreign-key-without-index")
            .evidence("200,000 rows are read for every lookup");
        assert_data_eq!(
            stripped(&found),
            str![[r#"
warning[foreign-key-without-index]: `orders.customer_id` has no index
  = 200,000 rows are read for every lookup
"#]]
        );
    }
}
