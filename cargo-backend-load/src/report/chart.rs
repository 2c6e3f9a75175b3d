//! Charts as shapes: where the lines, bands and ticks of a figure are. The template draws them.

use std::fmt::Write as _;

use serde::Serialize;

const WIDTH: f64 = 1_000.0;
const HEIGHT: f64 = 260.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 972.0;
const TOP: f64 = 22.0;
const BOTTOM: f64 = 232.0;

/// A chart, in the units of its own picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Chart {
    pub(super) title: &'static str,
    pub(super) about: String,
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
    paths: Vec<Path>,
    markers: Vec<Tick>,
    hovers: Vec<Hover>,
    legend: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Tick {
    at: f64,
    label: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Path {
    class: &'static str,
    d: String,
}

/// A strip that tells its figures when it is pointed at.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Hover {
    x: f64,
    width: f64,
    text: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Item {
    class: &'static str,
    label: &'static str,
    is_line: bool,
}

/// Values to places between two ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
}

impl Scale {
    /// From nothing to a round number above `highest`.
    pub(super) fn linear(highest: f64) -> Self {
        let highest = if highest > 0.0 { highest } else { 1.0 };
        let step = round_step(highest / 4.0);
        Self {
            low: 0.0,
            high: (highest / step).ceil().max(1.0) * step,
            logarithmic: false,
        }
    }

    /// From a power of ten to a round number, in powers of ten.
    pub(super) fn powers(lowest: f64, highest: f64) -> Self {
        let low = 10f64.powf(lowest.max(1.0).log10().floor());
        let high = round_step(highest.max(1.0));
        Self {
            low,
            high: high.max(low * 10.0),
            logarithmic: true,
        }
    }

    /// Exactly between these.
    pub(super) fn between(low: f64, high: f64) -> Self {
        Self {
            low,
            high: high.max(low + 1e-9),
            logarithmic: false,
        }
    }

    /// 0 at the lower end and 1 at the upper one.
    fn place(self, value: f64) -> f64 {
        let place = if self.logarithmic {
            (value.max(self.low) / self.low).log10() / (self.high / self.low).log10()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        place.clamp(0.0, 1.0)
    }

    fn ticks(self) -> Vec<f64> {
        if self.logarithmic {
            let powers = ((self.high / self.low).log10() + 1e-9).floor() as i32;
            return (0..=powers)
                .map(|power| self.low * 10f64.powi(power))
                .collect();
        }
        let step = round_step((self.high - self.low) / 4.0);
        let first = (self.low / step).ceil() as i64;
        let last = (self.high / step + 1e-9).floor() as i64;
        (first..=last).map(|index| index as f64 * step).collect()
    }
}

/// The round number (1, 2 or 5 and zeros) that is nearest above.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let rounded = [1.0, 2.0, 5.0].map(|factor| factor * power);
    let fits = rounded.into_iter().find(|rounded| *rounded >= step - 1e-12);
    fits.unwrap_or(10.0 * power)
}

impl Chart {
    /// An empty chart with its axes; `x` and `y` name the values at the ticks.
    pub(super) fn new(
        title: &'static str,
        about: String,
        (x, x_label): (Scale, fn(f64) -> String),
        (y, y_label): (Scale, fn(f64) -> String),
    ) -> Self {
        let x_ticks = x.ticks().into_iter().map(|value| Tick {
            at: across(x, value),
            label: x_label(value),
        });
        let y_ticks = y.ticks().into_iter().map(|value| Tick {
            at: up(y, value),
            label: y_label(value),
        });
        Self {
            title,
            about,
            width: WIDTH,
            height: HEIGHT,
            left: LEFT,
            right: RIGHT,
            top: TOP,
            bottom: BOTTOM,
            x_ticks: x_ticks.collect(),
            y_ticks: y_ticks.collect(),
            paths: Vec::new(),
            markers: Vec::new(),
            hovers: Vec::new(),
            legend: Vec::new(),
        }
    }

    /// A line through points; where there is none it breaks.
    pub(super) fn line(
        &mut self,
        (class, label): (&'static str, &'static str),
        (x, y): (Scale, Scale),
        points: &[(f64, Option<f64>)],
    ) {
        let mut d = String::new();
        let mut pen_is_up = true;
        for (at, value) in points {
            if let Some(value) = value {
                let letter = if pen_is_up { 'M' } else { 'L' };
                let (at, value) = (across(x, *at), up(y, *value));
                write!(d, "{letter}{at:.1} {value:.1}").expect("a String takes any text");
            }
            pen_is_up = value.is_none();
        }
        self.push(class, label, d, true);
    }

