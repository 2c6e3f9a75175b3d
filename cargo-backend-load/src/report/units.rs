//! Figures with the units that suit them.

use crate::comparison::Ratio;
use crate::threshold::{Judged, Unit};

/// What a threshold found, or a dash.
pub(super) fn actual(judged: &Judged) -> String {
    let Some(actual) = judged.actual else {
        return "–".to_owned();
    };
    match judged.unit {
        Unit::Microseconds => microseconds(actual),
        Unit::Percent => format!("{actual:.2} %"),
        Unit::PerSecond => format!("{}/s", rate(actual)),
    }
}

/// A ratio and its interval, or dashes.
pub(super) fn ratio(ratio: Option<Ratio>) -> (String, String) {
    ratio.map_or_else(
        || ("–".to_owned(), "–".to_owned()),
        |known| {
            (
                format!("{:.3}", known.ratio),
                format!("{:.3} to {:.3}", known.low, known.high),
            )
        },
    )
}

/// A level of users or requests per second.
pub(super) fn level(level: f64) -> String {
    if level.fract() == 0.0 {
        grouped(level as u64)
    } else {
        level.to_string()
    }
}

pub(super) fn count(number: u64, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        several => format!("{} {what}s", grouped(several)),
    }
}

/// A share that never rounds something to nothing, nor almost all to all.
pub(super) fn share(percent: f64, count: u64) -> String {
    if count > 0 && percent < 0.01 {
        "< 0.01 %".to_owned()
    } else if percent < 100.0 && percent > 99.99 {
        "> 99.99 %".to_owned()
    } else {
        format!("{percent:.2} %")
    }
}

/// A whole number with its thousands apart.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub(super) fn rate(per_second: f64) -> String {
    if per_second < 100.0 {
        format!("{per_second:.1}")
    } else {
        grouped(per_second.round() as u64)
    }
}

pub(super) fn microseconds(us: f64) -> String {
    if us < 999.5 {
        format!("{us:.0} µs")
    } else {
        milliseconds(us / 1e3)
    }
}

pub(super) fn milliseconds(ms: f64) -> String {
    if ms < 100.0 {
        format!("{ms:.2} ms")
    } else if ms < 1_000.0 {
        format!("{ms:.1} ms")
    } else {
        format!("{:.2} s", ms / 1e3)
    }
}

pub(super) fn bytes(count: f64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let mut left = count;
    let mut unit = 0;
    while left >= 999.5 && unit + 1 < units.len() {
        left /= 1e3;
        unit += 1;
    }
    if unit == 0 {
        format!("{left:.0} {}", units[unit])
    } else {
        format!("{left:.1} {}", units[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_the_unit_that_suits_them() {
        assert_eq!(microseconds(999.0), "999 µs");
        assert_eq!(microseconds(999.6), "1.00 ms");
        assert_eq!(microseconds(123_456.0), "123.5 ms");
        assert_eq!(microseconds(61_000_000.0), "61.00 s");
        assert_eq!(bytes(999.0), "999 B");
        assert_eq!(bytes(1_500_000.0), "1.5 MB");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(123), "123");
        assert_eq!(level(0.5), "0.5");
    }

    #[test]
    fn a_share_does_not_hide_the_last_one() {
        assert_eq!(share(0.0, 0), "0.00 %");
        assert_eq!(share(0.001, 1), "< 0.01 %");
        assert_eq!(share(99.999, 9), "> 99.99 %");
        assert_eq!(share(100.0, 9), "100.00 %");
    }
}
