//! Two servers side by side, for people.

use std::fmt::Write as _;

use cargo_backend_shared::terminal::{paint, style};

use super::units::{count, grouped, level, microseconds, rate, ratio};
use crate::comparison::Change;
use crate::duel::{Duel, Figure};

pub(crate) fn render(duel: &Duel) -> String {
    let [before, after] = &duel.urls;
    let pace = duel.due_per_second.map_or_else(String::new, |rate| {
        format!(" at {} requests/s", level(rate))
    });
    let mut text = format!(
        "A  {before}\nB  {after}\n{} of A B B A{pace}\n\n",
        count(duel.rounds as u64, "round")
    );
    let mut line = |cells: [&str; 5]| {
        let [name, before, after, ratio, interval] = cells;
        let line = format!("{name:<10}{before:>12}{after:>12}{ratio:>10}   {interval}");
        writeln!(text, "{}", line.trim_end()).expect("a String takes any text");
    };
    line(["", "A", "B", "B / A", "95 % interval"]);
    for figure in &duel.figures {
        let [before, after] = values(figure);
        let (known, interval) = ratio(figure.ratio);
        line([figure.name, &before, &after, &known, &interval]);
    }
    let [before, after] = duel.failed.map(grouped);
    line(["failed", &before, &after, "", ""]);
    text.push('\n');
    let (look, words, why) = verdict(duel);
    let look = match look {
        Change::Slower => style::BAD,
        Change::Faster => style::GOOD,
        Change::NoDifference => style::HEAD,
        Change::Inconclusive => style::WARN,
    };
    writeln!(text, "{}: {why}", paint(look, words)).expect("a String takes any text");
    text
}

/// A figure of both servers with its unit.
pub(super) fn values(figure: &Figure) -> [String; 2] {
    let unit = if figure.name == "rate" {
        |value| format!("{}/s", rate(value))
    } else {
        microseconds
    };
    figure.values.map(unit)
}

/// What came of it, in words, and why.
pub(super) fn verdict(duel: &Duel) -> (Change, &'static str, String) {
    let average = duel.figures.first().and_then(|average| average.ratio);
    let percent = average.map_or(0.0, |average| (average.ratio - 1.0).abs() * 100.0);
    let (words, why) = match duel.change {
        Change::Slower => (
            "B is slower",
            format!("the average latency of B is {percent:.1} % longer"),
        ),
        Change::Faster => (
            "B is faster",
            format!("the average latency of B is {percent:.1} % shorter"),
        ),
        Change::NoDifference => (
            "no difference seen",
            format!(
                "the interval of the average does not lie beyond {:.1} %",
                duel.min_effect * 100.0
            ),
        ),
        Change::Inconclusive => (
            "inconclusive",
            duel.why
                .clone()
                .unwrap_or_else(|| "there is nothing to compare".to_owned()),
        ),
    };
    (duel.change, words, why)
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use super::*;
    use crate::duel::tests::duel;

    #[test]
    fn both_servers_stand_side_by_side() {
        let text = render(&duel(12, 1.05, 0));
        // The verdict has a colour.
        let (table, verdict) = text.split_once('\u{1b}').expect("a verdict");
        assert_data_eq!(
            table,
            str![[r#"
A  http://a/
B  http://b/
12 rounds of A B B A

                     A           B     B / A   95 % interval
average        1.05 ms     1.10 ms     1.050   1.050 to 1.050
p50            1.05 ms     1.10 ms     1.050   1.049 to 1.050
p95            1.07 ms     1.12 ms     1.050   1.049 to 1.050
p99            1.07 ms     1.13 ms     1.049   1.049 to 1.050
rate             444/s       444/s     1.000   1.000 to 1.000
failed               0           0


"#]]
        );
        assert!(verdict.contains("B is slower"), "{verdict}");
        assert!(verdict.ends_with(": the average latency of B is 5.0 % longer\n"));
    }
}