    /// The area between two lines; where there is no value it breaks.
    pub(super) fn band(
        &mut self,
        (class, label): (&'static str, &'static str),
        (x, y): (Scale, Scale),
        points: &[(f64, Option<(f64, f64)>)],
    ) {
        let mut d = String::new();
        for run in points.split(|(_, values)| values.is_none()) {
            let upper = run
                .iter()
                .map(|(at, values)| (at, values.map_or(0.0, |values| values.1)));
            let lower = run
                .iter()
                .map(|(at, values)| (at, values.map_or(0.0, |values| values.0)));
            for (index, (at, value)) in upper.chain(lower.rev()).enumerate() {
                let letter = if index == 0 { 'M' } else { 'L' };
                let (at, value) = (across(x, *at), up(y, value));
                write!(d, "{letter}{at:.1} {value:.1}").expect("a String takes any text");
            }
            if !run.is_empty() {
                d.push('Z');
            }
        }
        self.push(class, label, d, false);
    }

    /// Bars from the ground up: left end, right end, height.
    pub(super) fn bars(
        &mut self,
        (class, label): (&'static str, &'static str),
        (x, y): (Scale, Scale),
        bars: &[(f64, f64, f64)],
    ) {
        let mut d = String::new();
        for (from, to, value) in bars.iter().filter(|(_, _, value)| *value > 0.0) {
            let (from, to) = (across(x, *from), across(x, *to));
            // What is there can be seen, however little it is.
            let top = up(y, *value).min(BOTTOM - 1.0);
            let gap = ((to - from) * 0.1).min(1.0);
            write!(
                d,
                "M{:.1} {BOTTOM}V{top:.1}H{:.1}V{BOTTOM}Z",
                from + gap,
                to - gap
            )
            .expect("a String takes any text");
        }
        self.push(class, label, d, false);
    }

    /// A line across with a name.
    pub(super) fn marker(&mut self, x: Scale, at: f64, label: String) {
        let at = across(x, at);
        // Names that stand too close cannot be read.
        if self
            .markers
            .iter()
            .all(|other| (other.at - at).abs() > 60.0)
        {
            self.markers.push(Tick { at, label });
        }
    }

    /// A strip around a value that tells this.
    pub(super) fn hover(&mut self, x: Scale, from: f64, to: f64, text: String) {
        let (from, to) = (across(x, from), across(x, to));
        self.hovers.push(Hover {
            x: from,
            width: (to - from).max(0.5),
            text,
        });
    }

    fn push(&mut self, class: &'static str, label: &'static str, d: String, is_line: bool) {
        if d.is_empty() {
            return;
        }
        self.paths.push(Path { class, d });
        if !label.is_empty() {
            self.legend.push(Item {
                class,
                label,
                is_line,
            });
        }
    }
}

fn across(x: Scale, value: f64) -> f64 {
    LEFT + x.place(value) * (RIGHT - LEFT)
}

fn up(y: Scale, value: f64) -> f64 {
    BOTTOM - y.place(value) * (BOTTOM - TOP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(Scale::linear(870.0).ticks(), [0.0, 500.0, 1_000.0]);
        assert_eq!(Scale::linear(3.0).ticks(), [0.0, 1.0, 2.0, 3.0]);
        assert_eq!(Scale::powers(70.0, 900.0).ticks(), [10.0, 100.0, 1_000.0]);
        assert_eq!(Scale::powers(70.0, 1_100.0), Scale::powers(10.0, 2_000.0));
        assert_eq!(Scale::linear(0.0).ticks(), [0.0, 0.5, 1.0]);
    }

    #[test]
    fn a_line_breaks_where_there_is_nothing() {
        let (x, y) = (Scale::between(0.0, 3.0), Scale::linear(4.0));
        let label: fn(f64) -> String = |value| value.to_string();
        let mut chart = Chart::new("a", String::new(), (x, label), (y, label));
        let points = [
            (0.0, Some(0.0)),
            (1.0, None),
            (2.0, Some(4.0)),
            (3.0, Some(4.0)),
        ];
        chart.line(("median", "p50"), (x, y), &points);
        assert_eq!(chart.paths[0].d, "M72.0 232.0M672.0 22.0L972.0 22.0");
        let points = [(0.0, Some((0.0, 4.0))), (3.0, Some((0.0, 4.0)))];
        chart.band(("band-low", ""), (x, y), &points);
        assert_eq!(
            chart.paths[1].d,
            "M72.0 22.0L972.0 22.0L972.0 232.0L72.0 232.0Z"
        );
        assert_eq!(chart.legend.len(), 1);
    }

    #[test]
    fn the_smallest_bar_can_be_seen() {
        let (x, y) = (Scale::between(0.0, 1.0), Scale::linear(1e9));
        let label: fn(f64) -> String = |value| value.to_string();
        let mut chart = Chart::new("a", String::new(), (x, label), (y, label));
        chart.bars(("bar", ""), (x, y), &[(0.0, 1.0, 1.0)]);
        assert_eq!(chart.paths[0].d, "M73.0 232V231.0H971.0V232Z");
    }
}
