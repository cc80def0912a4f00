//! The organization as sessions share it: in bytes, of which it is made when it is first asked for. The first
//! query of most connections asks for nothing but what was found out before, and would take twice as long.

use crate::core::org::Org;
use serde::de::{Error, Visitor};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::OnceCell;
use std::fmt;
use std::ops::Deref;

#[derive(Debug, Default)]
pub struct SharedOrg {
    org: OnceCell<Org>,
    /// Where it came from another session.
    bytes: Box<[u8]>,
}

impl From<Org> for SharedOrg {
    fn from(org: Org) -> SharedOrg {
        SharedOrg {
            org: org.into(),
            bytes: Box::default(),
        }
    }
}

impl Deref for SharedOrg {
    type Target = Org;

    fn deref(&self) -> &Org {
        // What cannot be understood, which does not happen, shows nothing.
        self.org
            .get_or_init(|| postcard::from_bytes(&self.bytes).unwrap_or_default())
    }
}

impl Serialize for SharedOrg {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = postcard::to_allocvec(&**self).map_err(S::Error::custom)?;
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for SharedOrg {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<SharedOrg, D::Error> {
        deserializer.deserialize_bytes(OrgBytes)
    }
}

struct OrgBytes;

impl Visitor<'_> for OrgBytes {
    type Value = SharedOrg;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an organization in bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<SharedOrg, E> {
        Ok(SharedOrg {
            org: OnceCell::new(),
            bytes: bytes.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::org::{Group, GroupId, GroupMember, RoleId};

    #[test]
    fn an_organization_is_the_same_on_the_other_side() {
        let mut org = Org::default();
        let group = Group {
            key: "g".to_owned(),
            office: None,
            members: vec![GroupMember::Role(RoleId(7))],
        };
        org.groups.insert(GroupId(3), group);
        let bytes = postcard::to_allocvec(&SharedOrg::from(org)).expect("bytes");
        let shared: SharedOrg = postcard::from_bytes(&bytes).expect("an organization");
        assert!(shared.org.get().is_none());
        let members = &shared.groups[&GroupId(3)].members;
        assert_eq!(*members, [GroupMember::Role(RoleId(7))]);
    }
}
