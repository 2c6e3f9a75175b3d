//! Two servers side by side, for pull requests, pipelines and spreadsheets.

use std::fmt::Write as _;

use anyhow::Context as _;
use quick_junit::{Report, TestCase, TestCaseStatus, TestSuite};

use super::duel::{values, verdict};
use super::github::annotation;
use super::junit::{failure, skipped};
use super::markdown::plain;
use super::units::{grouped, ratio};
use crate::comparison::Change;
use crate::duel::Duel;

/// Both URLs in one line.
fn title(duel: &Duel) -> String {
    let [before, after] = &duel.urls;
    format!("{after} beside {before}")
}

/// A page for a pull request or a wiki.
pub(crate) fn markdown(duel: &Duel) -> String {
    let [before, after] = duel.urls.each_ref().map(|url| plain(url));
    let (_change, words, why) = verdict(duel);
    let mut text = format!(
        "# {words}\n\n{why}\n\n- A: {before}\n- B: {after}\n\n\
         | figure | A | B | B / A | 95 % interval |\n| --- | ---: | ---: | ---: | --- |\n"
    );
    for figure in &duel.figures {
        let [before, after] = values(figure);
        let (known, interval) = ratio(figure.ratio);
        let name = figure.name;
        writeln!(
            text,
            "| {name} | {before} | {after} | {known} | {interval} |"
        )
        .expect("a String takes any text");
    }
    let [before, after] = duel.failed.map(grouped);
    writeln!(text, "| failed | {before} | {after} |  |  |").expect("a String takes any text");
    text
}

/// An annotation of GitHub Actions.
pub(crate) fn github(duel: &Duel) -> String {
    let (change, words, why) = verdict(duel);
    let level = match change {
        Change::Slower => "error",
        Change::Inconclusive => "warning",
        Change::Faster | Change::NoDifference => "notice",
    };
    annotation(level, words, &format!("{}: {why}", title(duel)))
}

/// JUnit XML with one case: the second server is not slower.
pub(crate) fn junit(duel: &Duel) -> anyhow::Result<String> {
    let (change, words, why) = verdict(duel);
    let said = format!("{words}: {why}");
    let status = match change {
        Change::Slower => failure(&said),
        Change::Inconclusive => skipped(&said),
        Change::Faster | Change::NoDifference => TestCaseStatus::success(),
    };
    let mut suite = TestSuite::new(title(duel));
    suite.add_test_case(TestCase::new("the second server is not slower", status));
    let mut junit = Report::new("cargo backend-load");
    junit.add_test_suite(suite);
    junit.to_string().context("cannot write JUnit XML")
}

/// The figures as a table: latencies in microseconds, the rate in requests per second.
pub(crate) fn csv(duel: &Duel) -> anyhow::Result<String> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["figure", "a", "b", "ratio", "low", "high"])?;
    for figure in &duel.figures {
        let [before, after] = figure.values.map(|value| format!("{value:.1}"));
        let known = |part: fn(&crate::comparison::Ratio) -> f64| {
            figure
                .ratio
                .as_ref()
                .map_or_else(String::new, |ratio| format!("{:.4}", part(ratio)))
        };
        let (middle, low, high) = (
            known(|ratio| ratio.ratio),
            known(|ratio| ratio.low),
            known(|ratio| ratio.high),
        );
        table.write_record([figure.name, &before, &after, &middle, &low, &high])?;
    }
    let bytes = table.into_inner().context("cannot write the table")?;
    String::from_utf8(bytes).context("cannot write the table")
}

#[cfg(test)]
mod tests {
    use snapbox::{IntoData as _, assert_data_eq, str};

    use super::*;
    use crate::duel::tests::duel;

    #[test]
    fn a_page_begins_with_the_verdict() {
        assert_data_eq!(
            markdown(&duel(12, 1.05, 0)).into_data().raw(),
            str![[r#"
# B is slower

the average latency of B is 5.0 % longer

- A: http://a/
- B: http://b/

| figure | A | B | B / A | 95 % interval |
| --- | ---: | ---: | ---: | --- |
| average | 1.05 ms | 1.10 ms | 1.050 | 1.050 to 1.050 |
| p50 | 1.05 ms | 1.10 ms | 1.050 | 1.049 to 1.050 |
| p95 | 1.07 ms | 1.12 ms | 1.050 | 1.049 to 1.050 |
| p99 | 1.07 ms | 1.13 ms | 1.049 | 1.049 to 1.050 |
| rate | 444/s | 444/s | 1.000 | 1.000 to 1.000 |
| failed | 0 | 0 |  |  |

"#]]
        );
    }

    #[test]
    fn a_pipeline_is_told_what_it_must_do() {
        let slower = duel(12, 1.05, 0);
        assert_eq!(
            github(&slower),
            "::error title=B is slower::http://b/ beside http://a/: the average latency of B is \
             5.0 %25 longer\n"
        );
        let text = junit(&slower).expect("it fits");
        assert!(text.contains("failures=\"1\""), "{text}");
        let same = duel(12, 1.0, 0);
        assert!(github(&same).starts_with("::notice title=no difference seen::"));
        let text = junit(&same).expect("it fits");
        assert!(text.contains("failures=\"0\""), "{text}");
        let short = junit(&duel(5, 1.0, 0)).expect("it fits");
        assert!(short.contains("skipped=\"1\""), "{short}");
    }

    #[test]
    fn a_table_has_a_line_for_each_figure() {
        let text = csv(&duel(12, 1.05, 0)).expect("it fits");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 6);
        assert_eq!(lines[0], "figure,a,b,ratio,low,high");
        assert!(lines[1].starts_with("average,1"), "{text}");
    }
}
