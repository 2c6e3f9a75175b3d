//! What a handler reads of a request: from the types of its parameters, and for extractors of the
//! program's own from how they are made.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::UNRESOLVED;
use super::members;
use super::path::Template;
use super::schema::Schemas;
use crate::code::{Place, Program, Scope, Ty};
use crate::routes::Handler;

/// What a request carries.
#[derive(Debug, Default)]
pub(super) struct Input {
    pub(super) parameters: Vec<Value>,
    pub(super) body: Option<Value>,
    /// Names of parameters in the path that have their schemas.
    path: BTreeSet<String>,
    /// The credentials that are read: `basic`, `bearer`, or `authorization` in a notation of its own.
    pub(super) needs: BTreeSet<&'static str>,
    /// Whether those without credentials are let in as well.
    pub(super) anybody: bool,
}

/// Extractors that read nothing that a document would say.
const SILENT: &[&str] = &[
    "Addr",
    "AppData",
    "ConnectInfo",
    "CookieJar",
    "Cookies",
    "Data",
    "DefaultBodyLimit",
    "Extension",
    "Extensions",
    "HeaderMap",
    "Host",
    "HttpRequest",
    "Identity",
    "MatchedPath",
    "Method",
    "NestedPath",
    "Next",
    "OriginalUri",
    "Parts",
    "PeerAddr",
    "PrivateCookieJar",
    "RawPathParams",
    "ReqData",
    "Scheme",
    "Session",
    "SignedCookieJar",
    "State",
    "ThinData",
    "Uri",
    "Version",
];
/// Wrappers that check what another extractor read.
const WRAPPERS: &[&str] = &[
    "Cached",
    "Either",
    "Garde",
    "Valid",
    "Validated",
    "ValidatedForm",
    "Validator",
    "WithRejection",
    "WithValidation",
];

/// Whether a handler speaks WebSocket.
pub(super) fn opens_socket(program: &Program<'_>, handler: &Handler) -> bool {
    let Handler::Function(id, _) = handler else {
        return false;
    };
    let function = &program.functions[*id];
    let scope = Scope::of(function.inside);
    function.signature.inputs.iter().any(|input| match input {
        syn::FnArg::Typed(typed) => {
            let ty = program.ty(&typed.ty, &scope);
            matches!(ty.external(), Some(("WebSocketUpgrade", _)))
        }
        syn::FnArg::Receiver(_) => false,
    })
}

/// Reads the types of the parameters in their order.
pub(super) fn inputs(
    schemas: &mut Schemas<'_, '_>,
    types: &[(Ty, Place)],
    template: &Template,
) -> Input {
    let mut input = Input::default();
    let mut reader = Reader {
        schemas,
        template,
        input: &mut input,
    };
    for (ty, at) in types {
        reader.extractor(ty, *at, true, 0);
    }
    reader.rest_of_path();
    input
}

pub(super) struct Reader<'r, 'p, 'a> {
    pub(super) schemas: &'r mut Schemas<'p, 'a>,
    template: &'r Template,
    pub(super) input: &'r mut Input,
}

