//! Asks the server.

use cargo_backend_shared::introspect::Connection;

use super::{Lost, Statistics, mysql, postgres, sqlite};

/// Reads the facts. A section that cannot be read is in `Statistics::lost`; an error means that
/// the server is gone.
pub(crate) async fn read(connection: &mut Connection) -> anyhow::Result<Statistics> {
    match connection {
        Connection::Postgres(connection) => postgres::read(connection).await,
        Connection::MySql(connection) => mysql::read(connection).await,
        Connection::Sqlite(connection) => sqlite::read(connection).await,
    }
}

/// Why a query failed, if the server refused it; anything else is no answer at all and comes back
/// as the error it is.
pub(crate) fn lost(error: sqlx::Error) -> Result<Lost, sqlx::Error> {
    let sqlx::Error::Database(refusal) = &error else {
        return Err(error);
    };
    let message = refusal.message();
    let code = refusal.code().unwrap_or_default();
    // What the server cannot even read is our fault, and must not pass for its own.
    if code == "42601" || message.contains("error in your SQL syntax") {
        return Err(error);
    }
    Ok(match &*code {
        "42501" => Lost::new(message, "GRANT pg_monitor TO the role that analyses"),
        "55P03" => Lost::new(
            format!("{message}: another session holds a lock under which nobody can read"),
            "run it again when that session is done",
        ),
        "57014" => Lost::new(message, "run it again when the server has less to do"),
        _ if message.contains("denied") => Lost::new(
            message,
            "GRANT PROCESS, SELECT ON *.* TO the user that analyses",
        ),
        _ => Lost::new(message, ""),
    })
}

/// Bytes, rows and calls come as signed numbers and are never negative.
pub(super) fn whole(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Keeps what was read, or the reason why it was not.
pub(super) fn keep<T>(
    lost_sections: &mut std::collections::BTreeMap<super::Section, Lost>,
    section: super::Section,
    read: sqlx::Result<T>,
) -> sqlx::Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) => {
            lost_sections.insert(section, lost(error)?);
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::fmt;

    use sqlx::error::{DatabaseError, ErrorKind};

    use super::*;

    #[derive(Debug)]
    struct Refusal(&'static str, &'static str);

    impl fmt::Display for Refusal {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.1)
        }
    }

    impl std::error::Error for Refusal {}

    impl DatabaseError for Refusal {
        fn message(&self) -> &str {
            self.1
        }
        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.into())
        }
        fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
            self
        }
        fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
            self
        }
        fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
            self
        }
        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    fn remedy(code: &'static str, message: &'static str) -> Option<String> {
        let refused = sqlx::Error::Database(Box::new(Refusal(code, message)));
        lost(refused).ok().map(|lost| lost.remedy)
    }

    #[test]
    fn each_refusal_has_its_remedy() {
        assert_eq!(
            remedy("42501", "permission denied").as_deref(),
            Some("GRANT pg_monitor TO the role that analyses")
        );
        assert_eq!(
            remedy("55P03", "canceling statement due to lock timeout").as_deref(),
            Some("run it again when that session is done")
        );
        assert_eq!(
            remedy("57014", "canceling statement due to statement timeout").as_deref(),
            Some("run it again when the server has less to do")
        );
        assert_eq!(
            remedy("42000", "SELECT command denied to user").as_deref(),
            Some("GRANT PROCESS, SELECT ON *.* TO the user that analyses")
        );
        assert_eq!(remedy("42P01", "no such view").as_deref(), Some(""));
    }

    #[test]
    fn our_own_mistakes_and_dead_servers_are_errors() {
        assert_eq!(remedy("42601", "syntax error at or near"), None);
        assert_eq!(
            remedy("42000", "You have an error in your SQL syntax"),
            None
        );
        assert!(matches!(
            lost(sqlx::Error::PoolClosed),
            Err(sqlx::Error::PoolClosed)
        ));
    }
}
