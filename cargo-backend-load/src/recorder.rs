//! Sorts what users do into the seconds in which it happens, while they go on: the seconds that are
//! over can be taken out at any time. What is a second here may be another piece of a run.

use crate::tally::Tally;

/// The seconds that some users are in.
#[derive(Debug)]
pub(crate) struct Recorder {
    /// By second, the newest last; seldom more than two.
    open: Vec<(u32, Tally)>,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self { open: Vec::new() }
    }

    /// The counts of one second.
    pub(crate) fn tally(&mut self, second: u32) -> &mut Tally {
        let place = match self.open.last() {
            Some((newest, _)) if *newest == second => self.open.len() - 1,
            _ => {
                let place = self.open.partition_point(|(open, _)| *open < second);
                if self.open.get(place).is_none_or(|(open, _)| *open != second) {
                    self.open.insert(place, (second, Tally::new()));
                }
                place
            }
        };
        &mut self.open[place].1
    }

    /// Takes out all seconds before `second`.
    pub(crate) fn take_before(&mut self, second: u32) -> Vec<(u32, Tally)> {
        let newer = self.open.partition_point(|(open, _)| *open < second);
        self.open.drain(..newer).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_belongs_to_its_second() {
        let mut recorder = Recorder::new();
        for second in [0, 2, 0, 2] {
            recorder.tally(second).ok += 1;
        }
        let taken = |recorder: &mut Recorder, second| {
            let parts = recorder.take_before(second).into_iter();
            parts
                .map(|(second, tally)| (second, tally.ok))
                .collect::<Vec<_>>()
        };
        assert_eq!(taken(&mut recorder, 2), [(0, 2)]);
        assert_eq!(taken(&mut recorder, u32::MAX), [(2, 2)]);
        assert_eq!(taken(&mut recorder, u32::MAX), []);
    }
}
