//! Annotations of GitHub Actions
//! (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>).

use cargo_backend_shared::diagnostic::Severity;

use super::Answer;
use crate::lint::Finding;
use crate::report::told;

pub(super) fn render(answer: &Answer<'_>) -> String {
    answer.findings.iter().map(line).collect()
}

fn line(found: &Finding) -> String {
    let diagnostic = &found.diagnostic;
    let word = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties = Vec::new();
    if let Some(at) = &diagnostic.location {
        properties.push(format!("file={}", property(&at.file)));
        properties.push(format!("line={}", at.line));
        properties.push(format!("col={}", at.column));
    }
    if let Some(rule) = &diagnostic.rule {
        properties.push(format!("title={}", property(rule)));
    }
    let text = told(diagnostic);
    format!("::{word} {}::{}\n", properties.join(","), data(&text))
}

/// A command is one line.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cargo_backend_shared::diagnostic::{Diagnostic, Location};

    use super::*;

    #[test]
    fn what_divides_commands_is_escaped() {
        let source: Arc<str> = Arc::from("a\n b");
        let diagnostic = Diagnostic::warning("100 % of it")
            .rule("drop-table")
            .at(Location::of_offset("1,2: x.sql", &source, 3))
            .help("wait");
        let found = Finding {
            diagnostic,
            table: None,
            fix: None,
        };
        assert_eq!(
            line(&found),
            "::warning file=1%2C2%3A x.sql,line=2,col=2,title=drop-table::100 %25 of it%0Await\n"
        );
    }
}
