//! A session that waits for another one's lock.

use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;

use super::SERVERS;
use super::check::{Check, Facts, Finding, Threshold};
use crate::statistics::{Section, Session, counted, seconds_in_words, shown};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "blocked-session",
        summary: "a session that waits for a lock which another one holds",
        explanation: "\
## Why
Whoever waits for a lock does nothing else, and holds the locks that it has: the queue behind it
grows until connections run out. A migration that waits for ACCESS EXCLUSIVE stops every later reader
of its table, too.

## Proof
PostgreSQL: `pg_blocking_pids()` of the sessions whose `wait_event_type` is `Lock`. MySQL:
`performance_schema.data_lock_waits`, MariaDB: `information_schema.innodb_lock_waits`, which know row
locks but no metadata locks. The statements of both sides are
shown as the server has them; of an idle session it is the last one.

## Fix
End what blocks: commit or roll back in the client, or `SELECT pg_terminate_backend(PID)` (MySQL:
`KILL ID`). Set `lock_timeout` where schemas are changed, and keep transactions short.
",
    },
    engines: SERVERS,
    needs: &[Section::Sessions],
    needs_history: false,
    thresholds: &[&SECONDS],
    check,
};

static SECONDS: Threshold = Threshold {
    name: "blocked-seconds",
    default: 5,
    about: "How long a session has waited at least. Short waits are how locks work; PostgreSQL itself \
            looks for a deadlock after 1 s (deadlock_timeout).",
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let sessions = &facts.statistics.sessions;
    let waiting = sessions
        .iter()
        .filter(|session| !session.blocked_by.is_empty())
        .filter(|session| session.state_s >= facts.threshold(&SECONDS));
    waiting
        .map(|session| {
            let mut found = Diagnostic::warning(format!(
                "session {} has waited for a lock for {}",
                session.id,
                seconds_in_words(session.state_s)
            ))
            .evidence(format!("it waits in: {}", shown(&session.query)));
            for id in &session.blocked_by {
                let holder = sessions.iter().find(|session| session.id == *id);
                found = found.evidence(match holder {
                    Some(holder) => in_words(holder),
                    None => format!("session {id} holds it"),
                });
            }
            let behind = sessions
                .iter()
                .filter(|other| other.blocked_by.contains(&session.id))
                .count() as u64;
            if behind > 0 {
                found = found.evidence(format!("{} behind it", counted(behind, "session")));
            }
            found.help("end the transaction that holds the lock").into()
        })
        .collect()
}

fn in_words(holder: &Session) -> String {
    let state = if holder.idle {
        "idle, last ran"
    } else {
        "runs"
    };
    format!(
        "session {} of {} holds it, for {}, {state}: {}",
        holder.id,
        holder.user,
        seconds_in_words(holder.transaction_s),
        shown(&holder.query)
    )
}

#[cfg(test)]
mod tests {
    use super::super::sample::{said, schema};
    use super::*;
    use crate::statistics::Statistics;

    #[test]
    fn who_waits_long_enough_is_found() {
        let schema = schema(Vec::new());
        let waiting = |state_s| {
            let mut statistics = Statistics::default();
            statistics.sessions.push(Session {
                id: 7,
                state_s,
                blocked_by: vec![8],
                ..Session::default()
            });
            said(check, &schema, &statistics)
        };
        assert_eq!(waiting(4), Vec::<String>::new());
        assert_eq!(
            waiting(5),
            ["session 7 has waited for a lock for 5 seconds"]
        );
    }
}
