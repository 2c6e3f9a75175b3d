//! For a terminal.

use std::fmt::Write as _;

use cargo_backend_shared::terminal::{self, Verbosity, paint, style};

use super::{Analysis, tables, words};

pub(super) fn render(analysis: &Analysis<'_>, verbosity: Verbosity) -> String {
    let mut text = format!(
        "{} ({}): {}\n",
        paint(style::HEAD, analysis.database),
        words::engine(analysis),
        words::extent(analysis)
    );
    if let Some(since) = words::since(analysis) {
        text.push_str(&paint(style::DIM, &since));
        text.push('\n');
    }
    text.push('\n');
    if verbosity == Verbosity::Verbose {
        table_rows(analysis, &mut text);
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

/// Every table with what the server knows of it, the largest first.
fn table_rows(analysis: &Analysis<'_>, text: &mut String) {
    let mut rows = vec![HEAD.map(str::to_owned).to_vec()];
    let columns = if analysis.counts_use() { 9 } else { 4 };
    for table in tables::all(analysis) {
        rows.push(vec![
            table.name,
            table.rows,
            table.bytes,
            table.index_bytes,
            table.scans,
            table.index_scans,
            table.dead_rows,
            table.vacuumed,
            table.analysed,
        ]);
    }
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let lengths = rows.iter().map(|row| row[column].chars().count());
            lengths.max().unwrap_or(0)
        })
        .collect();
    for (n, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, width))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            })
            .collect();
        let look = if n == 0 { style::DIM } else { style::HEAD };
        let (name, rest) = cells.split_first().expect("there is a first column");
        line(text, &format!("{}  {}", paint(look, name), rest.join("  ")));
    }
    text.push('\n');
}

const HEAD: [&str; 9] = [
    "table", "rows", "size", "indexes", "scans", "by index", "dead", "vacuumed", "analysed",
];
