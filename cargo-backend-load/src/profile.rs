//! The shape of a run: how many users, or how many requests per second, at which time.

use std::time::Duration;

/// Sums of times and rates are equal when they differ by less: a millionth of a request.
const CLOSE: f64 = 1e-6;

/// Who decides when a request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Model {
    /// The users: each sends its next request when the last one is answered.
    Closed,
    /// The clock: requests are due at fixed times, whatever the server does.
    Open,
}

/// What a run is meant to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    pub(crate) model: Model,
    /// Users (closed) or requests per second (open) over time, the warm-up included.
    pub(crate) profile: Profile,
    /// Users at the same time; in an open model the most requests that may be in flight.
    pub(crate) users: u64,
    /// The first part of the profile, which the figures leave out.
    pub(crate) warm_up: Duration,
    /// How the figures are cut in pieces.
    pub(crate) rhythm: Rhythm,
}

/// Pieces of a run; they go to one server, or to two in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rhythm {
    /// One server: a request belongs to the second in which it is finished.
    Seconds,
    /// Two servers, A B B A over and over, so that what drifts meets both alike: a request belongs
    /// to the block in which it begins.
    Blocks(Duration),
}

impl Rhythm {
    /// The length of a piece.
    pub(crate) fn length(self) -> Duration {
        match self {
            Self::Seconds => Duration::from_secs(1),
            Self::Blocks(length) => length,
        }
    }

    /// The server that a request goes to that begins at a time.
    pub(crate) fn server_at(self, time: Duration) -> usize {
        match self {
            Self::Seconds => 0,
            Self::Blocks(length) => {
                let block = time.as_nanos() / length.as_nanos().max(1);
                [0, 1, 1, 0][(block % 4) as usize]
            }
        }
    }

    /// Whether the other server may still be busy with the block before: the first tenth.
    pub(crate) fn is_settling(self, time: Duration) -> bool {
        match self {
            Self::Seconds => false,
            Self::Blocks(length) => {
                time.as_nanos() % length.as_nanos().max(1) < length.as_nanos() / 10
            }
        }
    }
}

/// A part of a run, over which the level goes straight to its target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stage {
    pub(crate) length: Duration,
    pub(crate) target: f64,
}

/// A level over time in straight lines.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Profile {
    lines: Vec<Line>,
}

/// One straight line; times in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Line {
    from: f64,
    length: f64,
    begin: f64,
    end: f64,
    /// The area under the lines before this one: how many requests were due by then.
    before: f64,
}

impl Line {
    fn slope(self) -> f64 {
        (self.end - self.begin) / self.length
    }

    fn area(self) -> f64 {
        (self.begin + self.end) / 2.0 * self.length
    }

    /// The area under the first `seconds` of it.
    fn area_until(self, seconds: f64) -> f64 {
        (self.begin + self.slope() * seconds / 2.0) * seconds
    }

    /// After how many seconds the area under it is `area`: the root of
    /// `slope/2·x² + begin·x = area`, written so that it also holds for a slope of nothing.
    fn seconds_for(self, area: f64) -> f64 {
        let root = (self.begin * self.begin + 2.0 * self.slope() * area).max(0.0);
        let divisor = self.begin + root.sqrt();
        if divisor <= 0.0 {
            return 0.0;
        }
        2.0 * area / divisor
    }
}

impl Plan {
    /// How long the part that counts is meant to be.
    pub(crate) fn measured(&self) -> Duration {
        self.profile.length().saturating_sub(self.warm_up)
    }
}

