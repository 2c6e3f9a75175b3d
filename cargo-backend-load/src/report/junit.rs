//! JUnit XML: one suite, a case for the requests and one for each threshold.

use anyhow::Context as _;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::json::LoadReport;
use super::sections::change;
use super::units::{actual, count};
use crate::comparison::Change;
use crate::threshold::{Judged, Verdict};

pub(super) fn render(report: &LoadReport) -> anyhow::Result<String> {
    let mut suite = TestSuite::new(report.target.title());
    let mut status = TestCaseStatus::success();
    if report.summary.ok == 0 {
        status = failure(&format!(
            "none of {} succeeded",
            count(report.summary.requests, "request")
        ));
    }
    suite.add_test_case(TestCase::new("requests succeed", status));
    for judged in &report.judgement.thresholds {
        suite.add_test_case(TestCase::new(judged.threshold.as_str(), of(judged)));
    }
    if let Some(comparison) = &report.judgement.comparison {
        let said = format!(
            "{}, since {}",
            change(comparison.change),
            comparison.baseline_started_at
        );
        let status = match comparison.change {
            Change::Faster | Change::NoDifference => TestCaseStatus::success(),
            Change::Slower => failure(&said),
            Change::Inconclusive => skipped(&said),
        };
        suite.add_test_case(TestCase::new("not slower than before", status));
    }
    let mut junit = Report::new("cargo backend-load");
    junit.add_test_suite(suite);
    junit.to_string().context("cannot write JUnit XML")
}

fn of(judged: &Judged) -> TestCaseStatus {
    let was = format!("it was {}", actual(judged));
    match judged.verdict {
        Verdict::Met => TestCaseStatus::success(),
        Verdict::Missed => failure(&was),
        Verdict::Inconclusive => {
            let why = judged.why.as_deref().unwrap_or("there is nothing to judge");
            skipped(&format!("inconclusive, {was}: {why}"))
        }
    }
}

pub(super) fn failure(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(message);
    status
}

pub(super) fn skipped(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(message);
    status
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use super::*;
    use crate::report::example;

    #[test]
    fn every_threshold_is_a_case() {
        let text = render(&example::judged()).expect("it fits");
        assert_data_eq!(
            text,
            str![[r#"
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="cargo backend-load" tests="4" skipped="1" failures="1" errors="0">
    <testsuite name="GET http://localhost:8080/orders" tests="4" skipped="1" errors="0" failures="1">
        <testcase name="requests succeed"/>
        <testcase name="p99&lt;200ms"/>
        <testcase name="error-rate&lt;0.01%">
            <failure message="it was 0.10 %"/>
        </testcase>
        <testcase name="p99.99&lt;1s">
            <skipped message="inconclusive, it was 1.50 ms: it needs at least 10000 answers, and there were 1000"/>
        </testcase>
    </testsuite>
</testsuites>

"#]]
        );
    }
}
