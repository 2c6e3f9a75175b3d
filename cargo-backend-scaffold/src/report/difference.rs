//! What changed between two documents: for people, programs, pull requests and annotations.

use cargo_backend_shared::diagnostic::{Diagnostic, Location};
use cargo_backend_shared::terminal::{Form, Terminal};
use serde::Serialize;

use crate::difference::{Change, Weight};

/// More operations than these are counted, not named.
const MAX_OPERATIONS: usize = 5;

#[derive(Serialize)]
struct Line<'a> {
    rule: &'static str,
    weight: Weight,
    message: &'a str,
    operations: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<&'a Location>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<&'a Location>,
}

#[derive(Serialize)]
struct Summary {
    breaking: usize,
    warnings: usize,
    notes: usize,
}

/// Says what changed.
pub(crate) fn difference(
    changes: &[Change],
    form: Form,
    terminal: &Terminal,
) -> anyhow::Result<()> {
    let count = |weight| {
        changes
            .iter()
            .filter(|change| change.weight == weight)
            .count()
    };
    let summary = Summary {
        breaking: count(Weight::Breaking),
        warnings: count(Weight::Warning),
        notes: count(Weight::Note),
    };
    match form {
        Form::Json => {
            for change in changes {
                terminal.message("change", &line(change))?;
            }
            terminal.message("summary", &summary)?;
        }
        Form::Markdown => terminal.answer(&markdown(changes, &summary))?,
        Form::Github => {
            let lines: Vec<String> = changes.iter().map(annotation).collect();
            terminal.answer(&lines.join("\n"))?;
        }
        Form::Human | Form::Junit | Form::Csv | Form::Sarif | Form::Sql => {
            let mut parts: Vec<String> = changes.iter().map(text).collect();
            parts.push(total(&summary));
            terminal.answer(&parts.join("\n"))?;
        }
    }
    Ok(())
}

fn line(change: &Change) -> Line<'_> {
    Line {
        rule: change.rule,
        weight: change.weight,
        message: &change.message,
        operations: &change.operations,
        old: change.old.as_ref(),
        new: change.new.as_ref(),
    }
}

fn total(summary: &Summary) -> String {
    let plural = |number: usize, one: &str| {
        let end = if number == 1 { "" } else { "s" };
        format!("{number} {one}{end}")
    };
    format!(
        "{}, {}, {}",
        plural(summary.breaking, "breaking change"),
        plural(summary.warnings, "warning"),
        plural(summary.notes, "note")
    )
}

fn word(weight: Weight) -> &'static str {
    match weight {
        Weight::Breaking => "breaking",
        Weight::Warning => "warning",
        Weight::Note => "note",
    }
}

fn operations(change: &Change) -> String {
    let named: Vec<&str> = change
        .operations
        .iter()
        .take(MAX_OPERATIONS)
        .map(String::as_str)
        .collect();
    let more = change.operations.len().saturating_sub(MAX_OPERATIONS);
    let named = named.join(", ");
    if more == 0 {
        named
    } else {
        format!("{named} and {more} more")
    }
}

fn text(change: &Change) -> String {
    let mut lines = vec![format!(
        "{}[{}]: {}",
        word(change.weight),
        change.rule,
        change.message
    )];
    for (name, place) in [("old", &change.old), ("new", &change.new)] {
        if let Some(place) = place {
            lines.push(format!("  {name} {place}"));
        }
    }
    lines.push(format!("  in  {}", operations(change)));
    lines.join("\n") + "\n"
}

fn markdown(changes: &[Change], summary: &Summary) -> String {
    let mut text = format!("## API changes: {}\n", total(summary));
    if changes.is_empty() {
        return text;
    }
    text +=
        "\n| | change | rule | operations | old | new |\n| --- | --- | --- | --- | --- | --- |\n";
    for change in changes {
        let place = |place: &Option<Location>| {
            let place = place.as_ref().map(|place| format!("`{place}`"));
            place.unwrap_or_default()
        };
        let cells = [
            word(change.weight).to_owned(),
            change.message.clone(),
            format!("`{}`", change.rule),
            operations(change),
            place(&change.old),
            place(&change.new),
        ];
        let cells = cells.map(|cell| cell.replace('|', "\\|"));
        text = format!("{text}| {} |\n", cells.join(" | "));
    }
    text
}

/// An annotation of GitHub Actions, at the new document's line where there is one.
fn annotation(change: &Change) -> String {
    let level = match change.weight {
        Weight::Breaking => "error",
        Weight::Warning => "warning",
        Weight::Note => "notice",
    };
    let place = change.new.as_ref().or(change.old.as_ref());
    let place = place.map(|place| {
        format!(
            " file={},line={},col={},",
            place.file, place.line, place.column
        )
    });
    let message = format!("{} (in {})", change.message, operations(change));
    let message = message.replace('%', "%25").replace('\n', "%0A");
    format!(
        "::{level}{}title={}::{message}",
        place.unwrap_or_else(|| " ".to_owned()),
        change.rule
    )
}

/// What a document says that is not compared.
pub(crate) fn unread(notes: &[Diagnostic], terminal: &Terminal) {
    for note in notes {
        terminal.diagnostic(note);
    }
}
