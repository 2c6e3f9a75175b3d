//! The answers of `schema`.

use cargo_backend_shared::database_url::DatabaseUrl;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::schema::Schema;
use cargo_backend_shared::terminal::{Form, Format, Terminal, paint, style};

use crate::ddl;
use crate::difference::Difference;

/// The schema itself: statements that can be piped into a client, or the model as JSON.
pub(crate) fn schema(terminal: &Terminal, form: Form, schema: &Schema) -> anyhow::Result<()> {
    if form == Form::Json {
        terminal.message("schema", schema)?;
        return Ok(());
    }
    let left = schema.unsupported.iter();
    let left = left.map(|missing| format!("-- not in here: {missing}\n"));
    let statements = ddl::statements(schema);
    let statements = statements.iter().map(|text| format!("{text};\n\n"));
    terminal.answer(&left.chain(statements).collect::<String>())?;
    Ok(())
}

/// Objects that are not what they should be, for a person.
pub(super) fn differences(terminal: &Terminal, differences: &[Difference]) -> anyhow::Result<()> {
    for difference in differences {
        terminal.answer(&format!("{}\n", paint(style::BAD, &difference.object)))?;
        for part in &difference.parts {
            terminal.answer(&format!("  {part}\n"))?;
        }
    }
    Ok(())
}

/// The answer of `schema --verify`.
pub(crate) fn round_trip(
    terminal: &Terminal,
    url: &DatabaseUrl,
    schema: &Schema,
    differences: &[Difference],
) -> anyhow::Result<ExitStatus> {
    match terminal.format() {
        Format::Json => terminal.message(
            "schema-verified",
            &serde_json::json!({
                "database": url.to_string(),
                "equal": differences.is_empty(),
                "differences": differences,
                "unsupported": schema.unsupported,
            }),
        )?,
        Format::Human => {
            self::differences(terminal, differences)?;
            for missing in &schema.unsupported {
                terminal.answer(&format!("not compared: {missing}\n"))?;
            }
            let verdict = match differences.len() {
                0 => paint(style::GOOD, "printed, loaded and read back: equal"),
                1 => "1 object is not what it was".to_owned(),
                count => format!("{count} objects are not what they were"),
            };
            terminal.answer(&format!("{url}: {verdict}"))?;
        }
    }
    Ok(if differences.is_empty() {
        ExitStatus::Clean
    } else {
        ExitStatus::No
    })
}
