//! Schemas of what comes in kinds: one for each kind, told apart by a discriminator (OpenAPI 3.1, section 4.8.25).
//!
//! What must stay true: each kind has the members of all kinds and its own, which is needed there; the schema that stands
//! for every kind keeps its name.

use std::collections::BTreeMap;

use utoipa::openapi::schema::{
    AdditionalProperties, Discriminator, Object, ObjectBuilder, OneOfBuilder, Schema, SchemaType,
    Type,
};
use utoipa::openapi::{Ref, RefOr};

type Schemas = BTreeMap<String, RefOr<Schema>>;

/// A schema whose `property` says which of the members named as its values is there.
struct Kinds {
    schema: &'static str,
    property: &'static str,
    /// The value, and what the kind's own schema is called before the name of the whole.
    values: &'static [(&'static str, &'static str)],
}

const CHANNELS: &[(&str, &str)] = &[
    ("live_chat", "LiveChat"),
    ("sms", "Sms"),
    ("email", "Email"),
    ("facebook", "Facebook"),
    ("whatsapp", "Whatsapp"),
];

const TRUNKS: &[(&str, &str)] = &[
    ("telnyx", "Telnyx"),
    ("bandwidth", "Bandwidth"),
    ("twilio", "Twilio"),
    ("vi", "Vi"),
    ("ozsms", "Ozsms"),
    ("smpp", "Smpp"),
    ("http", "Http"),
];

const ALL: [Kinds; 4] = [
    Kinds::new("ChannelBody", "kind", CHANNELS),
    Kinds::new("Channel", "kind", CHANNELS),
    Kinds::new("SmsTrunkBody", "provider", TRUNKS),
    Kinds::new("SmsTrunk", "provider", TRUNKS),
];

/// Takes apart every schema that comes in kinds.
pub(super) fn tell_apart(schemas: &mut Schemas) {
    for kinds in &ALL {
        kinds.split(schemas);
    }
    // Each kind of trunk names its own provider, and nothing names all of them.
    schemas.remove("SmsProvider");
    if let Some(RefOr::T(Schema::OneOf(destination))) = schemas.get_mut("Destination") {
        destination.items.iter_mut().for_each(close);
    }
}

/// Nothing else may stand beside what the schema has.
fn close(schema: &mut RefOr<Schema>) {
    if let RefOr::T(Schema::Object(object)) = schema {
        object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    }
}

impl Kinds {
    const fn new(
        schema: &'static str,
        property: &'static str,
        values: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self {
            schema,
            property,
            values,
        }
    }

    fn split(&self, schemas: &mut Schemas) {
        let Some(RefOr::T(Schema::Object(whole))) = schemas.remove(self.schema) else {
            return;
        };
        let mut mapping = Vec::new();
        let mut kinds = OneOfBuilder::new().description(whole.description.clone());
        for (value, prefix) in self.values {
            let name = format!("{prefix}{}", self.schema);
            let place = Ref::from_schema_name(&name);
            mapping.push(((*value).to_owned(), place.ref_location.clone()));
            kinds = kinds.item(place);
            let one = self.of_kind(&whole, value);
            schemas.insert(name, RefOr::T(Schema::Object(one)));
        }
        let told = Discriminator::with_mapping(self.property, mapping);
        let kinds = kinds.discriminator(Some(told)).build();
        schemas.insert(self.schema.to_owned(), RefOr::T(Schema::OneOf(kinds)));
    }

    fn of_kind(&self, whole: &Object, value: &str) -> Object {
        let mut one = whole.clone();
        for (other, _) in self.values {
            if *other != value {
                one.properties.remove(*other);
            }
        }
        let word = ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some([value]));
        one.properties.insert(self.property.to_owned(), word.into());
        if let Some(member) = one.properties.remove(value) {
            one.properties
                .insert(value.to_owned(), without_null(member));
            one.required.push(value.to_owned());
        }
        one
    }
}

/// The schema of a member that may be missing elsewhere, and is needed here.
fn without_null(member: RefOr<Schema>) -> RefOr<Schema> {
    let RefOr::T(Schema::OneOf(either)) = &member else {
        return member;
    };
    let is_null = |item: &RefOr<Schema>| matches!(item, RefOr::T(Schema::Object(object)) if object.schema_type == SchemaType::Type(Type::Null));
    let mut left = either.items.iter().filter(|item| !is_null(item));
    match (left.next(), left.next()) {
        (Some(only), None) => only.clone(),
        _ => member,
    }
}
