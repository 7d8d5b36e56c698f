//! The pieces of which a document is put together (OpenAPI Specification 3.1.1 section 4.8).
use serde_json::{Map, Value, json};

/// Paths, each with its operations by method.
pub(super) type Paths = Map<String, Value>;

/// A whole document.
pub(super) fn document(title: &str, text: &str, paths: Paths, components: &Value) -> Value {
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": title,
            "description": text,
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "Where this document was read" }],
        "paths": paths,
        "components": components,
    })
}

/// What can be asked at a path.
#[derive(Clone, Debug)]
pub(super) struct Operation(Value);

impl Operation {
    pub(super) fn new(id: &str, summary: &str) -> Self {
        Self(json!({ "operationId": id, "summary": summary, "responses": {} }))
    }

    fn set(mut self, key: &str, value: Value) -> Self {
        self.0[key] = value;
        self
    }

    pub(super) fn text(self, text: &str) -> Self {
        self.set("description", text.into())
    }

    pub(super) fn tag(self, tag: &str) -> Self {
        self.set("tags", json!([tag]))
    }

    pub(super) fn security(self, schemes: &Value) -> Self {
        self.set("security", schemes.clone())
    }

    pub(super) fn parameters(self, parameters: Vec<Value>) -> Self {
        if parameters.is_empty() { self } else { self.set("parameters", parameters.into()) }
    }

    /// A body that has to be there.
    pub(super) fn body(self, media: &str, schema: &Value) -> Self {
        self.set("requestBody", json!({ "required": true, "content": { media: { "schema": schema } } }))
    }

    /// One answer; `content` is a list of media types with their schemas.
    pub(super) fn answer(mut self, status: u16, text: &str, content: &[(&str, Value)]) -> Self {
        let content: Map<String, Value> = content
            .iter()
            .map(|(media, schema)| ((*media).to_owned(), json!({ "schema": schema })))
            .collect();
        let answer = if content.is_empty() {
            json!({ "description": text })
        } else {
            json!({ "description": text, "content": content })
        };
        self.0["responses"][status.to_string()] = answer;
        self
    }

    pub(super) fn json(self, status: u16, text: &str, schema: Value) -> Self {
        self.answer(status, text, &[("application/json", schema)])
    }

    /// A field that an answer has.
    pub(super) fn field(mut self, status: u16, name: &str, text: &str) -> Self {
        let field = json!({ "description": text, "schema": { "type": "string" } });
        self.0["responses"][status.to_string()]["headers"][name] = field;
        self
    }
}

/// Put operations at a path, by method.
pub(super) fn at(
    paths: &mut Paths,
    path: &str,
    operations: impl IntoIterator<Item = (&'static str, Operation)>,
) {
    let entry = paths.entry(path.to_owned()).or_insert_with(|| json!({}));
    for (method, operation) in operations {
        entry[method] = operation.0;
    }
}

/// Where a parameter stands.
fn parameter(place: &str, name: &str, required: bool, text: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": place, "required": required, "description": text, "schema": schema })
}

pub(super) fn in_path(name: &str, text: &str, schema: &Value) -> Value {
    parameter("path", name, true, text, schema)
}

pub(super) fn in_query(name: &str, required: bool, text: &str, schema: &Value) -> Value {
    parameter("query", name, required, text, schema)
}

pub(super) fn in_field(name: &str, text: &str, schema: &Value) -> Value {
    parameter("header", name, false, text, schema)
}

/// An object of which all of these properties are there.
pub(super) fn object(properties: &Value) -> Value {
    let names: Vec<&String> = properties.as_object().into_iter().flatten().map(|(name, _)| name).collect();
    json!({ "type": "object", "properties": properties, "required": names })
}

pub(super) fn list(schema: &Value) -> Value {
    json!({ "type": "array", "items": schema })
}

pub(super) fn named(schema: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

/// A number without sign, as programs here hold them.
pub(super) fn number() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

pub(super) fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

/// Or null.
pub(super) fn or_null(schema: &Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}
