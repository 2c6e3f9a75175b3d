//! What the server knows about its tables: rows and sizes. Facts only; judgement is in `findings`.

pub(crate) mod live;
mod mysql;
mod postgres;
mod sqlite;

use std::collections::{BTreeMap, BTreeSet};

/// Facts by table, named as in `Schema::tables`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Statistics {
    /// Rows of a table; absent where the server does not know (never analysed).
    pub(crate) rows: BTreeMap<String, u64>,
    /// Bytes of an index, by table and index.
    pub(crate) index_bytes: BTreeMap<(String, String), u64>,
    /// Indexes that are being built right now, by table and index.
    pub(crate) building: BTreeSet<(String, String)>,
    /// How far the sequences behind columns have come.
    pub(crate) keys: Vec<KeyUse>,
}

/// How far a column that a sequence fills has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyUse {
    /// The table, as in `Schema::tables`.
    pub(crate) table: String,
    pub(crate) column: String,
    /// The last value that was given out.
    pub(crate) last: u64,
    /// The largest value that both the column's type and the sequence allow.
    pub(crate) maximum: u64,
}

impl Statistics {
    /// The rows of a table in words; "an unknown number of rows" is not "no rows".
    pub(crate) fn rows_in_words(&self, table: &str) -> String {
        match self.rows.get(table) {
            Some(1) => "1 row".to_owned(),
            Some(rows) => format!("{} rows", grouped(*rows)),
            None => "an unknown number of rows (the table was never analysed)".to_owned(),
        }
    }
}

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
}
