//! How an option is read.
//!
//! What must stay true: what is wrong with where it leads is said while the option is read, so that it is known by its own place
//! and not by that of the list around it.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{MenuOption, OptionFields};

impl<'de> Deserialize<'de> for MenuOption {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(OptionVisitor)
    }
}

struct OptionVisitor;

impl<'de> Visitor<'de> for OptionVisitor {
    type Value = MenuOption;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<MenuOption, A::Error> {
        let fields = OptionFields::deserialize(MapAccessDeserializer::new(members))?;
        MenuOption::try_from(fields).map_err(A::Error::custom)
    }
}
