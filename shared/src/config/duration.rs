//! Durations as people write them: `500ms`, `30s`, `1m30s`, `2h`.

use std::time::Duration;

/// Reads a duration: numbers with the units `ms`, `s`, `m` or `h`, largest first or not.
///
/// # Errors
/// A sentence that says what was expected.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let fault = || format!("`{text}` is not a duration such as `500ms`, `30s` or `1m30s`");
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(fault());
    }
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .ok_or_else(fault)?;
        let number: f64 = rest[..digits].parse().map_err(|_ignored| fault())?;
        rest = &rest[digits..];
        let letters = rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let seconds = match &rest[..letters] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return Err(fault()),
        };
        rest = &rest[letters..];
        let part = Duration::try_from_secs_f64(number * seconds).map_err(|_ignored| fault())?;
        total = total.checked_add(part).ok_or_else(fault)?;
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_add_up() {
        let read = |text| parse_duration(text).map(|duration| duration.as_millis());
        assert_eq!(read("500ms"), Ok(500));
        assert_eq!(read("1m30s"), Ok(90_000));
        assert_eq!(read("1.5h"), Ok(5_400_000));
    }

    #[test]
    fn what_is_not_a_duration_says_what_one_is() {
        for text in ["", "30", "s", "3x", "-1s", "1e99h", "99999999999999999999h"] {
            assert_eq!(
                parse_duration(text),
                Err(format!(
                    "`{text}` is not a duration such as `500ms`, `30s` or `1m30s`"
                ))
            );
        }
    }
}
