//! A run as text, for people and for programs.

mod chart;
mod charts;
mod csv;
pub(crate) mod duel;
pub(crate) mod duel_forms;
mod github;
mod html;
pub(crate) mod human;
pub(crate) mod json;
mod junit;
mod markdown;
mod sections;
mod units;

use json::LoadReport;

#[cfg(test)]
mod example;

/// What a report can be beside text for a terminal and lines of JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Document {
    Json,
    Html,
    Markdown,
    Junit,
    Github,
    Csv,
}

/// The document as it is written to stdout or to a file.
pub(crate) fn document(document: Document, report: &LoadReport) -> anyhow::Result<String> {
    Ok(match document {
        Document::Json => report.to_json()?,
        Document::Html => html::render(report)?,
        Document::Markdown => markdown::render(report),
        Document::Junit => junit::render(report)?,
        Document::Github => github::render(report),
        Document::Csv => csv::render(report)?,
    })
}
