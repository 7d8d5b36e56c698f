//! The shape of a scenario file as JSON Schema (draft 2020-12), for editors. It is made from the types that read the
//! file; names that must hold together (accounts, phases, causes) only `postfail check` knows.
use postfail_identity::Issuer;
use postfail_identity::portal::{Happened, Way};
use postfail_session::world::{Protocol, Security, Then};
use postfail_store::account::Act;
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::Serialize;

use crate::certificates;
use crate::change::Change;
use crate::expect::assertion::Count;
use crate::fault::Fault;
use crate::scenario::file::ScenarioFile;

/// The whole schema, indented, ended by LF.
pub fn scenario() -> String {
    let mut schema = schemars::schema_for!(ScenarioFile);
    schema.insert("title".to_owned(), "Postfail scenario".into());
    // Maps, lists and texts only: there is nothing in it that JSON cannot hold.
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}

/// What a change and a fault look like in JSON, with all that they are made of, by name: for a document that keeps its
/// schemas below `#/components/schemas/` (OpenAPI 3.1).
pub fn components() -> serde_json::Map<String, serde_json::Value> {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    generator.subschema_for::<Change>();
    generator.subschema_for::<Fault>();
    generator.take_definitions(true)
}

/// A closed list of words, as they are written.
fn words<T: Serialize>(all: &[T]) -> Schema {
    json_schema!({ "type": "string", "enum": all })
}

pub(crate) fn protocols(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": words(&[Protocol::Imap, Protocol::Pop3, Protocol::Smtp]) })
}

pub(crate) fn way(_: &mut SchemaGenerator) -> Schema {
    words(&[Way::Mail, Way::Phone, Way::Admin])
}

pub(crate) fn portal(generator: &mut SchemaGenerator) -> Schema {
    let count = generator.subschema_for::<Count>().to_value();
    let words = Happened::ALL.map(|word| (word.as_str().to_owned(), count.clone()));
    let words: serde_json::Map<String, serde_json::Value> = words.into_iter().collect();
    json_schema!({ "type": "object", "properties": words, "additionalProperties": false })
}

pub(crate) fn protocol(_: &mut SchemaGenerator) -> Schema {
    words(&[Protocol::Imap, Protocol::Pop3, Protocol::Smtp])
}

pub(crate) fn security(_: &mut SchemaGenerator) -> Schema {
    words(&[Security::Plain, Security::StartTls, Security::Implicit])
}

pub(crate) fn certificate(_: &mut SchemaGenerator) -> Schema {
    words(&certificates::names().collect::<Vec<_>>())
}

pub(crate) fn act(_: &mut SchemaGenerator) -> Schema {
    // What clients and the clock do by themselves nobody asks for.
    let own = [Act::TooManyFailures, Act::LockRunsOut, Act::ChangePassword];
    let asked: Vec<Act> = Act::ALL.into_iter().filter(|act| !own.contains(act)).collect();
    words(&asked)
}

pub(crate) fn issuer(_: &mut SchemaGenerator) -> Schema {
    words(&Issuer::ALL)
}

pub(crate) fn then(_: &mut SchemaGenerator) -> Schema {
    words(&[Then::Keep, Then::Close, Then::Reset, Then::Hang])
}
