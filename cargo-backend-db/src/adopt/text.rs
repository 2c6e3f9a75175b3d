//! Names and texts as the tools write them.

use sha2::{Digest as _, Sha256};

/// Both ways of a file of dbmate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BothWays {
    pub(super) up: String,
    pub(super) down: Option<String>,
    /// `transaction:false` behind either mark.
    pub(super) no_transaction: bool,
}

/// Divides a file of dbmate at `-- migrate:up` and `-- migrate:down`
/// (<https://github.com/amacneil/dbmate#migration-options>); none where there is no way up.
pub(super) fn both_ways(text: &str) -> Option<BothWays> {
    let (mut up, mut down): (Option<String>, Option<String>) = (None, None);
    let mut no_transaction = false;
    let mut upwards = true;
    for line in text.split_inclusive('\n') {
        let mark = line.trim_start().strip_prefix("--").map(str::trim_start);
        let options = |name: &str| mark.and_then(|mark| mark.strip_prefix(name));
        if let Some(options) = options("migrate:up").or_else(|| options("migrate:down")) {
            upwards = line.contains("migrate:up");
            no_transaction |= options.contains("transaction:false");
            let way = if upwards { &mut up } else { &mut down };
            way.get_or_insert_default();
        } else if let Some(way) = if upwards { &mut up } else { &mut down } {
            way.push_str(line);
        }
    }
    let trimmed = |text: String| format!("{}\n", text.trim());
    Some(BothWays {
        up: trimmed(up?),
        down: down.filter(|text| !text.trim().is_empty()).map(trimmed),
        no_transaction,
    })
}

/// The digits before the first underscore, and the name behind it.
pub(super) fn version_and_name(stem: &str) -> Option<(&str, &str)> {
    let (version, name) = stem.split_once('_')?;
    let digits = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    (digits && !name.is_empty()).then_some((version, name))
}

/// `V3__add_it` of refinery, and `U3__add_it`.
pub(super) fn refinery(stem: &str) -> Option<(&str, &str)> {
    let (version, name) = stem.strip_prefix(['V', 'U'])?.split_once("__")?;
    let digits = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    (digits && !name.is_empty()).then_some((version, name))
}

/// `2020-01-31-120000_add_it` of diesel, or with any other version: its digits count.
pub(super) fn diesel(folder: &str) -> Option<(String, &str)> {
    let (version, name) = folder.split_once('_')?;
    let digits = version.replace('-', "");
    let number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    (number && !name.is_empty()).then_some((digits, name))
}

/// `m20220101_000001_add_it` of sea-orm.
pub(super) fn sea_orm(stem: &str) -> Option<(String, &str)> {
    let (day, rest) = stem.strip_prefix('m')?.split_once('_')?;
    let (time, name) = rest.split_once('_')?;
    let digits = format!("{day}{time}");
    let number = day.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    (number && !name.is_empty()).then_some((digits, name))
}

/// In hexadecimal digits.
pub(super) fn sha256(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_dbmate_has_both_ways() {
        let text = "-- migrate:up transaction:false\nCREATE TABLE a (b int);\n\n-- migrate:down\nDROP TABLE a;\n";
        let both = both_ways(text).expect("it has a way up");
        assert_eq!(both.up, "CREATE TABLE a (b int);\n");
        assert_eq!(both.down.as_deref(), Some("DROP TABLE a;\n"));
        assert!(both.no_transaction);
        let up = both_ways("-- migrate:up\nSELECT 1;\n\n-- migrate:down\n\n").expect("the same");
        assert_eq!((up.down, up.no_transaction), (None, false));
        assert_eq!(both_ways("SELECT 1;\n"), None);
    }

    #[test]
    fn versions_are_the_digits_of_names() {
        assert_eq!(version_and_name("0001_init_it"), Some(("0001", "init_it")));
        assert_eq!(version_and_name("x1_init"), None);
        assert_eq!(refinery("V12__add_it"), Some(("12", "add_it")));
        assert_eq!(refinery("V12_add_it"), None);
        let diesel = diesel("2020-01-31-120000_add_it");
        assert_eq!(diesel, Some(("20200131120000".to_owned(), "add_it")));
        let sea_orm = sea_orm("m20220101_000001_create_table");
        assert_eq!(sea_orm, Some(("20220101000001".to_owned(), "create_table")));
    }

    #[test]
    fn a_checksum_is_that_of_the_bytes() {
        // FIPS 180-2, B.1
        assert_eq!(
            sha256("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
