//! How many sockets the system lets us have.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files that are open beside the sockets of the users: runtime, report, terminal.
const OTHERS: u64 = 64;

/// Raises the limit of open files so far that there can be `wanted` sockets, or as far as it goes,
/// and returns how many there can be.
pub(crate) fn allow_sockets(wanted: u64) -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let needed = wanted.saturating_add(OTHERS);
    let reachable = limit.maximum.map_or(needed, |hard| hard.min(needed));
    let mut allowed = limit.current.unwrap_or(u64::MAX);
    if allowed < reachable {
        let raised = setrlimit(
            Resource::Nofile,
            Rlimit {
                current: Some(reachable),
                maximum: limit.maximum,
            },
        );
        // Where the system refuses, what there was is what there is.
        if raised.is_ok() {
            allowed = reachable;
        }
    }
    allowed.saturating_sub(OTHERS)
}
