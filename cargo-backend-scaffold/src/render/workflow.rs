//! The context of the CI file.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::render::Options;

/// What CI asks of a service, beside its tests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Workflow {
    /// The document, relative to the workspace's root. None where there is none that CI could read:
    /// nothing compares the service with it then.
    pub(crate) document: Option<PathBuf>,
}

pub(super) fn context(workflow: &Workflow, options: &Options<'_>) -> Value {
    json!({
        "drift": workflow.document.as_deref().map(|document| drift(document, options)),
        "tool_version": env!("CARGO_PKG_VERSION"),
    })
}

/// The command that fails when the service is not what its document says, run from the workspace's root.
fn drift(document: &Path, options: &Options<'_>) -> String {
    format!(
        "cargo backend-scaffold {} --name {} --output {} --database {} --check",
        word(document),
        options.package,
        word(options.output),
        options.database.name(),
    )
}

/// A path as one word of a shell's line.
fn word(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,@%".contains(c);
    // What begins with `-` would be taken for an option.
    let start = if text.starts_with('-') { "./" } else { "" };
    if text.chars().all(plain) {
        return format!("{start}{text}");
    }
    format!("'{start}{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use cargo_backend_templates as templates;
    use saphyr::{LoadableYamlNode as _, Yaml};

    use super::*;
    use crate::render::{Database, Inherited, PACK};

    /// The services of the job that runs the tests, and the jobs.
    fn jobs(database: Database, document: Option<&str>) -> (Option<String>, Vec<String>) {
        let options = Options {
            package: "shop".to_owned(),
            database,
            document: String::new(),
            original: &Value::Null,
            output: Path::new("services/shop"),
            inherited: Inherited::default(),
            templates: BTreeMap::new(),
            versions: BTreeMap::new(),
            workflow: None,
        };
        let document = document.map(PathBuf::from);
        let mut context = context(&Workflow { document }, &options);
        context["package"] = json!("shop");
        context["postgres"] = json!(database == Database::Postgres);
        context["mariadb"] = json!(database == Database::MariaDb);
        let path = ".github/workflows/__package__.yml.tera";
        let text = templates::render(PACK, path, &context).expect("it renders");
        let yaml = Yaml::load_from_str(&text).expect("it is YAML");
        let jobs = yaml[0].as_mapping_get("jobs").expect("jobs");
        let image = jobs.as_mapping_get("test").and_then(|test| {
            let services = test.as_mapping_get("services")?.as_mapping()?;
            let (_, service) = services.front()?;
            Some(service.as_mapping_get("image")?.as_str()?.to_owned())
        });
        let names = jobs.as_mapping().expect("jobs").keys();
        let names = names.filter_map(|name| name.as_str().map(str::to_owned));
        (image, names.collect())
    }

    #[test]
    fn the_file_is_yaml_with_the_database_that_the_tests_need() {
        let both = ["test".to_owned(), "drift".to_owned()].to_vec();
        let image = |name: &str| Some(name.to_owned());
        let document = Some("it's: an api.yaml");
        assert_eq!(jobs(Database::Sqlite, document), (None, both.clone()));
        assert_eq!(
            jobs(Database::Postgres, document),
            (image("postgres:17"), both)
        );
        let alone = ["test".to_owned()].to_vec();
        assert_eq!(jobs(Database::MariaDb, None), (image("mariadb:11"), alone));
    }

    #[test]
    fn a_path_is_one_word_of_the_line() {
        let check = |path: &str, expected: &str| assert_eq!(word(Path::new(path)), expected);
        check("api/openapi.yaml", "api/openapi.yaml");
        check("my api.yaml", "'my api.yaml'");
        check("it's.yaml", r"'it'\''s.yaml'");
        check("-x.yaml", "./-x.yaml");
        check("$(id).yaml", "'$(id).yaml'");
    }
}
