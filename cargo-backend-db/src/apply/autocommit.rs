//! A file of MySQL or MariaDB, whose statements that change the schema commit by themselves, one by
//! one, so that a run that was killed goes on where it stopped.
//!
//! How far it came stands in the history, as on PostgreSQL: -1 before the first statement, -2 once it
//! was begun, -3 when it is done. Rows are changed in one transaction with that number. Of a change of
//! the schema that was begun, the server says whether it is done: it refuses to make what is there, or
//! to drop what is not.

use anyhow::Context as _;
use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::introspect::Connection;
use sqlx::mysql::MySqlDatabaseError;

use super::fault::Failing;
use super::patience::{self, Runner};
use crate::migration::{Script, Version};
use crate::split::split;

/// What the server says to a change of the schema that is done already: something exists, or does not.
/// (<https://mariadb.com/kb/en/mariadb-error-code-reference/>)
const DONE: &[u16] = &[
    1007, 1008, 1022, 1050, 1051, 1054, 1060, 1061, 1068, 1072, 1091, 1146, 1304, 1305, 1359, 1360,
    1537, 1539, 1826, 1005,
];

/// Runs the statements that are not done yet. `version` is that of a migration forward, which is
/// counted; on the way back nothing is.
///
/// # Errors
/// When one fails; those before it are done.
pub(super) async fn run(
    connection: &mut Connection,
    script: &Script,
    version: Option<Version>,
    runner: &Runner<'_>,
) -> anyhow::Result<()> {
    // Whole seconds are all that the server knows, and 0 is not one of them on MySQL.
    let seconds = runner.lock_timeout.as_secs_f64().ceil().max(1.0);
    let timeouts = format!(
        "SET SESSION lock_wait_timeout = {seconds}, SESSION innodb_lock_wait_timeout = {seconds}"
    );
    super::statement(connection, timeouts).await?;
    let passed = super::marks(connection, version).await?;
    let statements = split(Dialect::MySql, script.sql());
    let count = statements.len();
    for (place, piece) in statements.iter().enumerate().skip(passed / 2) {
        let text = &script.sql()[piece.span.clone()];
        let begun = version.is_some() && passed == 2 * place + 1;
        let attempt = async |_| {
            let ran = one(connection, text, (version, place), begun).await;
            let doing = super::failed(script, place, count);
            ran.with_context(|| Failing::one(script, piece.span.clone(), doing, super::GOES_ON))
        };
        patience::patiently(runner, &script.file, attempt).await?;
    }
    Ok(())
}

async fn one(
    connection: &mut Connection,
    text: &str,
    (version, place): (Option<Version>, usize),
    begun: bool,
) -> sqlx::Result<()> {
    if changes_rows(text) {
        return super::counted(connection, text, version, 2 * place + 2).await;
    }
    super::mark(connection, version, 2 * place + 1).await?;
    match super::statement(connection, text.to_owned()).await {
        Err(fault) if begun && is_done(&fault) => {}
        Err(fault) => {
            // Refused, so it is not begun: the next run must not take another refusal for success.
            super::mark(connection, version, 2 * place).await?;
            return Err(fault);
        }
        Ok(()) => {}
    }
    super::mark(connection, version, 2 * place + 2).await
}

fn changes_rows(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    ["INSERT", "UPDATE", "DELETE", "REPLACE"]
        .iter()
        .any(|word| first.eq_ignore_ascii_case(word))
}

fn is_done(fault: &sqlx::Error) -> bool {
    let fault = fault.as_database_error();
    let fault = fault.and_then(|fault| fault.try_downcast_ref::<MySqlDatabaseError>());
    fault.is_some_and(|fault| DONE.contains(&fault.number()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_changed_in_a_transaction() {
        assert!(changes_rows("insert INTO a VALUES (';')"));
        assert!(!changes_rows("DROP TABLE a"));
    }
}
