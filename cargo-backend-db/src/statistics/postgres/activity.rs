//! What happens right now: sessions, and what is kept for replication.

use sqlx::Row as _;
use sqlx::postgres::{PgConnection, PgRow};

use super::super::live::keep;
use super::super::{Lost, Section, Session, Slot, Statistics};
use super::{Role, count};

/// Sessions of this database with an open transaction. `pg_blocking_pids` takes the lock manager's
/// locks for a moment, so only those that wait are asked about.
const SESSIONS: &str = "
    SELECT a.pid::bigint AS id, coalesce(a.usename::text, '') AS \"user\",
           coalesce(a.application_name, '') AS application,
           coalesce(a.state LIKE 'idle in transaction%', false) AS idle,
           extract(epoch FROM clock_timestamp() - a.xact_start)::bigint AS transaction,
           extract(epoch FROM clock_timestamp() - a.state_change)::bigint AS state,
           coalesce(left(a.query, 2000), '') AS query,
           CASE WHEN a.wait_event_type = 'Lock' THEN pg_blocking_pids(a.pid)::bigint[]
                ELSE '{}' END AS blocked_by
    FROM pg_stat_activity a
    WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
      AND a.backend_type = 'client backend' AND a.xact_start IS NOT NULL
    ORDER BY a.xact_start, a.pid";

/// A standby has no write position of its own.
const SLOTS: &str = "
    SELECT s.slot_name::text AS name, s.active, coalesce(s.wal_status, '') AS status,
           pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn()
                                ELSE pg_current_wal_lsn() END, s.restart_lsn)::bigint AS retained
    FROM pg_replication_slots s ORDER BY 1";

pub(super) async fn read(
    connection: &mut PgConnection,
    role: Option<&Role>,
    statistics: &mut Statistics,
) -> anyhow::Result<()> {
    if role.is_some_and(|role| role.sees_all) {
        let rows = sqlx::query(SESSIONS).fetch_all(&mut *connection).await;
        let read = rows.and_then(|rows| rows.iter().map(session).collect());
        if let Some(read) = keep(&mut statistics.lost, Section::Sessions, read)? {
            statistics.sessions = read;
        }
    } else {
        let why = "this role does not see what others do";
        let remedy = "GRANT pg_monitor TO the role that analyses";
        statistics
            .lost
            .insert(Section::Sessions, Lost::new(why, remedy));
    }
    let rows = sqlx::query(SLOTS).fetch_all(&mut *connection).await;
    let read = rows.and_then(|rows| rows.iter().map(slot).collect());
    if let Some(read) = keep(&mut statistics.lost, Section::Replication, read)? {
        statistics.slots = read;
    }
    Ok(())
}

fn session(row: &PgRow) -> sqlx::Result<Session> {
    Ok(Session {
        id: row.try_get("id")?,
        user: row.try_get("user")?,
        application: row.try_get("application")?,
        idle: row.try_get("idle")?,
        transaction_s: count(row, "transaction")?,
        state_s: count(row, "state")?,
        query: row.try_get("query")?,
        blocked_by: row.try_get("blocked_by")?,
    })
}

fn slot(row: &PgRow) -> sqlx::Result<Slot> {
    Ok(Slot {
        name: row.try_get("name")?,
        active: row.try_get("active")?,
        retained_bytes: count(row, "retained")?,
        status: row.try_get("status")?,
    })
}
