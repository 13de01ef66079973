//! How bodies are read. serde takes a list for an object, its items for the members in their order, and serde_json calls a value
//! that is no word, where one is wanted, bad JSON; whoever reads through [`Strict`] does neither.
//!
//! What must stay true: everything that is read below is read through it as well. What serde keeps aside before it knows its
//! type is not: a variant with a `tag` of its own, an `untagged` one, and what is below a `flatten`.

use std::fmt;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};

/// What serde_json says where a word is wanted and something else stands.
const NO_WORD: &str = "expected value";

/// Reads a whole text.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    let mut from = serde_json::Deserializer::from_slice(bytes);
    let read = T::deserialize(Strict(&mut from))?;
    from.end()?;
    Ok(read)
}

/// A part of serde's, and all that comes of it.
struct Strict<P>(P);

/// A visitor of objects, which takes no list.
struct Members<V>(V);

macro_rules! read_by {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method(Strict(visitor))
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<D> {
    type Error = D::Error;

    read_by! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf deserialize_option
        deserialize_unit deserialize_seq deserialize_map deserialize_identifier deserialize_ignored_any
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_unit_struct(name, Strict(visitor))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, Strict(visitor))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_tuple(len, Strict(visitor))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_tuple_struct(name, len, Strict(visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_struct(name, fields, Members(visitor))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let read = self.0.deserialize_enum(name, variants, Strict(visitor));
        read.map_err(|error| no_word(&error, variants).unwrap_or(error))
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

/// The same fault as one of the body's shape; `None` of another.
fn no_word<E: Error>(error: &E, variants: &[&str]) -> Option<E> {
    let text = error.to_string();
    let (line, column) = text.strip_prefix(NO_WORD)?.rsplit_once(' ')?;
    // It is counted with the value's first byte, which may begin a list, in which the fault is not.
    let before = column.parse::<usize>().ok()?.saturating_sub(1);
    let words: Vec<_> = variants.iter().map(|word| format!("`{word}`")).collect();
    let one_of = if words.len() > 1 { "one of " } else { "" };
    let expected = words.join(", ");
    Some(E::custom(format!(
        "invalid type, expected {one_of}{expected}{line} {before}"
    )))
}

macro_rules! visited_by {
    ($($method:ident($kind:ty))*) => {$(
        fn $method<E: Error>(self, value: $kind) -> Result<V::Value, E> {
            self.0.$method(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Strict<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    visited_by! {
        visit_bool(bool) visit_i8(i8) visit_i16(i16) visit_i32(i32) visit_i64(i64) visit_i128(i128)
        visit_u8(u8) visit_u16(u16) visit_u32(u32) visit_u64(u64) visit_u128(u128) visit_f32(f32) visit_f64(f64)
        visit_char(char) visit_str(&str) visit_borrowed_str(&'de str) visit_string(String)
        visit_bytes(&[u8]) visit_borrowed_bytes(&'de [u8]) visit_byte_buf(Vec<u8>)
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Strict(from))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, from: D) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(Strict(from))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Strict(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Strict(members))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<V::Value, A::Error> {
        self.0.visit_enum(Strict(variant))
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Members<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Strict(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<V::Value, A::Error> {
        // It is read to its end, so that the fault is at the list's place and not at that of its first item.
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Err(A::Error::invalid_type(Unexpected::Seq, &"an object"))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Strict<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Strict(from))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(Strict(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.0.next_key_seed(Strict(seed))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(Strict(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for Strict<A> {
    type Error = A::Error;
    type Variant = Strict<A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), A::Error> {
        let (value, variant) = self.0.variant_seed(Strict(seed))?;
        Ok((value, Strict(variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.0.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.0.newtype_variant_seed(Strict(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        self.0.tuple_variant(len, Strict(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.0.struct_variant(fields, Members(visitor))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::Value;
    use serde_json::value::RawValue;

    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Whole {
        part: Part,
        maybe: Option<Part>,
        list: Vec<Part>,
        named: BTreeMap<String, Part>,
        pair: (u32, u32),
        word: Option<Word>,
        raw: Option<Box<RawValue>>,
        any: Value,
    }

    #[derive(Debug, Default, Deserialize)]
    #[expect(dead_code, reason = "only its shape counts")]
    struct Part {
        a: u32,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    #[expect(dead_code, reason = "only its shape counts")]
    enum Word {
        Plain,
        Held(Part),
        Named { a: u32 },
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only its shape counts")]
    struct Flat {
        part: Part,
        #[serde(flatten)]
        others: BTreeMap<String, Value>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    #[expect(dead_code, reason = "only its shape counts")]
    enum Tagged {
        One { a: u32 },
    }

    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    #[expect(dead_code, reason = "only its shape counts")]
    enum Either {
        Text(String),
        Part { a: u32 },
    }

    fn refused<T: DeserializeOwned>(text: &str) -> String {
        let error = read::<T>(text.as_bytes()).err().expect(text);
        assert!(error.is_data(), "{text}: {error}");
        error.to_string()
    }

    #[test]
    fn a_list_is_no_object_wherever_one_is_wanted() {
        let rows = [
            r#"[]"#,
            r#"{"part": [1]}"#,
            r#"{"maybe": [1]}"#,
            r#"{"list": [{"a": 1}, [1]]}"#,
            r#"{"named": {"x": [1]}}"#,
            r#"{"word": {"held": [1]}}"#,
            r#"{"word": {"named": [1]}}"#,
        ];
        for text in rows {
            let told = refused::<Whole>(text);
            let expected = "invalid type: sequence, expected an object";
            assert!(told.starts_with(expected), "{text}: {told}");
        }
        refused::<Flat>(r#"{"part": [1], "b": 2}"#);
    }

    #[test]
    fn what_is_no_word_is_a_fault_of_the_shape() {
        for text in [
            r#"{"word": true}"#,
            r#"{"word": 3}"#,
            r#"{"word": ["plain"]}"#,
        ] {
            let told = refused::<Whole>(text);
            let expected = "invalid type, expected one of `plain`, `held`, `named` at line 1";
            assert!(told.starts_with(expected), "{text}: {told}");
        }
    }

    #[test]
    fn all_else_is_read_as_it_was() {
        let good = r#"{"part": {"a": 1}, "maybe": null, "list": [{"a": 2}], "named": {"x": {"a": 3}}, "pair": [1, 2],
            "word": {"held": {"a": 1}}, "raw": {"b": [1.50]}, "any": [null, "x", {"y": -1}]}"#;
        let whole = read::<Whole>(good.as_bytes()).unwrap();
        assert_eq!(whole.raw.unwrap().get(), r#"{"b": [1.50]}"#);
        assert_eq!(whole.any, serde_json::json!([null, "x", {"y": -1}]));
        read::<Whole>(br#"{"word": "plain", "maybe": {"a": 1}}"#).unwrap();
        read::<Flat>(br#"{"part": {"a": 1}, "b": [1]}"#).unwrap();
        read::<Tagged>(br#"{"a": 1, "kind": "one"}"#).unwrap();
        read::<Either>(br#"{"a": 1}"#).unwrap();
        assert!(read::<Whole>(b"{} 1").unwrap_err().is_syntax());
    }
}
