//! MySQL and MariaDB: InnoDB's estimate of rows, and how far AUTO_INCREMENT has come.

use sqlx::Row as _;
use sqlx::mysql::MySqlConnection;

use super::{KeyUse, Statistics};

const ROWS: &str = "
    SELECT CAST(table_name AS CHAR) AS name, CAST(table_rows AS SIGNED) AS number
    FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'";

/// The next value is the last one and one.
const KEYS: &str = "
    SELECT CAST(t.table_name AS CHAR) AS `table`, CAST(c.column_name AS CHAR) AS `column`,
           CAST(t.auto_increment AS UNSIGNED) - 1 AS last, CAST(c.column_type AS CHAR) AS type
    FROM information_schema.tables t
    JOIN information_schema.columns c
         ON c.table_schema = t.table_schema AND c.table_name = t.table_name
            AND c.extra LIKE '%auto_increment%'
    WHERE t.table_schema = DATABASE() AND t.auto_increment > 1
    ORDER BY 1, 2";

pub(super) async fn read(connection: &mut MySqlConnection) -> anyhow::Result<Statistics> {
    let mut statistics = Statistics::default();
    for row in sqlx::query(ROWS).fetch_all(&mut *connection).await? {
        let rows: Option<i64> = row.try_get("number")?;
        if let Some(rows) = rows.and_then(|rows| u64::try_from(rows).ok()) {
            statistics.rows.insert(row.try_get("name")?, rows);
        }
    }
    for row in sqlx::query(KEYS).fetch_all(&mut *connection).await? {
        if let Some(maximum) = maximum(row.try_get("type")?) {
            statistics.keys.push(KeyUse {
                table: row.try_get("table")?,
                column: row.try_get("column")?,
                last: row.try_get::<u64, _>("last")?,
                maximum,
            });
        }
    }
    Ok(statistics)
}

/// The largest value of an integer type such as `int(10) unsigned`.
fn maximum(r#type: &str) -> Option<u64> {
    let bits = match r#type.split(['(', ' ']).next()? {
        "tinyint" => 8,
        "smallint" => 16,
        "mediumint" => 24,
        "int" => 32,
        "bigint" => 64,
        _ => return None,
    };
    let bits = if r#type.contains("unsigned") {
        bits
    } else {
        bits - 1
    };
    Some(u64::MAX >> (64 - bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_value_follows_from_the_type() {
        assert_eq!(maximum("int(11)"), Some(2_147_483_647));
        assert_eq!(maximum("tinyint unsigned"), Some(255));
        assert_eq!(maximum("bigint(20) unsigned"), Some(u64::MAX));
        assert_eq!(maximum("decimal(10,0)"), None);
    }
}
