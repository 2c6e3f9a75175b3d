//! The rules themselves, for people, for programs and for the documentation.

use std::fmt::Write as _;

use cargo_backend_shared::cli::Context;
use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::rule::Rule;
use cargo_backend_shared::terminal::{Form, paint, style};
use serde::Serialize;

use crate::findings::{CHECKS, Check, HISTORY_HOURS, Threshold};
use crate::lint::LINTS;
use crate::lint::rule::{Examples, Level, Lint, Seen};

#[derive(Debug, Serialize)]
struct Line {
    rule: &'static str,
    summary: &'static str,
    explanation: &'static str,
    engines: &'static [Dialect],
    thresholds: Vec<ThresholdLine>,
}

/// A rule of `lint`.
#[derive(Debug, Serialize)]
struct LintLine {
    rule: &'static str,
    number: &'static str,
    summary: &'static str,
    explanation: &'static str,
    engines: &'static [Dialect],
    level: Level,
    examples: &'static Examples,
}

/// A rule of any kind.
#[derive(Debug, Clone, Copy)]
pub(crate) enum AnyRule {
    OfAnalyze(&'static Check),
    OfLint(&'static Lint),
}

impl AnyRule {
    /// All of them, those of `analyze` first.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let lints = LINTS.iter().map(|lint| Self::OfLint(lint));
        CHECKS
            .iter()
            .map(|check| Self::OfAnalyze(check))
            .chain(lints)
    }

    pub(crate) fn rule(self) -> &'static Rule {
        match self {
            Self::OfAnalyze(check) => &check.rule,
            Self::OfLint(lint) => &lint.rule,
        }
    }

    fn body(self) -> String {
        match self {
            Self::OfAnalyze(check) => body(check),
            Self::OfLint(lint) => lint_body(lint),
        }
    }

    fn engines(self) -> String {
        engines(match self {
            Self::OfAnalyze(check) => check.engines,
            Self::OfLint(lint) => lint.engines,
        })
    }

    fn message(self, cx: &Context) -> std::io::Result<()> {
        match self {
            Self::OfAnalyze(check) => cx.terminal.message("rule", &line(check)),
            Self::OfLint(lint) => cx.terminal.message("lint-rule", &lint_line(lint)),
        }
    }
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
            for rule in AnyRule::all() {
                rule.message(cx)?;
            }
        }
        Form::Markdown => cx.terminal.answer(&index())?,
        Form::Human | Form::Junit | Form::Github | Form::Csv | Form::Sarif | Form::Sql => {
            for rule in AnyRule::all() {
                let rule = rule.rule();
                cx.terminal.answer(&format!(
                    "{}: {}",
                    paint(style::HEAD, rule.name),
                    rule.summary
                ))?;
            }
        }
    }
    Ok(())
}

/// One rule whole.
pub(crate) fn explain(cx: &Context, rule: AnyRule) -> anyhow::Result<()> {
    match cx.global.form() {
        Form::Json => rule.message(cx)?,
        Form::Markdown => cx.terminal.answer(&page(rule))?,
        Form::Human | Form::Junit | Form::Github | Form::Csv | Form::Sarif | Form::Sql => {
            cx.terminal.answer(&format!(
                "{}: {}\n\n{}",
                paint(style::HEAD, rule.rule().name),
                rule.rule().summary,
                rule.body()
            ))?;
        }
    }
    Ok(())
}

fn lint_line(lint: &'static Lint) -> LintLine {
    LintLine {
        rule: lint.rule.name,
        number: lint.number,
        summary: lint.rule.summary,
        explanation: lint.rule.explanation,
        engines: lint.engines,
        level: lint.level,
        examples: &lint.examples,
    }
}

/// The explanation, with the examples that the tests run.
fn lint_body(lint: &Lint) -> String {
    let mut text = lint.rule.explanation.to_owned();
    let seen = match lint.examples.seen {
        Seen::Lock { mode, on } => {
            format!("It takes {mode} on `{on}`: {} waits.", mode.stops())
        }
        Seen::Rewrite { mode, on } => format!(
            "It writes all rows of `{on}` anew under {mode}: {} waits.",
            mode.stops()
        ),
        Seen::Refused(words) => format!("The server refuses it: \"{words}\"."),
        Seen::Nothing => String::new(),
    };
    let weight = match lint.level {
        Level::Deny => "error: `lint` exits with 1",
        Level::Warn => "warning",
    };
    write!(
        text,
        "\n## Examples\nBreaks it:\n```sql\n{}\n```\nKeeps it:\n```sql\n{}\n```\n",
        lint.examples.fails, lint.examples.passes
    )
    .expect("a String takes any text");
    if !seen.is_empty() {
        writeln!(text, "{seen}").expect("a String takes any text");
    }
    let number = lint.number;
    let engines = engines(lint.engines);
    write!(text, "\n## Weight\n{weight}").expect("a String takes any text");
    if lint.grows {
        text.push_str(
            "; where a database says the sizes, a note for a table with fewer than 10,000 rows, and \
             nothing for an empty one",
        );
    }
    write!(text, "\n\n## Engines\n{engines}\n\n## Number\n{number}\n")
        .expect("a String takes any text");
    text
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

fn engines(engines: &[Dialect]) -> String {
    let names: Vec<String> = engines.iter().map(ToString::to_string).collect();
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
    writeln!(text, "\n## Engines\n{}", engines(check.engines)).expect("a String takes any text");
    text
}

fn page(rule: AnyRule) -> String {
    let body = rule.body();
    let rule = rule.rule();
    format!(
        "<!-- written by `cargo backend-db explain {} --format markdown` -->\n# {}\n\n{}\n\n{body}",
        rule.name,
        rule.name,
        capital(rule.summary),
    )
}

fn index() -> String {
    let mut text = "<!-- written by `cargo backend-db explain --format markdown` -->\n".to_owned();
    for (verb, of_lint) in [("analyze", false), ("lint", true)] {
        let before = if of_lint { "\n" } else { "" };
        write!(
            text,
            "{before}# Rules of `cargo backend-db {verb}`\n\n| rule | finds | engines |\n| --- | --- | --- |\n"
        )
        .expect("a String takes any text");
        for rule in AnyRule::all() {
            if matches!(rule, AnyRule::OfLint(_)) == of_lint {
                let (name, summary) = (rule.rule().name, rule.rule().summary);
                writeln!(
                    text,
                    "| [{name}]({name}.md) | {summary} | {} |",
                    rule.engines()
                )
                .expect("a String takes any text");
            }
        }
    }
    text
}

fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
