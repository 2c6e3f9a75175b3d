//! Two servers side by side, for people.

use std::fmt::Write as _;

use cargo_backend_shared::terminal::{paint, style};

use super::units::{count, grouped, microseconds, rate, ratio};
use crate::comparison::Change;
use crate::duel::Duel;

pub(crate) fn render(duel: &Duel) -> String {
    let [before, after] = &duel.urls;
    let mut text = format!(
        "A  {before}\nB  {after}\n{} of A B B A\n\n",
        count(duel.rounds as u64, "round")
    );
    let mut line = |cells: [&str; 5]| {
        let [name, before, after, ratio, interval] = cells;
        let line = format!("{name:<10}{before:>12}{after:>12}{ratio:>10}   {interval}");
        writeln!(text, "{}", line.trim_end()).expect("a String takes any text");
    };
    line(["", "A", "B", "B / A", "95 % interval"]);
    for figure in &duel.figures {
        let unit = if figure.name == "rate" {
            |value| format!("{}/s", rate(value))
        } else {
            microseconds
        };
        let [before, after] = figure.values.map(unit);
        let (known, interval) = ratio(figure.ratio);
        line([figure.name, &before, &after, &known, &interval]);
    }
    let [before, after] = duel.failed.map(grouped);
    line(["failed", &before, &after, "", ""]);
    text.push('\n');
    text.push_str(&verdict(duel));
    text
}

fn verdict(duel: &Duel) -> String {
    let average = duel.figures.first().and_then(|average| average.ratio);
    let percent = average.map_or(0.0, |average| (average.ratio - 1.0).abs() * 100.0);
    match duel.change {
        Change::Slower => format!(
            "{}: the average latency of B is {percent:.1} % longer\n",
            paint(style::BAD, "B is slower")
        ),
        Change::Faster => format!(
            "{}: the average latency of B is {percent:.1} % shorter\n",
            paint(style::GOOD, "B is faster")
        ),
        Change::NoDifference => format!(
            "{}: the interval of the average does not lie beyond {:.1} %\n",
            paint(style::HEAD, "no difference seen"),
            duel.min_effect * 100.0
        ),
        Change::Inconclusive => format!(
            "{}: {}\n",
            paint(style::WARN, "inconclusive"),
            duel.why.as_deref().unwrap_or("there is nothing to compare")
        ),
    }
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
