//! `-- backend-db:allow(rule, rule) reason`: what somebody has thought about. It holds for the statement
//! behind which it stands on the same line, or else for the next one.

use std::ops::Range;

use super::statement::Statement;

const MARK: &str = "backend-db:allow(";

/// One such comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Allow {
    pub(crate) span: Range<usize>,
    pub(crate) rules: Vec<String>,
    pub(crate) reason: String,
    /// The place of the statement that it is about; none at the end of a file.
    pub(crate) statement: Option<usize>,
}

/// All of a file.
pub(crate) fn read(text: &str, statements: &[Statement]) -> Vec<Allow> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some(allow) = in_line(line, start, statements) {
            found.push(allow);
        }
        start += line.len();
    }
    found
}

fn in_line(line: &str, start: usize, statements: &[Statement]) -> Option<Allow> {
    let dashes = line.find("--")?;
    let comment = &line[dashes + 2..];
    let inside = comment.trim_start().strip_prefix(MARK)?;
    let (rules, reason) = inside.split_once(')')?;
    let at = start + dashes;
    let same_line = statements
        .iter()
        .rposition(|statement| (start..at).contains(&statement.span.end.saturating_sub(1)));
    let next = || {
        let around = |statement: &Statement| statement.span.end > at;
        statements.iter().position(around)
    };
    Some(Allow {
        span: at..start + line.trim_end().len(),
        rules: rules
            .split(',')
            .map(|rule| rule.trim().to_owned())
            .collect(),
        reason: reason.trim().to_owned(),
        statement: same_line.or_else(next),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::statement::Kind;

    #[test]
    fn a_comment_holds_for_its_line_or_for_the_next_statement() {
        let text = "-- backend-db:allow(drop-table, x) long gone\nDROP TABLE a;\n\
                    DROP TABLE b; -- backend-db:allow(y) too\n-- backend-db:allow(z)\n";
        let statement = |sql: &str| {
            let start = text.find(sql).expect("it is there");
            Statement {
                span: start..start + sql.len(),
                kind: Kind::Other,
            }
        };
        let all = read(
            text,
            &[statement("DROP TABLE a"), statement("DROP TABLE b")],
        );
        let shown: Vec<(String, &str, Option<usize>)> = all
            .iter()
            .map(|allow| {
                (
                    allow.rules.join(" "),
                    allow.reason.as_str(),
                    allow.statement,
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("drop-table x".to_owned(), "long gone", Some(0)),
                ("y".to_owned(), "too", Some(1)),
                ("z".to_owned(), "", None),
            ]
        );
    }
}
