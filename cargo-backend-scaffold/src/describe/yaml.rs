//! A document as YAML text.

use std::borrow::Cow;

use saphyr::{Mapping, Scalar, Yaml, YamlEmitter};
use serde_json::Value;

/// Writes a value as YAML that reads back as the same value.
pub(crate) fn text(value: &Value) -> String {
    let yaml = yaml(value);
    let mut text = String::new();
    let mut emitter = YamlEmitter::new(&mut text);
    emitter.multiline(true);
    emitter.dump(&yaml).expect("a String takes any text");
    let text = text.strip_prefix("---\n").unwrap_or(&text);
    format!("{text}\n")
}

fn yaml(value: &Value) -> Yaml<'_> {
    match value {
        Value::Null => Yaml::Value(Scalar::Null),
        Value::Bool(flag) => Yaml::Value(Scalar::Boolean(*flag)),
        Value::Number(number) => number.as_i64().map_or_else(
            || {
                let float = number.as_f64().unwrap_or_default();
                Yaml::Value(Scalar::FloatingPoint(float.into()))
            },
            |whole| Yaml::Value(Scalar::Integer(whole)),
        ),
        Value::String(text) => string(text),
        Value::Array(items) => Yaml::Sequence(items.iter().map(yaml).collect()),
        Value::Object(members) => {
            let mut mapping = Mapping::new();
            for (key, value) in members {
                mapping.insert(string(key), yaml(value));
            }
            Yaml::Mapping(mapping)
        }
    }
}

fn string(text: &str) -> Yaml<'_> {
    Yaml::Value(Scalar::String(Cow::Borrowed(text)))
}

#[cfg(test)]
mod tests {
    use cargo_backend_shared::openapi::Source;
    use serde_json::json;

    use super::text;

    #[test]
    fn what_is_written_is_read_back() {
        let value = json!({
            "200": {"description": "No", "a: b": "yes", "empty": "", "spaced": " x "},
            "numbers": [1, -2, 0.5, 9_007_199_254_740_991_i64, true, null],
            "texts": ["1", "1.0", "null", "true", "~", "# no", "- no", "a\nb\n\n  c", "\t", "'", "\""],
            "empty": [{}, []],
        });
        let written = text(&value);
        let read = Source::parse("written.yaml", &written).expect("it is YAML");
        assert_eq!(read.value, value, "{written}");
    }
}
