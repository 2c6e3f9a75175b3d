//! Annotations of GitHub Actions: lines that its runner picks out of the log.

use super::json::LoadReport;
use super::sections::change;
use super::units::actual;
use crate::comparison::Change;
use crate::threshold::Verdict;

pub(super) fn render(report: &LoadReport) -> String {
    let mut text = String::new();
    let mut annotate = |level: &str, title: &str, message: &str| {
        text.push_str(&annotation(level, title, message));
    };
    let target = report.target.title();
    for judged in &report.judgement.thresholds {
        let (level, word) = match judged.verdict {
            Verdict::Met => ("notice", "met"),
            Verdict::Missed => ("error", "missed"),
            Verdict::Inconclusive => ("warning", "inconclusive"),
        };
        let why = judged.why.as_ref();
        let why = why.map_or_else(String::new, |why| format!(": {why}"));
        let message = format!("{target}: it was {}{why}", actual(judged));
        annotate(level, &format!("{} {word}", judged.threshold), &message);
    }
    if let Some(comparison) = &report.judgement.comparison {
        let level = match comparison.change {
            Change::Faster | Change::NoDifference => "notice",
            Change::Slower => "error",
            Change::Inconclusive => "warning",
        };
        let message = format!("{target}: since {}", comparison.baseline_started_at);
        annotate(level, change(comparison.change), &message);
    }
    if report.summary.ok == 0 {
        let message = format!("{target}: {} requests failed", report.summary.failed);
        annotate("error", "no request succeeded", &message);
    }
    for advice in &report.judgement.recommendations {
        annotate("notice", &advice.reason, advice.action);
    }
    text
}

/// One annotation, a line.
pub(super) fn annotation(level: &str, title: &str, message: &str) -> String {
    let (title, message) = (property(title), data(message));
    format!("::{level} title={title}::{message}\n")
}

/// What would end the message is escaped.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// In a property, what would end the property too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use super::*;
    use crate::report::example;

    #[test]
    fn every_threshold_is_an_annotation() {
        assert_data_eq!(
            render(&example::judged()),
            str![[r#"
::notice title=p99<200ms met::GET http://localhost:8080/orders: it was 1.49 ms
::error title=error-rate<0.01%25 missed::GET http://localhost:8080/orders: it was 0.10 %25
::warning title=p99.99<1s inconclusive::GET http://localhost:8080/orders: it was 1.50 ms: it needs at least 10000 answers, and there were 1000

"#]]
        );
    }

    #[test]
    fn what_would_end_an_annotation_is_escaped() {
        assert_eq!(property("a: 5 %, b\n"), "a%3A 5 %25%2C b%0A");
    }
}
