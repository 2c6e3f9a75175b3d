//! How MySQL and MariaDB carry out a change of a table. The server is asked for the best way first, and
//! refuses what it cannot do (<https://mariadb.com/kb/en/innodb-online-ddl-overview/>).

use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Executor as _};

use crate::diff::hazard::Online;

/// From the best to the worst; MySQL does not know NOCOPY and refuses it, too.
const WAYS: [(&str, &str); 5] = [
    ("INSTANT", "NONE"),
    ("NOCOPY", "NONE"),
    ("INPLACE", "NONE"),
    ("INPLACE", "SHARED"),
    ("COPY", "SHARED"),
];

/// Runs a statement in the best way that the server takes, and says which. None where it changes no table,
/// chooses its way itself, or is refused in every way: then it was not run.
pub(crate) async fn run(connection: &mut MySqlConnection, sql: &str) -> Option<Online> {
    let words = sql.to_uppercase();
    let first: Vec<&str> = words.split_whitespace().take(4).collect();
    let between = match first.as_slice() {
        ["ALTER", "TABLE", ..] | ["ALTER", "ONLINE" | "IGNORE", "TABLE", ..] => ", ",
        ["CREATE" | "DROP", "INDEX", ..]
        | ["CREATE", "UNIQUE" | "FULLTEXT" | "SPATIAL", "INDEX", ..] => " ",
        _ => return None,
    };
    if words.contains("ALGORITHM") || words.contains("PARTITION") {
        return None;
    }
    for (algorithm, lock) in WAYS {
        // MySQL takes no LOCK beside INSTANT.
        let clauses = [
            format!("ALGORITHM={algorithm}{between}LOCK={lock}"),
            format!("ALGORITHM={algorithm}"),
        ];
        let alone = usize::from(algorithm == "INSTANT") + 1;
        for clause in clauses.iter().take(alone) {
            let asked = format!("{sql}{between}{clause}");
            let asked = sqlx::raw_sql(AssertSqlSafe(asked));
            if connection.execute(asked).await.is_ok() {
                return Some(Online { algorithm, lock });
            }
        }
    }
    None
}
