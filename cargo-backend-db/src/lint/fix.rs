//! The safe forms, written into a text.

use super::Finding;
use super::rule::Later;

const NO_TRANSACTION: &str = "-- no-transaction\n";

/// A text with its fixes, and what remains to be done in later migrations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fixed {
    pub(crate) text: String,
    pub(crate) later: Vec<Later>,
}

/// Writes all fixes of a file that do not touch the same bytes; none where there is nothing to fix.
pub(crate) fn apply(text: &str, findings: &[Finding]) -> Option<Fixed> {
    let mut edits = Vec::new();
    let mut later = Vec::new();
    let mut no_transaction = false;
    for fix in findings.iter().filter_map(|found| found.fix.as_ref()) {
        let touches = fix.edits.iter().any(|(range, _)| {
            edits
                .iter()
                .any(|(taken, _): &(std::ops::Range<usize>, String)| {
                    range.start < taken.end && taken.start < range.end || range == taken
                })
        });
        if touches {
            continue;
        }
        edits.extend(fix.edits.iter().cloned());
        later.extend(fix.later.clone());
        no_transaction |= fix.no_transaction;
    }
    if edits.is_empty() && !no_transaction {
        return None;
    }
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    let mut fixed = text.to_owned();
    for (range, new) in edits {
        fixed.replace_range(range, &new);
    }
    if no_transaction && !fixed.starts_with(NO_TRANSACTION.trim_end()) {
        fixed.insert_str(0, NO_TRANSACTION);
    }
    Some(Fixed { text: fixed, later })
}

#[cfg(test)]
mod tests {
    use cargo_backend_shared::diagnostic::Diagnostic;

    use super::*;
    use crate::lint::rule::Fix;

    fn finding(edits: &[(std::ops::Range<usize>, &str)], no_transaction: bool) -> Finding {
        let edits = edits
            .iter()
            .map(|(range, new)| (range.clone(), (*new).to_owned()));
        Finding {
            diagnostic: Diagnostic::warning("x"),
            table: None,
            fix: Some(Fix {
                edits: edits.collect(),
                no_transaction,
                later: None,
            }),
        }
    }

    #[test]
    fn fixes_are_written_side_by_side_and_never_over_each_other() {
        let all = [
            finding(&[(0..1, "AA")], false),
            finding(&[(0..2, "never")], false),
            finding(&[(2..2, "+")], true),
        ];
        let fixed = apply("abc", &all).expect("there is something to fix");
        assert_eq!(fixed.text, "-- no-transaction\nAAb+c");
        assert_eq!(apply("abc", &[]), None);
    }
}