impl Profile {
    /// `begin` is held for `warm_up`; then the stages follow, each a ramp from where the one
    /// before it ended. A stage without length is a jump.
    pub(crate) fn new(begin: f64, warm_up: Duration, stages: &[Stage]) -> Self {
        let held = Stage {
            length: warm_up,
            target: begin,
        };
        let (mut lines, mut level, mut from, mut before) = (Vec::new(), begin, 0.0, 0.0);
        for stage in std::iter::once(&held).chain(stages) {
            let line = Line {
                from,
                length: stage.length.as_secs_f64(),
                begin: level,
                end: stage.target,
                before,
            };
            level = stage.target;
            if !stage.length.is_zero() {
                from += line.length;
                before += line.area();
                lines.push(line);
            }
        }
        Self { lines }
    }

    pub(crate) fn length(&self) -> Duration {
        let end = self
            .lines
            .last()
            .map_or(0.0, |line| line.from + line.length);
        Duration::from_secs_f64(end)
    }

    /// The first level.
    pub(crate) fn begin(&self) -> f64 {
        self.lines.first().map_or(0.0, |line| line.begin)
    }

    /// The highest level.
    pub(crate) fn peak(&self) -> f64 {
        let levels = self.lines.iter().flat_map(|line| [line.begin, line.end]);
        levels.fold(0.0, f64::max)
    }

    /// The level at a time; after the end it is nothing.
    pub(crate) fn level_at(&self, time: Duration) -> f64 {
        let seconds = time.as_secs_f64();
        self.lines
            .iter()
            .find(|line| seconds < line.from + line.length)
            .map_or(0.0, |line| {
                line.begin + line.slope() * (seconds - line.from)
            })
    }

    /// The first time from `from` on at which the level is above `level`.
    pub(crate) fn rises_above(&self, level: f64, from: Duration) -> Option<Duration> {
        let from = from.as_secs_f64();
        self.lines.iter().find_map(|line| {
            let end = line.from + line.length;
            let entry = from.max(line.from);
            if entry >= end {
                return None;
            }
            let at_entry = line.begin + line.slope() * (entry - line.from);
            let seconds = if at_entry > level {
                entry
            } else if line.end > level {
                // A level is passed within the line; a moment later it is above.
                line.from + (level - line.begin) / line.slope() + CLOSE
            } else {
                return None;
            };
            Some(Duration::from_secs_f64(seconds.max(entry)))
        })
    }

    /// How many requests are due in the whole run. Request `i` is due when the area under the
    /// profile is `i`, so at a constant rate `r` it is due at `i / r`.
    pub(crate) fn requests(&self) -> u64 {
        let area = self
            .lines
            .last()
            .map_or(0.0, |line| line.before + line.area());
        (area - CLOSE).ceil().max(0.0) as u64
    }

    /// How many requests are due at a time or before it.
    pub(crate) fn due_by(&self, time: Duration) -> u64 {
        let seconds = time.as_secs_f64();
        let line = self
            .lines
            .iter()
            .find(|line| seconds < line.from + line.length);
        let Some(line) = line else {
            return self.requests();
        };
        let area = line.before + line.area_until(seconds - line.from);
        ((area + CLOSE).floor() as u64 + 1).min(self.requests())
    }