impl Reader<'_, '_, '_> {
    pub(super) fn extractor(&mut self, ty: &Ty, at: Place, required: bool, depth: usize) {
        if depth > 8 {
            return;
        }
        match ty {
            Ty::External(..) => self.external(ty, at, required, depth),
            Ty::Item(id, arguments) => self.own(*id, arguments, at, required, depth),
            Ty::Tuple(parts) => {
                for part in parts {
                    self.extractor(part, at, required, depth + 1);
                }
            }
            Ty::Parameter(_) | Ty::Slice(_) | Ty::Array(..) | Ty::Opaque(_) | Ty::Other => {
                self.not_known(ty, at)
            }
        }
    }

    pub(super) fn not_known(&mut self, ty: &Ty, at: Place) {
        let name = match ty {
            Ty::External(path, _) => path.join("::"),
            Ty::Item(id, _) => self.schemas.program.types[*id].name.clone(),
            Ty::Parameter(name) | Ty::Opaque(name) => name.clone(),
            Ty::Tuple(_) | Ty::Slice(_) | Ty::Array(..) | Ty::Other => "this".to_owned(),
        };
        let message = format!("what `{name}` reads of the request is not known from the source");
        self.schemas.unknown(at, message);
    }

    fn external(&mut self, ty: &Ty, at: Place, required: bool, depth: usize) {
        let Some((name, arguments)) = ty.external() else {
            return;
        };
        match (name, arguments) {
            (name, _) if SILENT.contains(&name) => {}
            ("Option", [inner]) => self.extractor(inner, at, false, depth + 1),
            ("Result", [inner, ..]) => self.extractor(inner, at, required, depth + 1),
            (name, [inner, ..]) if WRAPPERS.contains(&name) => {
                self.extractor(inner, at, required, depth + 1);
            }
            ("Json" | "JsonBody" | "ValidatedJson", [inner]) => {
                self.body("application/json", inner, at, required);
            }
            ("Form" | "QsForm", [inner]) => {
                self.body("application/x-www-form-urlencoded", inner, at, required);
            }
            ("MultipartForm" | "TypedMultipart", [inner]) => {
                self.body("multipart/form-data", inner, at, required);
            }
            ("Multipart" | "Field", _) => {
                let form = json!({"type": "object"});
                self.set_body("multipart/form-data", form, required);
            }
            ("Query" | "QsQuery" | "OptionalQuery", [inner]) => self.query(ty, inner, at, required),
            ("Path", [inner]) => self.path(inner, at),
            ("TypedHeader" | "Header", [inner]) => self.header(inner, at, required),
            ("BearerAuth", _) => self.need("bearer", required),
            ("BasicAuth", _) => self.need("basic", required),
            ("String", _) => self.set_body("text/plain", json!({"type": "string"}), required),
            ("Bytes" | "Body" | "Payload" | "BytesMut" | "BodyStream", _) => {
                self.set_body("application/octet-stream", json!({}), required);
            }
            ("WebSocketUpgrade", _) => {}
            _ => self.not_known(ty, at),
        }
    }

    pub(super) fn need(&mut self, credential: &'static str, required: bool) {
        self.input.needs.insert(credential);
        self.input.anybody |= !required;
    }

    fn body(&mut self, media: &str, ty: &Ty, at: Place, required: bool) {
        let schema = self.schemas.of(ty, at);
        self.set_body(media, schema, required);
    }

    fn set_body(&mut self, media: &str, schema: Value, required: bool) {
        let mut body = json!({"content": {media: {"schema": null}}});
        body["content"][media]["schema"] = schema;
        if required {
            body["required"] = json!(true);
        }
        self.input.body = Some(body);
    }

    pub(super) fn parameter(&mut self, place: &str, name: &str, mut schema: Value, required: bool) {
        let mut parameter = json!({"name": name, "in": place});
        if required {
            parameter["required"] = json!(true);
        }
        // What is said of the value is said of the parameter.
        if let Some(members) = schema.as_object_mut()
            && !members.contains_key("$ref")
            && let Some(description) = members.remove("description")
        {
            parameter["description"] = description;
        }
        parameter["schema"] = schema;
        self.input.parameters.push(parameter);
    }

    /// One type for one parameter, a tuple for several in order, a struct by name.
    pub(super) fn path(&mut self, ty: &Ty, at: Place) {
        let names: Vec<String> = self
            .template
            .parameters
            .iter()
            .map(|p| p.name.clone())
            .collect();
        if let Ty::Tuple(parts) = ty {
            for (name, part) in names.iter().zip(parts) {
                let schema = self.schemas.of(part, at);
                self.in_path(name, schema);
            }
            return;
        }
        if let Some(found) = members::parameters(self.schemas, ty) {
            for (name, property) in found.named {
                if names.contains(&name) {
                    self.in_path(&name, property.schema);
                }
            }
            return;
        }
        if matches!(ty.external(), Some(("HashMap" | "BTreeMap" | "Vec", _))) {
            return;
        }
        if let [name] = names.as_slice() {
            let schema = self.schemas.of(ty, at);
            self.in_path(name, schema);
        }
    }

    fn in_path(&mut self, name: &str, mut schema: Value) {
        if !self.input.path.insert(name.to_owned()) {
            return;
        }
        let known = self.template.parameters.iter().find(|p| p.name == name);
        let pattern = known.and_then(|parameter| parameter.pattern.clone());
        let text = schema["type"] == json!("string");
        if let (Some(pattern), Some(members), true) = (pattern, schema.as_object_mut(), text) {
            members.insert("pattern".to_owned(), json!(pattern));
        }
        self.parameter("path", name, schema, true);
    }

    /// Parameters of the path that nobody reads by a type are texts.
    fn rest_of_path(&mut self) {
        for parameter in &self.template.parameters.clone() {
            self.in_path(&parameter.name, json!({"type": "string"}));
        }
        let order: Vec<&str> = self
            .template
            .parameters
            .iter()
            .map(|p| p.name.as_str())
            .collect();
        self.input.parameters.sort_by_key(|parameter| {
            let name = parameter["name"].as_str().unwrap_or_default();
            match parameter["in"].as_str() {
                Some("path") => order
                    .iter()
                    .position(|known| *known == name)
                    .unwrap_or_default(),
                _ => order.len(),
            }
        });
    }

    fn header(&mut self, ty: &Ty, at: Place, required: bool) {
        match ty.external() {
            Some(("Authorization", [scheme])) => match scheme.external() {
                Some(("Bearer", _)) => self.need("bearer", required),
                Some(("Basic", _)) => self.need("basic", required),
                _ => self.not_known(ty, at),
            },
            // These are HTTP's own, and no part of a document.
            Some(("Accept" | "ContentType" | "Authorization" | "Cookie" | "Host", _)) => {}
            Some((name, _)) => {
                let name = dashed(name);
                self.parameter("header", &name, json!({"type": "string"}), required);
            }
            None => self.not_known(ty, at),
        }
    }
}

/// `IfNoneMatch` as `if-none-match`.
fn dashed(name: &str) -> String {
    let mut dashed = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !dashed.is_empty() {
            dashed.push('-');
        }
        dashed.push(letter.to_ascii_lowercase());
    }
    match dashed.as_str() {
        "e-tag" => "etag".to_owned(),
        _ => dashed,
    }
}

/// Marks an operation of which something is not known.
pub(super) fn mark(operation: &mut Value, messages: &[String]) {
    if messages.is_empty() {
        return;
    }
    let before = operation[UNRESOLVED].take();
    let mut all = before.as_array().cloned().unwrap_or_default();
    all.extend(messages.iter().map(|message| json!(message)));
    operation[UNRESOLVED] = Value::Array(all);
}
