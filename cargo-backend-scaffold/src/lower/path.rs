//! Paths of operations: what the router can tell apart, and what stands in their segments.

/// The path as the router sees it: a segment is a parameter or is not.
pub(super) fn shape(path: &str) -> String {
    let path = path.split(['#', '?']).next().unwrap_or(path);
    let segments = path
        .split('/')
        .map(|segment| if segment.contains('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

/// `report.{format}`: what stands around the parameters, and the number of this one.
pub(super) fn part(path: &str, name: &str) -> Option<(Vec<String>, usize)> {
    let placeholder = format!("{{{name}}}");
    let path = path.split(['#', '?']).next().unwrap_or(path);
    let segment = path
        .split('/')
        .find(|segment| segment.contains(&placeholder))
        .filter(|segment| **segment != placeholder)?;
    let mut pieces = Vec::new();
    let mut names = Vec::new();
    let mut rest = segment;
    while let Some((before, after)) = rest.split_once('{') {
        let (inner, after) = after.split_once('}')?;
        pieces.push(before.to_owned());
        names.push(inner);
        rest = after;
    }
    pieces.push(rest.to_owned());
    Some((pieces, names.iter().position(|inner| *inner == name)?))
}

/// What a group of operations is called that have no tag: the first word of their paths that is no
/// version.
pub(super) fn first_word(path: &str) -> Option<&str> {
    let is_version = |segment: &str| {
        segment
            .strip_prefix('v')
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let words = || {
        path.split(['/', '#', '?'])
            .filter(|segment| !segment.is_empty() && !segment.contains('{'))
    };
    words()
        .find(|segment| !is_version(segment) && *segment != "api")
        .or_else(|| words().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_of_text_and_parameters_falls_into_pieces() {
        let pieces = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        assert_eq!(part("/a/{id}", "id"), None);
        assert_eq!(
            part("/a/pic.{ending}", "ending"),
            Some((pieces(&["pic.", ""]), 0))
        );
        assert_eq!(
            part("/compare/{base}...{head}", "head"),
            Some((pieces(&["", "...", ""]), 1))
        );
    }

    #[test]
    fn paths_that_a_url_cannot_tell_apart_have_one_shape() {
        assert_eq!(shape("/a/{id}#share"), shape("/a/{other}"));
        assert_ne!(shape("/a/{id}"), shape("/a/{id}/b"));
    }

    #[test]
    fn a_version_is_no_group() {
        for (path, word) in [
            ("/v1/orders/{id}", Some("orders")),
            ("/api/v2/{id}", Some("api")),
            ("/{id}", None),
        ] {
            assert_eq!(first_word(path), word);
        }
    }
}
