//! What a document says of a rule that is staged.

use crate::core::Result;
use crate::core::access::RuleAccess;
use crate::core::criteria::Criteria;
use crate::core::related::Related;
use crate::core::time::Moment;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::hash::Hash;

use crate::core::document::objects::Object;

/// What the next `apply_rules()` makes of a rule; what stands beside it is what is valid.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StagedRule {
    /// It is not valid yet.
    Added,
    /// It is still valid.
    Dropped,
    #[serde(untagged)]
    Changed(ChangedRule),
}

/// What is going to be another; what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ChangedRule {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<RuleAccess>,
    #[serde(
        default,
        deserialize_with = "levels",
        skip_serializing_if = "Option::is_none"
    )]
    pub related: Option<Related>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub criteria: Option<Criteria>,
    /// Some(None): it is going to have no end.
    #[serde(
        default,
        deserialize_with = "end",
        skip_serializing_if = "Option::is_none"
    )]
    pub until: Option<Option<Moment>>,
}

fn end<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Moment>>, D::Error> {
    Option::<Moment>::deserialize(deserializer).map(Some)
}

pub(super) fn levels<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Related>, D::Error> {
    Object::<Related>::deserialize(deserializer).map(|Object(levels)| Some(levels))
}

impl<'de> Deserialize<'de> for StagedRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word;
        impl<'de> Visitor<'de> for Word {
            type Value = StagedRule;

            fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
                f.write_str("\"added\", \"dropped\", or an object of what is going to be another")
            }

            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<StagedRule, E> {
                match word {
                    "added" => Ok(StagedRule::Added),
                    "dropped" => Ok(StagedRule::Dropped),
                    _ => Err(E::unknown_variant(word, &["added", "dropped"])),
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<StagedRule, A::Error> {
                ChangedRule::deserialize(MapAccessDeserializer::new(map)).map(StagedRule::Changed)
            }
        }
        deserializer.deserialize_any(Word)
    }
}
