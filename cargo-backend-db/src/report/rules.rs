//! The rules themselves, for people, for programs and for the documentation.

use std::fmt::Write as _;

use cargo_backend_shared::cli::Context;
use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::terminal::{Form, paint, style};
use serde::Serialize;

use crate::findings::{CHECKS, Check, HISTORY_HOURS, Threshold};

#[derive(Debug, Serialize)]
struct Line {
    rule: &'static str,
    summary: &'static str,
    explanation: &'static str,
    engines: &'static [Dialect],
    thresholds: Vec<ThresholdLine>,
}

#[derive(Debug, Serialize)]
struct ThresholdLine {
    name: &'static str,
    default: u64,
    about: &'static str,
}

/// All rules, one line each.
pub(crate) fn list(cx: &Context) -> anyhow::Result<()> {
    match cx.global.form() {
        Form::Json => {
            for check in CHECKS {
                cx.terminal.message("rule", &line(check))?;
            }
        }
        Form::Markdown => cx.terminal.answer(&index())?,
        Form::Human | Form::Junit | Form::Github | Form::Csv | Form::Sarif | Form::Sql => {
            for check in CHECKS {
                cx.terminal.answer(&format!(
                    "{}: {}",
                    paint(style::HEAD, check.rule.name),
                    check.rule.summary
                ))?;
            }
        }
    }
    Ok(())
}

/// One rule whole.
pub(crate) fn explain(cx: &Context, check: &Check) -> anyhow::Result<()> {
    match cx.global.form() {
        Form::Json => cx.terminal.message("rule", &line(check))?,
        Form::Markdown => cx.terminal.answer(&page(check))?,
        Form::Human | Form::Junit | Form::Github | Form::Csv | Form::Sarif | Form::Sql => {
            cx.terminal.answer(&format!(
                "{}: {}\n\n{}",
                paint(style::HEAD, check.rule.name),
                check.rule.summary,
                body(check)
            ))?;
        }
    }
    Ok(())
}

fn line(check: &Check) -> Line {
    let thresholds = thresholds(check)
        .map(|threshold| ThresholdLine {
            name: threshold.name,
            default: threshold.default,
            about: threshold.about,
        })
        .collect();
    Line {
        rule: check.rule.name,
        summary: check.rule.summary,
        explanation: check.rule.explanation,
        engines: check.engines,
        thresholds,
    }
}

fn thresholds(check: &Check) -> impl Iterator<Item = &'static Threshold> {
    let history = check.needs_history.then_some(&HISTORY_HOURS);
    check.thresholds.iter().copied().chain(history)
}

fn engines(check: &Check) -> String {
    let names: Vec<String> = check.engines.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// The explanation, with what only the table of the rules knows.
fn body(check: &Check) -> String {
    let mut text = check.rule.explanation.to_owned();
    let mut thresholds = thresholds(check).peekable();
    if thresholds.peek().is_some() {
        text.push_str("\n## Thresholds\n");
        for Threshold {
            name,
            default,
            about,
        } in thresholds
        {
            writeln!(text, "- `--threshold {name}={default}`: {about}")
                .expect("a String takes any text");
        }
    }
    writeln!(text, "\n## Engines\n{}", engines(check)).expect("a String takes any text");
    text
}

fn page(check: &Check) -> String {
    format!(
        "<!-- written by `cargo backend-db explain {} --format markdown` -->\n# {}\n\n{}\n\n{}",
        check.rule.name,
        check.rule.name,
        capital(check.rule.summary),
        body(check)
    )
}

fn index() -> String {
    let mut text = "<!-- written by `cargo backend-db explain --format markdown` -->\n\
                    # Rules of `cargo backend-db analyze`\n\n\
                    | rule | finds | engines |\n| --- | --- | --- |\n"
        .to_owned();
    for check in CHECKS {
        let name = check.rule.name;
        writeln!(
            text,
            "| [{name}]({name}.md) | {} | {} |",
            check.rule.summary,
            engines(check)
        )
        .expect("a String takes any text");
    }
    text
}

fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
