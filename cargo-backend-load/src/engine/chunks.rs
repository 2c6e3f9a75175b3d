//! Bodies in chunks (RFC 9112, section 7.1): where they end, and how long they are.

use crate::sample::Failure;

/// The line of a chunk's size may not be longer, extensions included.
const MAX_SIZE_LINE_BYTES: usize = 4 * 1024;
/// The trailers after the last chunk may not be longer together.
const MAX_TRAILER_BYTES: usize = 64 * 1024;

/// Follows a body in chunks piece by piece, however the pieces are cut.
#[derive(Debug)]
pub(super) struct Chunks {
    state: State,
    /// The length of the line or of the trailers so far.
    line_bytes: usize,
    body_bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Size { size: u64, digits: u8 },
    Extension { size: u64 },
    SizeLineFeed { size: u64 },
    Data { left: u64 },
    DataReturn,
    DataLineFeed,
    TrailerStart,
    Trailer,
    TrailerLineFeed,
    EndLineFeed,
    End,
}

impl Chunks {
    pub(super) fn new() -> Self {
        Self {
            state: State::Size { size: 0, digits: 0 },
            line_bytes: 0,
            body_bytes: 0,
        }
    }

    /// Whether the last byte of the body was fed.
    pub(super) fn is_done(&self) -> bool {
        self.state == State::End
    }

    /// The bytes of the body so far, without the framing.
    pub(super) fn body_bytes(&self) -> u64 {
        self.body_bytes
    }

    /// Takes what belongs to the body and says how many bytes that were; fewer than given only
    /// when the body has ended.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<usize, Failure> {
        let mut taken = 0;
        while taken < bytes.len() && self.state != State::End {
            if let State::Data { left } = self.state {
                let here = left.min((bytes.len() - taken) as u64);
                // Not more than `bytes.len()`, so it fits.
                taken += here as usize;
                self.body_bytes += here;
                self.state = match left - here {
                    0 => State::DataReturn,
                    left => State::Data { left },
                };
            } else {
                self.state = self.after(bytes[taken])?;
                taken += 1;
            }
        }
        Ok(taken)
    }

    fn after(&mut self, byte: u8) -> Result<State, Failure> {
        let next = match (self.state, byte) {
            (State::Size { size, digits }, b'\r' | b';' | b' ' | b'\t') if digits > 0 => match byte
            {
                b'\r' => State::SizeLineFeed { size },
                _ => State::Extension { size },
            },
            (State::Size { size, digits }, _) => {
                let digit = (byte as char)
                    .to_digit(16)
                    .ok_or_else(|| Failure::protocol("the size of a chunk is not a number"))?;
                // Sixteen digits are all that a u64 holds.
                if digits == 16 {
                    return Err(Failure::protocol("the size of a chunk is too large"));
                }
                State::Size {
                    size: size << 4 | u64::from(digit),
                    digits: digits + 1,
                }
            }
            (State::Extension { size }, b'\r') => State::SizeLineFeed { size },
            (State::Extension { size }, _) => {
                self.longer(MAX_SIZE_LINE_BYTES, State::Extension { size })?
            }
            (State::SizeLineFeed { size: 0 }, b'\n') => self.fresh(State::TrailerStart),
            (State::SizeLineFeed { size }, b'\n') => self.fresh(State::Data { left: size }),
            (State::DataReturn, b'\r') => State::DataLineFeed,
            (State::DataLineFeed, b'\n') => State::Size { size: 0, digits: 0 },
            (State::TrailerStart, b'\r') => State::EndLineFeed,
            (State::Trailer, b'\r') => State::TrailerLineFeed,
            (State::TrailerStart | State::Trailer, _) => {
                self.longer(MAX_TRAILER_BYTES, State::Trailer)?
            }
            (State::TrailerLineFeed, b'\n') => State::TrailerStart,
            (State::EndLineFeed, b'\n') => State::End,
            (State::Data { .. } | State::End, _)
            | (
                State::SizeLineFeed { .. }
                | State::DataReturn
                | State::DataLineFeed
                | State::TrailerLineFeed
                | State::EndLineFeed,
                _,
            ) => return Err(Failure::protocol("a chunk does not end where it should")),
        };
        Ok(next)
    }

    fn longer(&mut self, limit: usize, next: State) -> Result<State, Failure> {
        self.line_bytes += 1;
        if self.line_bytes > limit {
            return Err(Failure::protocol("the framing of the chunks is too long"));
        }
        Ok(next)
    }

    fn fresh(&mut self, next: State) -> State {
        self.line_bytes = 0;
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The length of the body and what was taken, fed in two pieces cut at every place.
    fn check(text: &str, expected: Result<(u64, usize), &str>) {
        for cut in 0..=text.len() {
            let mut chunks = Chunks::new();
            let (first, second) = text.as_bytes().split_at(cut);
            let outcome = chunks.feed(first).and_then(|taken| {
                let rest = chunks.feed(second)?;
                Ok((chunks.is_done(), chunks.body_bytes(), taken + rest))
            });
            let expected = expected
                .map(|(body, taken)| (true, body, taken))
                .map_err(Failure::protocol);
            assert_eq!(outcome, expected, "cut at {cut}");
        }
    }

    #[test]
    fn chunks_add_up() {
        check(
            "5\r\nhello\r\n0A;x=y\r\n0123456789\r\n0\r\n\r\n",
            Ok((15, 35)),
        );
    }

    #[test]
    fn trailers_belong_to_the_body_and_what_follows_does_not() {
        check("1\r\nx\r\n0\r\nETag: a\r\nB: c\r\n\r\nHTTP", Ok((1, 26)));
    }

    #[test]
    fn an_empty_body_is_its_last_chunk() {
        check("0\r\n\r\n", Ok((0, 5)));
    }

    #[test]
    fn broken_framing_is_noticed() {
        check("x\r\n", Err("the size of a chunk is not a number"));
        check("\r\n", Err("the size of a chunk is not a number"));
        check("1\r\nxy", Err("a chunk does not end where it should"));
        check(
            "10000000000000000\r\n",
            Err("the size of a chunk is too large"),
        );
    }

    #[test]
    fn an_endless_extension_is_refused() {
        let mut chunks = Chunks::new();
        let text = format!("1;{}", "x".repeat(MAX_SIZE_LINE_BYTES + 1));
        assert_eq!(
            chunks.feed(text.as_bytes()),
            Err(Failure::protocol("the framing of the chunks is too long"))
        );
    }
}
