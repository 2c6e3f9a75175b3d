//! How busy the whole machine is, where the system tells.

use std::time::Duration;

/// What the cores of the machine did so far, all together, in ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticks {
    busy: u64,
    all: u64,
}

/// What the cores did since the machine started; `None` where the system has no `/proc/stat`.
pub(crate) fn ticks() -> Option<Ticks> {
    read(&fs_err::read_to_string("/proc/stat").ok()?)
}

fn read(stat: &str) -> Option<Ticks> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    // user nice system idle iowait irq softirq steal; guest times are part of user and nice.
    let fields = line.split_whitespace().take(8).map(str::parse);
    let fields: Vec<u64> = fields.collect::<Result<_, _>>().ok()?;
    let idle = fields.get(3)? + fields.get(4)?;
    let all: u64 = fields.iter().sum();
    Some(Ticks {
        busy: all - idle,
        all,
    })
}

impl Ticks {
    /// The share of the cores' time since `earlier` that was used, 0 to 100; `None` when too little
    /// of it has passed to say.
    pub(crate) fn busy_percent_since(self, earlier: Self) -> Option<f64> {
        let all = self.all.checked_sub(earlier.all)?;
        // A tick is a hundredth of a second.
        (Duration::from_millis(all * 10) >= Duration::from_millis(500))
            .then(|| self.busy.saturating_sub(earlier.busy) as f64 * 100.0 / all as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEFORE: &str = "cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 50 0 25 400 25 0 0 0 0 0\n";

    #[test]
    fn what_is_neither_idle_nor_waiting_is_busy() {
        let before = read(BEFORE).expect("a line for all cores");
        let after = read("cpu  160 0 80 805 55 0 0 0 7 0\n").expect("a line");
        assert_eq!(after.busy_percent_since(before), Some(90.0));
    }

    #[test]
    fn what_cannot_be_known_is_not_told() {
        assert_eq!(read("intr 1 2 3\n"), None);
        assert_eq!(read("cpu  1 2 x\n"), None);
        let before = read(BEFORE).expect("a line for all cores");
        assert_eq!(before.busy_percent_since(before), None);
    }
}
