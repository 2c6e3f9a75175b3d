//! What a statement really does on PostgreSQL: the locks that its session holds, the files of the
//! tables, and the scans that were made, before and after it in one transaction.

use std::collections::BTreeMap;

use sqlx::Row as _;
use sqlx::postgres::PgConnection;

use crate::diff::hazard::{LOCKS, Seen};

const TABLES: &str = "
    SELECT c.oid::bigint AS oid, format('%I.%I', n.nspname, c.relname) AS name,
           c.relfilenode::bigint AS file, coalesce(pg_stat_get_xact_numscans(c.oid), 0) AS scans,
           ARRAY(SELECT l.mode FROM pg_locks l
                 WHERE l.pid = pg_backend_pid() AND l.relation = c.oid AND l.granted) AS locks
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm', 'p')
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

#[derive(Debug)]
struct State {
    name: String,
    file: i64,
    scans: i64,
    locks: Vec<String>,
}

/// Watches the tables that were there when it began.
#[derive(Debug)]
pub(crate) struct Trace(BTreeMap<i64, State>);

impl Trace {
    /// Begins; within the transaction of what is to be watched.
    ///
    /// # Errors
    /// When the server is gone.
    pub(crate) async fn begin(connection: &mut PgConnection) -> sqlx::Result<Self> {
        Ok(Self(states(connection).await?))
    }

    /// What happened since this was asked last.
    ///
    /// # Errors
    /// When the server is gone.
    pub(crate) async fn next(&mut self, connection: &mut PgConnection) -> sqlx::Result<Vec<Seen>> {
        let mut seen = Vec::new();
        let mut now = states(connection).await?;
        // What the change makes itself is in nobody's way.
        now.retain(|oid, _| self.0.contains_key(oid));
        for (oid, after) in &now {
            let Some(before) = self.0.get(oid) else {
                continue;
            };
            let strength = |lock: &&String| LOCKS.iter().position(|known| known == lock);
            let strongest = after.locks.iter().max_by_key(strength);
            let rewritten = before.file != after.file;
            let scanned = before.scans != after.scans;
            if let Some(lock) = strongest.filter(|_| {
                rewritten || scanned || before.locks.iter().max_by_key(strength) != strongest
            }) {
                seen.push(Seen {
                    table: after.name.clone(),
                    lock: lock.clone(),
                    rewritten,
                    scanned,
                });
            }
        }
        self.0 = now;
        Ok(seen)
    }
}

async fn states(connection: &mut PgConnection) -> sqlx::Result<BTreeMap<i64, State>> {
    let rows = sqlx::query(TABLES).fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            let state = State {
                name: row.try_get("name")?,
                file: row.try_get("file")?,
                scans: row.try_get("scans")?,
                locks: row.try_get("locks")?,
            };
            Ok((row.try_get("oid")?, state))
        })
        .collect()
}