    /// When request `index`, counted from 0, is due.
    pub(crate) fn due_at(&self, index: u64) -> Duration {
        let area = index as f64;
        let line = self
            .lines
            .iter()
            .find(|line| area < line.before + line.area())
            .or(self.lines.last());
        let seconds = line.map_or(0.0, |line| line.from + line.seconds_for(area - line.before));
        Duration::from_secs_f64(seconds.max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    fn stage(length: u64, target: f64) -> Stage {
        Stage {
            length: seconds(length),
            target,
        }
    }

    #[test]
    fn a_constant_rate_is_due_at_equal_distances() {
        let profile = Profile::new(500.0, Duration::ZERO, &[stage(20, 500.0)]);
        assert_eq!(profile.requests(), 10_000);
        assert_eq!(profile.due_at(0), Duration::ZERO);
        assert_eq!(profile.due_at(500), seconds(1));
        assert_eq!(profile.due_at(9_999), Duration::from_millis(19_998));
        assert_eq!(profile.due_by(Duration::ZERO), 1);
        assert_eq!(profile.due_by(Duration::from_micros(1_999)), 1);
        assert_eq!(profile.due_by(Duration::from_millis(2)), 2);
        assert_eq!(profile.due_by(seconds(60)), 10_000);
    }

    #[test]
    fn a_ramp_is_due_where_its_area_says() {
        // 0 to 100 a second in 10 s: 500 requests, and half of them by 10/√2 s.
        let profile = Profile::new(0.0, Duration::ZERO, &[stage(10, 100.0)]);
        assert_eq!(profile.requests(), 500);
        let half = profile.due_at(250).as_secs_f64();
        assert!((half - 10.0 / 2f64.sqrt()).abs() < 1e-6, "{half}");
        let falling = Profile::new(100.0, Duration::ZERO, &[stage(10, 0.0)]);
        assert_eq!(falling.requests(), 500);
        let half = falling.due_at(250).as_secs_f64();
        assert!((half - (10.0 - 10.0 / 2f64.sqrt())).abs() < 1e-6, "{half}");
    }

    #[test]
    fn every_request_is_due_once_and_in_order() {
        let stages = [
            stage(3, 70.0),
            stage(0, 10.0),
            stage(2, 10.0),
            stage(1, 0.0),
        ];
        for begin in [0.0, 0.3, 33.0] {
            let profile = Profile::new(begin, seconds(1), &stages);
            let due: Vec<Duration> = (0..profile.requests()).map(|i| profile.due_at(i)).collect();
            assert!(due.is_sorted());
            assert!(due.last().is_some_and(|last| *last <= profile.length()));
            for (index, time) in due.iter().enumerate() {
                let told = profile.due_by(*time + Duration::from_micros(1));
                assert!(told > index as u64, "{index} of {told} at {time:?}");
            }
        }
    }

    #[test]
    fn a_warm_up_holds_the_first_level() {
        let profile = Profile::new(50.0, seconds(2), &[stage(10, 100.0)]);
        assert_eq!(profile.length(), seconds(12));
        assert_eq!(profile.level_at(seconds(1)), 50.0);
        assert_eq!(profile.level_at(seconds(7)), 75.0);
        assert_eq!(profile.level_at(seconds(12)), 0.0);
        assert_eq!(profile.peak(), 100.0);
    }

    #[test]
    fn blocks_go_to_two_servers_in_turn() {
        let rhythm = Rhythm::Blocks(Duration::from_millis(200));
        let servers: Vec<usize> = (0..8)
            .map(|block| rhythm.server_at(Duration::from_millis(block * 200 + 50)))
            .collect();
        assert_eq!(servers, [0, 1, 1, 0, 0, 1, 1, 0]);
        assert!(rhythm.is_settling(Duration::from_millis(419)));
        assert!(!rhythm.is_settling(Duration::from_millis(420)));
        assert_eq!(Rhythm::Seconds.server_at(seconds(5)), 0);
    }

    #[test]
    fn a_user_waits_for_the_level_to_rise_above_its_number() {
        let profile = Profile::new(0.0, Duration::ZERO, &[stage(10, 10.0), stage(10, 0.0)]);
        let rises = |level, from| {
            let time = profile.rises_above(level, seconds(from));
            time.map(|time| time.as_secs_f64().round() as u64)
        };
        assert_eq!(rises(0.0, 0), Some(0));
        assert_eq!(rises(4.0, 0), Some(4));
        assert_eq!(rises(4.0, 12), Some(12));
        assert_eq!(rises(4.0, 17), None);
        assert_eq!(rises(10.0, 0), None);
        let jump = Profile::new(
            1.0,
            Duration::ZERO,
            &[stage(5, 1.0), stage(0, 9.0), stage(5, 9.0)],
        );
        assert_eq!(jump.rises_above(4.0, seconds(1)), Some(seconds(5)));
    }
}
