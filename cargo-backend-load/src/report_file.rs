//! The file that a report goes to, and the form that its ending chooses.

use std::fmt;
use std::path::Path;

use cargo_backend_shared::cli::Project;
use cargo_backend_shared::report_file;

use crate::report::json::LoadReport;
use crate::report::{self, Document};

/// A file for the report; found to be writable before the run that would be lost otherwise.
#[derive(Debug)]
pub(crate) struct ReportFile {
    file: report_file::ReportFile,
    document: Document,
}

const ENDINGS: &[&str] = &["json", "html", "md", "xml", "csv"];

impl ReportFile {
    /// Reads `path` relative to `directory` and makes sure that it can be written.
    pub(crate) fn find(path: &Path, directory: &Path, project: &Project) -> anyhow::Result<Self> {
        let hint = "the ending chooses the form of the report; .xml is JUnit";
        let file = report_file::ReportFile::find(path, ENDINGS, hint, directory, project)?;
        let document = match file.ending() {
            "html" => Document::Html,
            "md" => Document::Markdown,
            "xml" => Document::Junit,
            "csv" => Document::Csv,
            _ => Document::Json,
        };
        Ok(Self { file, document })
    }

    /// Writes the report beside its place, and then into it.
    pub(crate) fn write(&self, report: &LoadReport) -> anyhow::Result<()> {
        self.file.write(report::document(self.document, report)?)
    }
}

impl fmt::Display for ReportFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.file.fmt(f)
    }
}
