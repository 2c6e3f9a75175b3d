//! Figures in the units that a person reads.

/// A count with its thousands apart: `200,000`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 row`, `2 rows`.
pub(crate) fn counted(count: u64, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {what}{ending}", grouped(count))
}

/// Bytes in a unit that a person reads: `3.2 MiB`.
pub(crate) fn bytes_in_words(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let mut amount = bytes as f64 / 1024.0;
    let mut unit = 0;
    while amount >= 1024.0 && unit + 1 < UNITS.len() {
        amount /= 1024.0;
        unit += 1;
    }
    format!("{amount:.1} {}", UNITS[unit])
}

/// A length of time in its largest whole unit: `3 minutes`.
pub(crate) fn seconds_in_words(seconds: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let (length, unit) = UNITS
        .into_iter()
        // Two days are "2 days"; one and a half are "36 hours", which says more.
        .find(|(length, _)| seconds >= length * 2)
        .unwrap_or((1, "second"));
    counted(seconds / length, unit)
}

/// A time in milliseconds, below ten of them with one decimal: `0.3 ms`, `18 ms`.
pub(crate) fn milliseconds_in_words(us: u64) -> String {
    match us {
        0..10_000 => format!("{}.{} ms", us / 1_000, us % 1_000 / 100),
        _ => format!("{} ms", grouped(us / 1_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_in_thousands() {
        let shown = [0, 999, 1_000, 200_000, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "999", "1,000", "200,000", "1,234,567"]);
    }

    #[test]
    fn bytes_take_the_largest_unit_below() {
        let shown = [1_023, 1_024, 1_536, 5 << 20, 3 << 40].map(bytes_in_words);
        assert_eq!(
            shown,
            ["1023 bytes", "1.0 KiB", "1.5 KiB", "5.0 MiB", "3.0 TiB"]
        );
    }

    #[test]
    fn milliseconds_have_a_decimal_where_it_matters() {
        let shown = [0, 345, 9_999, 10_000, 1_234_567].map(milliseconds_in_words);
        assert_eq!(shown, ["0.0 ms", "0.3 ms", "9.9 ms", "10 ms", "1,234 ms"]);
    }

    #[test]
    fn time_takes_the_largest_unit_that_is_there_twice() {
        let shown = [1, 119, 120, 7_199, 7_200, 172_799, 172_800].map(seconds_in_words);
        assert_eq!(
            shown,
            [
                "1 second",
                "119 seconds",
                "2 minutes",
                "119 minutes",
                "2 hours",
                "47 hours",
                "2 days"
            ]
        );
    }
}
