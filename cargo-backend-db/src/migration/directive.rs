//! Comments that mean something to a runner. One that is misspelt would be passed over in silence, and a
//! file of another tool would run both ways, one after the other.

use std::sync::Arc;

use cargo_backend_shared::diagnostic::{Diagnostic, Faults, Location};

use super::Script;

/// What may follow `backend-db:`.
const OWN: &[&str] = &["allow", "rename"];

/// What other tools write at the beginning of a way back, and how that tool is called.
const FOREIGN: &[(&str, &str)] = &[
    ("migrate:down", "dbmate"),
    ("migrate:up", "dbmate"),
    ("+goose", "goose"),
    ("+migrate", "sql-migrate"),
    ("+micrate", "micrate"),
];

/// Looks at the comments of scripts.
///
/// # Errors
/// Where one of them is no directive, and would be taken for one by whoever reads it.
pub(crate) fn check<'a>(scripts: impl IntoIterator<Item = &'a Script>) -> Result<(), Faults> {
    let faults: Vec<Diagnostic> = scripts.into_iter().flat_map(of).collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(Faults(faults))
}

fn of(script: &Script) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let text: Arc<str> = Arc::from(script.sql());
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let comment = line.trim_start();
        let at = start + line.len() - comment.len();
        start += line.len();
        let Some(words) = comment.strip_prefix("--").map(str::trim) else {
            continue;
        };
        if let Some((message, help)) = fault(words, script.no_transaction()) {
            let location = Location::of_offset(&script.file, &text, at);
            faults.push(Diagnostic::error(message).at(location).help(help));
        }
    }
    faults
}

fn fault(words: &str, no_transaction: bool) -> Option<(String, String)> {
    let letters: String = words
        .chars()
        .filter(char::is_ascii_alphabetic)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    let short = words.split_whitespace().count() <= 3;
    if !no_transaction && short && letters.starts_with("notrans") {
        return Some((
            format!("`-- {words}` does nothing here"),
            "to run outside a transaction, the first line of the file has to begin with `-- no-transaction`".to_owned(),
        ));
    }
    if let Some(own) = words.strip_prefix("backend-db:") {
        let name = own.split(|c: char| !c.is_alphabetic()).next();
        if !OWN.contains(&name.unwrap_or_default()) {
            return Some((
                format!(
                    "unknown directive `backend-db:{}`",
                    name.unwrap_or_default()
                ),
                "there is `-- backend-db:allow(RULE) reason`".to_owned(),
            ));
        }
    }
    let (_, tool) = FOREIGN.iter().find(|(mark, _)| words.starts_with(mark))?;
    let help = match *tool {
        "dbmate" => "`cargo backend-db adopt` takes its migrations over",
        _ => "put the way forward into an .up.sql file and the way back into a .down.sql file",
    };
    Some((
        format!("`-- {words}` is a directive of {tool}, and all of the file would run"),
        help.to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let script = Script {
            file: "1_x.up.sql".to_owned(),
            text: text.to_owned(),
        };
        let found: Vec<String> = of(&script)
            .iter()
            .map(|fault| {
                let place = fault.location.as_ref().expect("it has a place");
                format!("{}:{} {}", place.line, place.column, fault.message)
            })
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn directives_are_known_and_prose_is_left_alone() {
        for text in [
            "-- no-transaction\nSELECT 1;",
            "\u{feff}-- no-transaction: an index\n-- No transaction is open here.\nSELECT 1;",
            "-- backend-db:allow(drop-table) long gone\nDROP TABLE a;",
            "-- No transactions were lost in the making of this table, as far as we know.\nSELECT 1;",
            "SELECT '-- migrate:down';",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn a_directive_that_does_nothing_is_told() {
        check(
            "-- no transaction\n",
            &["1:1 `-- no transaction` does nothing here"],
        );
        check(
            "SELECT 1;\n  -- no-transaction\n",
            &["2:3 `-- no-transaction` does nothing here"],
        );
        check(
            "--no-transaction\n",
            &["1:1 `-- no-transaction` does nothing here"],
        );
        check(
            "-- backend-db:alow(drop-table) x\n",
            &["1:1 unknown directive `backend-db:alow`"],
        );
    }

    #[test]
    fn a_file_of_another_tool_would_run_both_ways() {
        check(
            "-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\nDROP TABLE a;\n",
            &[
                "1:1 `-- migrate:up` is a directive of dbmate, and all of the file would run",
                "3:1 `-- migrate:down` is a directive of dbmate, and all of the file would run",
            ],
        );
    }
}
