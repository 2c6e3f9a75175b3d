//! For a terminal.

use std::fmt::Write as _;

use cargo_backend_shared::terminal::{self, Verbosity, paint, style};

use super::{Analysis, words};
use crate::statistics::{bytes_in_words, counted, grouped, seconds_in_words};

pub(super) fn render(analysis: &Analysis<'_>, verbosity: Verbosity) -> String {
    let mut text = format!(
        "{} ({}): {}\n",
        paint(style::HEAD, &analysis.url.to_string()),
        words::engine(analysis),
        words::extent(analysis)
    );
    if let Some(since) = words::since(analysis) {
        text.push_str(&paint(style::DIM, &since));
        text.push('\n');
    }
    text.push('\n');
    if verbosity == Verbosity::Verbose {
        tables(analysis, &mut text);
    }
    for finding in &analysis.judgement.findings {
        text.push_str(&terminal::render(&finding.diagnostic));
        text.push_str("\n\n");
    }
    paragraph(&mut text, "not known", &words::not_known(analysis));
    paragraph(&mut text, "not checked", &words::not_checked(analysis));
    let unsupported = &analysis.schema.unsupported;
    if !unsupported.is_empty() {
        paragraph(&mut text, "not looked at", &[unsupported.join(", ")]);
    }
    migrations(analysis, &mut text);
    let tally = words::tally(analysis).unwrap_or_else(|| paint(style::GOOD, "nothing found"));
    line(
        &mut text,
        &format!(
            "{tally} from {}; the database was only read",
            words::rules(analysis)
        ),
    );
    text
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("a String takes any text");
}

fn paragraph(text: &mut String, head: &str, lines: &[String]) {
    for one in lines {
        line(text, &format!("{}: {one}", paint(style::HEAD, head)));
    }
    if !lines.is_empty() {
        text.push('\n');
    }
}

fn migrations(analysis: &Analysis<'_>, text: &mut String) {
    let migrations = analysis.judgement.migrations();
    if migrations.is_empty() {
        return;
    }
    line(
        text,
        &format!("{}\n", paint(style::HEAD, "SUGGESTED MIGRATIONS")),
    );
    for (n, migration) in migrations.iter().enumerate() {
        line(text, &format!("{}. {}", n + 1, migration.what));
        line(
            text,
            &format!("   {}", paint(style::HINT, &migration.command)),
        );
        for (head, sql) in [("up", &migration.up), ("down", &migration.down)] {
            let Some(sql) = sql else { continue };
            line(text, &format!("   {head}:"));
            for one in sql.lines() {
                line(text, &format!("     {one}"));
            }
        }
        text.push('\n');
    }
}

/// Every table with what the server knows of it; `–` where it does not.
fn tables(analysis: &Analysis<'_>, text: &mut String) {
    let statistics = analysis.statistics;
    for name in analysis.schema.tables.keys() {
        let mut facts = vec![statistics.rows_in_words(name)];
        let used = statistics.tables.get(name);
        if let Some(bytes) = used.and_then(|used| used.bytes) {
            facts.push(format!("table {}", bytes_in_words(bytes)));
        }
        let of_table = |((table, _), _): &(&(String, String), _)| table == name;
        let indexes: u64 = (statistics.indexes.iter().filter(of_table))
            .filter_map(|(_, index)| index.bytes)
            .sum();
        if indexes > 0 {
            facts.push(format!("indexes {}", bytes_in_words(indexes)));
        }
        if let Some(used) = used.filter(|_| analysis.counts_use()) {
            facts.push(counted(used.scans, "sequential scan"));
            facts.push(counted(used.index_scans, "index scan"));
            facts.push(format!("{} dead", grouped(used.dead_rows)));
            for (what, when) in [("vacuumed", used.vacuumed_s), ("analysed", used.analysed_s)] {
                facts.push(when.map_or_else(
                    || format!("never {what}"),
                    |seconds| format!("{what} {} ago", seconds_in_words(seconds)),
                ));
            }
        }
        line(
            text,
            &format!("{}: {}", paint(style::HEAD, name), facts.join(", ")),
        );
    }
    text.push('\n');
}
