//! The seconds of a run as a table for spreadsheets. Numbers have a point and no thousands.

use anyhow::Context as _;

use super::json::LoadReport;
use crate::recording::Second;
use crate::tally::LatencySummary;

const COLUMNS: [&str; 10] = [
    "second", "requests", "failed", "users", "min_us", "p50_us", "p90_us", "p95_us", "p99_us",
    "max_us",
];

pub(super) fn render(report: &LoadReport) -> anyhow::Result<String> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(COLUMNS)?;
    for (index, second) in report.summary.seconds.iter().enumerate() {
        table.write_record(row(index, second))?;
    }
    let bytes = table.into_inner().context("cannot write the table")?;
    String::from_utf8(bytes).context("cannot write the table")
}

fn row(index: usize, second: &Second) -> [String; 10] {
    let latency = |figure: fn(&LatencySummary) -> u64| {
        let latency = second.latency.as_ref();
        latency.map_or_else(String::new, |latency| figure(latency).to_string())
    };
    [
        index.to_string(),
        second.requests.to_string(),
        second.failed.to_string(),
        second.users.to_string(),
        latency(|latency| latency.min_us),
        latency(|latency| latency.p50_us),
        latency(|latency| latency.p90_us),
        latency(|latency| latency.p95_us),
        latency(|latency| latency.p99_us),
        latency(|latency| latency.max_us),
    ]
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use super::*;
    use crate::report::example;

    #[test]
    fn a_line_for_each_second() {
        let text = render(&example::judged()).expect("it fits");
        assert_data_eq!(
            text,
            str![[r#"
second,requests,failed,users,min_us,p50_us,p90_us,p95_us,p99_us,max_us
0,0,0,50,,,,,,
1,1001,1,50,500,999,1399,1449,1489,1499

"#]]
        );
    }
}
