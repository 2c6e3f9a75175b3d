//! Swagger 2.0 → OpenAPI 3.0, in place. Every part that moves keeps its place in the file.

use serde_json::{Map, Value, json};

use super::document::{METHODS, escape};
use super::older;
use super::reference::decoded;
use super::source::Source;
use crate::diagnostic::Diagnostic;

/// Keywords that describe a parameter or header and not its schema.
const OF_PARAMETERS: [&str; 8] = [
    "allowEmptyValue",
    "collectionFormat",
    "description",
    "in",
    "name",
    "required",
    "schema",
    "$ref",
];

/// Lifts a whole document.
pub(super) fn lift(source: &mut Source) -> Vec<Diagnostic> {
    let mut lifter = Lifter {
        old: std::mem::take(&mut source.value),
        source,
        warnings: Vec::new(),
    };
    let value = lifter.root();
    let warnings = lifter.warnings;
    source.value = value;
    warnings
}

struct Lifter<'a> {
    old: Value,
    source: &'a mut Source,
    warnings: Vec<Diagnostic>,
}

impl Lifter<'_> {
    fn root(&mut self) -> Value {
        let Value::Object(mut root) = self.old.clone() else {
            return Value::Null;
        };
        let mut components = Map::new();
        for (from, to) in [
            ("definitions", "schemas"),
            ("parameters", "parameters"),
            ("responses", "responses"),
            ("securityDefinitions", "securitySchemes"),
        ] {
            let Some(Value::Object(mut members)) = root.remove(from) else {
                continue;
            };
            let base = format!("/components/{to}");
            self.source.moves(&base, &format!("/{from}"));
            for (name, member) in &mut members {
                let at = format!("{base}/{}", escape(name));
                match to {
                    "schemas" => older::schema(member),
                    "parameters" => *member = self.parameter(member, &at),
                    "responses" => {
                        let produces = self.media(&root, "produces");
                        self.response(member, &produces, &at);
                    }
                    _ => older::scheme(member),
                }
            }
            // Bodies are no parameters any more; they stand where they are used.
            members.retain(|_, member| !matches!(kind(member), Some("body" | "formData")));
            components.insert(to.to_owned(), Value::Object(members));
        }
        if let Some(Value::Object(mut paths)) = root.remove("paths") {
            for (path, item) in &mut paths {
                self.path(item, &format!("/paths/{}", escape(path)));
            }
            root.insert("paths".to_owned(), Value::Object(paths));
        }
        if let Some(server) = older::server(&root) {
            root.insert("servers".to_owned(), json!([{ "url": server }]));
        }
        for gone in [
            "swagger", "host", "basePath", "schemes", "consumes", "produces",
        ] {
            root.shift_remove(gone);
        }
        root.insert("openapi".to_owned(), json!("3.0.3"));
        root.insert("components".to_owned(), Value::Object(components));
        let mut root = Value::Object(root);
        older::references(&mut root);
        root
    }

    fn media(&self, node: &Map<String, Value>, key: &str) -> Vec<String> {
        let said = node.get(key).or_else(|| self.old.get(key));
        let said = said.and_then(Value::as_array).into_iter().flatten();
        let names: Vec<String> = said.filter_map(Value::as_str).map(str::to_owned).collect();
        if names.is_empty() {
            vec!["application/json".to_owned()]
        } else {
            names
        }
    }

    fn path(&mut self, item: &mut Value, at: &str) {
        let Some(item) = item.as_object_mut() else {
            return;
        };
        let shared = item.remove("parameters").unwrap_or_else(|| json!([]));
        let place = format!("{at}/parameters");
        let (kept, bodies) = self.parameters(&shared, &place);
        for method in METHODS {
            let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) else {
                continue;
            };
            let at = format!("{at}/{method}");
            let own = operation.remove("parameters").unwrap_or_else(|| json!([]));
            let (own_kept, own_bodies) = self.parameters(&own, &format!("{at}/parameters"));
            if !own_kept.is_empty() {
                operation.insert("parameters".to_owned(), Value::Array(own_kept));
            }
            let bodies = if own_bodies.is_empty() {
                &bodies
            } else {
                &own_bodies
            };
            let consumes = self.media(operation, "consumes");
            if let Some(body) = self.body(bodies, consumes, &format!("{at}/requestBody")) {
                operation.insert("requestBody".to_owned(), body);
            }
            let produces = self.media(operation, "produces");
            let responses = operation
                .get_mut("responses")
                .and_then(Value::as_object_mut);
            for (status, response) in responses.into_iter().flatten() {
                self.response(response, &produces, &format!("{at}/responses/{status}"));
            }
            for gone in ["consumes", "produces", "schemes"] {
                operation.shift_remove(gone);
            }
        }
        if !kept.is_empty() {
            item.insert("parameters".to_owned(), Value::Array(kept));
        }
    }

    /// The parameters in 3.0's words, and what is a body there, with its place in the file.
    fn parameters(&mut self, list: &Value, at: &str) -> (Vec<Value>, Vec<(Value, String)>) {
        let mut kept = Vec::new();
        let mut bodies = Vec::new();
        for (index, parameter) in list.as_array().into_iter().flatten().enumerate() {
            let from = format!("{at}/{index}");
            let reference = parameter.get("$ref").and_then(Value::as_str);
            let target = reference
                .and_then(|text| text.strip_prefix('#'))
                .map(decoded);
            let shown = target
                .as_deref()
                .and_then(|target| self.old.pointer(target));
            let shown = shown.unwrap_or(parameter).clone();
            if matches!(kind(&shown), Some("body" | "formData")) {
                bodies.push((shown, target.unwrap_or(from)));
                continue;
            }
            let to = format!("{at}/{}", kept.len());
            self.source.moves(&to, &from);
            if reference.is_some() {
                kept.push(parameter.clone());
            } else {
                kept.push(self.parameter(parameter, &to));
            }
        }
        (kept, bodies)
    }

    /// A parameter or header: what describes its values becomes its schema.
    fn parameter(&mut self, old: &Value, at: &str) -> Value {
        let Some(map) = old.as_object() else {
            return old.clone();
        };
        if matches!(kind(old), Some("body" | "formData")) {
            return old.clone();
        }
        let mut new = map.clone();
        new.retain(|key, _| OF_PARAMETERS.contains(&key.as_str()) || key.starts_with("x-"));
        let mut inner = map.clone();
        inner.retain(|key, _| !OF_PARAMETERS.contains(&key.as_str()) && !key.starts_with("x-"));
        let from = self.source.origin(at);
        self.source.moves(&format!("{at}/schema"), &from);
        let mut inner = Value::Object(inner);
        older::schema(&mut inner);
        new.insert("schema".to_owned(), inner);
        let is_list = map.get("type") == Some(&json!("array"));
        let in_query = kind(old) == Some("query");
        let format = new.shift_remove("collectionFormat");
        match format.as_ref().and_then(Value::as_str).unwrap_or("csv") {
            "multi" => {
                new.insert("explode".to_owned(), json!(true));
            }
            "csv" if is_list && in_query => {
                new.insert("explode".to_owned(), json!(false));
            }
            "ssv" if is_list => {
                new.insert("style".to_owned(), json!("spaceDelimited"));
                new.insert("explode".to_owned(), json!(false));
            }
            "pipes" if is_list => {
                new.insert("style".to_owned(), json!("pipeDelimited"));
                new.insert("explode".to_owned(), json!(false));
            }
            "tsv" if is_list => {
                let message = "tabs between the values of a parameter are read as commas";
                let at = self.source.location(at);
                self.warnings.push(Diagnostic::warning(message).at(at));
            }
            _ => {}
        }
        Value::Object(new)
    }

    fn body(
        &mut self,
        bodies: &[(Value, String)],
        consumes: Vec<String>,
        at: &str,
    ) -> Option<Value> {
        let (first, from) = bodies.first()?;
        let required = |body: &Value| body.get("required") == Some(&json!(true));
        self.source.moves(at, from);
        if kind(first) == Some("body") {
            let mut content = Map::new();
            let mut inner = first.get("schema").cloned().unwrap_or_else(|| json!({}));
            older::schema(&mut inner);
            for media in consumes {
                let place = format!("{at}/content/{}/schema", escape(&media));
                self.source.moves(&place, &format!("{from}/schema"));
                content.insert(media, json!({ "schema": inner }));
            }
            let description = first.get("description").cloned();
            let mut body = json!({"required": required(first), "content": content});
            if let (Some(text), Some(map)) = (description, body.as_object_mut()) {
                map.insert("description".to_owned(), text);
            }
            return Some(body);
        }
        let is_form = |media: &String| media.contains("form");
        let has_file = bodies
            .iter()
            .any(|(field, _)| field.get("type") == Some(&json!("file")));
        let media = consumes.into_iter().find(is_form).unwrap_or_else(|| {
            let name = if has_file {
                "multipart/form-data"
            } else {
                "application/x-www-form-urlencoded"
            };
            name.to_owned()
        });
        let mut properties = Map::new();
        let mut names = Vec::new();
        for (field, _) in bodies {
            let Some(name) = field.get("name").and_then(Value::as_str) else {
                continue;
            };
            if required(field) {
                names.push(json!(name));
            }
            let mut inner = field.clone();
            if let Some(map) = inner.as_object_mut() {
                let notes = [
                    "in",
                    "name",
                    "required",
                    "collectionFormat",
                    "allowEmptyValue",
                ];
                map.retain(|key, _| !notes.contains(&key.as_str()));
            }
            older::schema(&mut inner);
            properties.insert(name.to_owned(), inner);
        }
        let any = !names.is_empty();
        let mut form = json!({"type": "object", "properties": properties});
        if let (true, Some(map)) = (any, form.as_object_mut()) {
            map.insert("required".to_owned(), Value::Array(names));
        }
        Some(json!({"required": any, "content": {media: {"schema": form}}}))
    }

    fn response(&mut self, response: &mut Value, produces: &[String], at: &str) {
        let Some(map) = response.as_object_mut() else {
            return;
        };
        if let Some(mut inner) = map.remove("schema") {
            older::schema(&mut inner);
            let from = format!("{}/schema", self.source.origin(at));
            let mut content = Map::new();
            for media in produces {
                let place = format!("{at}/content/{}/schema", escape(media));
                self.source.moves(&place, &from);
                content.insert(media.clone(), json!({ "schema": inner }));
            }
            map.insert("content".to_owned(), Value::Object(content));
        }
        map.shift_remove("examples");
        let headers = map.get_mut("headers").and_then(Value::as_object_mut);
        for (name, header) in headers.into_iter().flatten() {
            let at = format!("{at}/headers/{}", escape(name));
            *header = self.parameter(header, &at);
        }
    }
}

