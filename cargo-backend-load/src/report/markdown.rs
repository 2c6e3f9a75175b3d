//! The report as a page for a pull request or a wiki.

use std::fmt::Write as _;

use super::json::LoadReport;
use super::sections::{self, change};
use super::units::{actual, bytes, grouped, microseconds, milliseconds, rate, ratio, share};
use crate::threshold::Verdict;

pub(super) fn render(report: &LoadReport) -> String {
    let summary = &report.summary;
    let mut text = format!(
        "# {}\n\n{} for {}, begun {}\n\n",
        plain(&report.target.title()),
        sections::load(&report.configuration),
        milliseconds(summary.elapsed_ms),
        report.started_at
    );
    let mut figures = vec![
        (
            "requests",
            format!(
                "{}, {}/s",
                grouped(summary.requests),
                rate(summary.requests_per_second)
            ),
        ),
        (
            "failed",
            format!(
                "{}, {}",
                grouped(summary.failed),
                share(summary.failed_percent, summary.failed)
            ),
        ),
    ];
    if let Some(latency) = &summary.latency {
        let quantiles = [
            ("p50", latency.p50_us),
            ("p90", latency.p90_us),
            ("p95", latency.p95_us),
            ("p99", latency.p99_us),
            ("p99.9", latency.p99_9_us),
            ("max", latency.max_us),
        ];
        figures.extend(quantiles.map(|(name, us)| (name, microseconds(us as f64))));
    }
    figures.push(("bodies", bytes(summary.body_bytes as f64)));
    text.push_str("| figure | value |\n| --- | ---: |\n");
    for (name, figure) in figures {
        line(&mut text, &[name, &figure]);
    }
    thresholds(&mut text, report);
    comparison(&mut text, report);
    counts(&mut text, report);
    let advice = &report.judgement.recommendations;
    if !advice.is_empty() {
        text.push_str("\n## What the figures suggest\n\n");
        for advice in advice {
            writeln!(
                text,
                "- {}: {}",
                plain(&advice.reason),
                plain(advice.action)
            )
            .expect("a String takes any text");
        }
    }
    text
}

fn thresholds(text: &mut String, report: &LoadReport) {
    if report.judgement.thresholds.is_empty() {
        return;
    }
    text.push_str("\n| threshold | was | verdict |\n| --- | ---: | --- |\n");
    for judged in &report.judgement.thresholds {
        let verdict = match judged.verdict {
            Verdict::Met => "met",
            Verdict::Missed => "**missed**",
            Verdict::Inconclusive => "inconclusive",
        };
        let verdict = match &judged.why {
            Some(why) => format!("{verdict}: {}", plain(why)),
            None => verdict.to_owned(),
        };
        line(
            text,
            &[&plain(&judged.threshold), &actual(judged), &verdict],
        );
    }
}

fn comparison(text: &mut String, report: &LoadReport) {
    let Some(comparison) = &report.judgement.comparison else {
        return;
    };
    text.push_str("\n| compared | ratio | 95 % interval |\n| --- | ---: | --- |\n");
    for figure in &comparison.figures {
        let (ratio, interval) = ratio(figure.ratio);
        line(text, &[figure.figure, &ratio, &interval]);
    }
    let since = plain(&comparison.baseline_started_at);
    writeln!(text, "\n{}, since {since}", change(comparison.change))
        .expect("a String takes any text");
}

fn counts(text: &mut String, report: &LoadReport) {
    let summary = &report.summary;
    if summary.statuses.is_empty() && summary.errors.is_empty() {
        return;
    }
    text.push_str("\n| answer | requests | first one |\n| --- | ---: | --- |\n");
    for (status, count) in &summary.statuses {
        line(text, &[&status.to_string(), &grouped(*count), ""]);
    }
    for error in &summary.errors {
        let first = plain(&error.example);
        line(text, &[error.kind.title(), &grouped(error.count), &first]);
    }
}

fn line(text: &mut String, cells: &[&str]) {
    writeln!(text, "| {} |", cells.join(" | ")).expect("a String takes any text");
}

/// Text in which nothing is markup: servers and URLs may hold anything.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(
            letter,
            '|' | '<' | '>' | '*' | '_' | '`' | '[' | ']' | '\\' | '#'
        ) {
            plain.push('\\');
        }
        plain.push(if letter.is_control() { ' ' } else { letter });
    }
    plain
}

#[cfg(test)]
mod tests {
    use snapbox::{IntoData as _, assert_data_eq, str};

    use super::*;
    use crate::report::example;

    #[test]
    fn a_page_has_figures_thresholds_and_answers() {
        // Raw: a backslash is no path here.
        assert_data_eq!(
            render(&example::judged()).into_data().raw(),
            str![[r#"
# GET http://localhost:8080/orders

50 users for 2.00 s, begun 2026-11-21T00:00:00Z

| figure | value |
| --- | ---: |
| requests | 1,001, 501/s |
| failed | 1, 0.10 % |
| p50 | 999 µs |
| p90 | 1.40 ms |
| p95 | 1.45 ms |
| p99 | 1.49 ms |
| p99.9 | 1.50 ms |
| max | 1.50 ms |
| bodies | 1.2 MB |

| threshold | was | verdict |
| --- | ---: | --- |
| p99/<200ms | 1.49 ms | met |
| error-rate/<0.01% | 0.10 % | **missed** |
| p99.99/<1s | 1.50 ms | inconclusive: it needs at least 10000 answers, and there were 1000 |

| answer | requests | first one |
| --- | ---: | --- |
| 200 | 1,000 |  |
| closed early | 1 | the server said /<b/>/|/</b/> |

"#]]
        );
    }

    #[test]
    fn nothing_that_a_server_says_is_markup() {
        assert_eq!(plain("a|b <c>\n[d]"), "a\\|b \\<c\\> \\[d\\]");
    }
}
