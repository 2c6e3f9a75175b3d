//! For a pull request or a wiki.

use std::fmt::Write as _;

use super::{Analysis, words};
use crate::findings::SuggestedMigration;

pub(super) fn render(analysis: &Analysis<'_>) -> String {
    let mut text = format!(
        "# `{}`\n\n{}: {}\n",
        analysis.database,
        words::engine(analysis),
        words::extent(analysis)
    );
    if let Some(since) = words::since(analysis) {
        line(&mut text, &format!("\n{}", plain(&since)));
    }
    let tally = words::tally(analysis).unwrap_or_else(|| "nothing found".to_owned());
    line(
        &mut text,
        &format!("\n**{tally}** from {}", words::rules(analysis)),
    );
    findings(analysis, &mut text);
    list(&mut text, "Not known", &words::not_known(analysis));
    list(&mut text, "Not checked", &words::not_checked(analysis));
    list(&mut text, "Not looked at", &analysis.schema.unsupported);
    migrations(&analysis.judgement.migrations(), &mut text);
    text
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a String takes any text");
}

fn findings(analysis: &Analysis<'_>, text: &mut String) {
    if !analysis.judgement.findings.is_empty() {
        line(text, "\n## Findings\n");
    }
    for finding in &analysis.judgement.findings {
        let diagnostic = &finding.diagnostic;
        line(
            text,
            &format!(
                "- **{}** {}: {}",
                words::severity(diagnostic.severity),
                diagnostic.rule.as_deref().unwrap_or_default(),
                plain(&diagnostic.message)
            ),
        );
        for evidence in &diagnostic.evidence {
            line(text, &format!("  - {}", plain(evidence)));
        }
        if let Some(help) = &diagnostic.help {
            line(text, &format!("  - help: {}", plain(help)));
        }
    }
}

fn list(text: &mut String, head: &str, lines: &[String]) {
    if !lines.is_empty() {
        line(text, &format!("\n## {head}\n"));
    }
    for one in lines {
        line(text, &format!("- {}", plain(one)));
    }
}

fn migrations(migrations: &[SuggestedMigration], text: &mut String) {
    if !migrations.is_empty() {
        line(text, "\n## Suggested migrations");
    }
    for (n, migration) in migrations.iter().enumerate() {
        line(
            text,
            &format!(
                "\n{}. {}\n\n   ```sh\n   {}\n   ```",
                n + 1,
                plain(&migration.what),
                migration.command
            ),
        );
        for (head, sql) in [("up", &migration.up), ("down", &migration.down)] {
            let Some(sql) = sql else { continue };
            line(text, &format!("\n   {head}:\n\n   ```sql"));
            for one in sql.lines() {
                line(text, &format!("   {one}"));
            }
            line(text, "   ```");
        }
    }
}

/// Text in which no name or statement of the database makes a link, a tag or another list.
fn plain(text: &str) -> String {
    let mut quoted = false;
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter == '`' {
            quoted = !quoted;
        } else if !quoted && matches!(letter, '<' | '[' | ']' | '*' | '_' | '|' | '\\') {
            shown.push('\\');
        }
        shown.push(if letter == '\n' { ' ' } else { letter });
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_database_says_stays_text() {
        assert_eq!(
            plain("<b> [x](y) `a_b` c_d\n- e"),
            "\\<b> \\[x\\](y) `a_b` c\\_d - e"
        );
    }
}