fn kind(parameter: &Value) -> Option<&str> {
    parameter.get("in")?.as_str()
}

#[cfg(test)]
mod tests {
    use crate::openapi::Document;

    const TEXT: &str = "swagger: '2.0'
info: {title: T, version: '1'}
basePath: /v1
produces: [application/json]
parameters:
  body: {name: body, in: body, required: true, schema: {$ref: '#/definitions/Pet'}}
paths:
  /pets:
    parameters: [{name: tags, in: query, type: array, items: {type: string}}]
    post:
      parameters: [{$ref: '#/parameters/body'}]
      responses: {'200': {description: ok, schema: {$ref: '#/definitions/Pet'}}}
    put:
      parameters:
        - {name: photo, in: formData, type: file, required: true}
        - {name: size, in: query, type: integer, minimum: 1}
      responses: {'200': {description: ok}}
definitions:
  Pet: {type: object, properties: {name: {type: string, x-nullable: true}}}
";

    #[test]
    fn parts_find_their_newer_words_and_keep_their_places() {
        let document = Document::parse("api.yaml", TEXT).expect("it is sound");
        let at = |steps: &[&str]| {
            let start = Some(document.root());
            let node = steps
                .iter()
                .fold(start, |node, step| node.and_then(|node| node.get(step)));
            let node = node.expect("it is there");
            (node.value.to_string(), node.location().to_string())
        };
        let post = ["paths", "/pets", "post", "requestBody", "content"];
        let schema = [&post[..], &["application/json", "schema"]].concat();
        let (body, place) = at(&schema);
        assert!(body.contains(r#""nullable":true"#), "{body}");
        assert_eq!(place, "api.yaml:19:3");
        let (form, place) = at(&["paths", "/pets", "put", "requestBody"]);
        assert!(form.contains("multipart/form-data"), "{form}");
        assert_eq!(place, "api.yaml:15:11");
        let (size, place) = at(&[
            "paths",
            "/pets",
            "put",
            "parameters",
            "0",
            "schema",
            "minimum",
        ]);
        assert_eq!((size.as_str(), place.as_str()), ("1", "api.yaml:16:59"));
        let (tags, _) = at(&["paths", "/pets", "parameters", "0"]);
        assert!(tags.contains(r#""explode":false"#), "{tags}");
        let (url, _) = at(&["servers", "0", "url"]);
        assert_eq!(url, r#""/v1""#);
    }
}
