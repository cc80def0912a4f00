//! Records that were given to people, in the document of docs/semantics.md (Configuration as one document).

use crate::catalog::read::grants::{StoredGrant, all_grants};
use crate::catalog::read::organization::Names;
use crate::catalog::read::people::Person;
use crate::catalog::read::snapshot::Snapshot;
use crate::core::document::GrantEntry;
use crate::core::org::{Org, Recipient, UserId};
use crate::core::time::Moment;
use crate::core::{Level, Principal, ShareAccess};
use std::collections::HashMap;

/// Also what has ended. Without people, none: most concern single ones.
pub(super) fn grant_entries(
    org: &Org,
    people: &[Person],
    names: &Names,
    snapshot: &Snapshot,
) -> Vec<GrantEntry> {
    if people.is_empty() {
        return Vec::new();
    }
    let stored = all_grants(snapshot);
    let keys: HashMap<UserId, &str> = match stored.is_empty() {
        true => HashMap::new(),
        false => people
            .iter()
            .map(|person| (person.user.id, person.key.as_str()))
            .collect(),
    };
    let key = |user: UserId| keys.get(&user).map(|key| (*key).to_owned());
    let entry = |grant: StoredGrant| {
        Some(GrantEntry {
            module: org.modules.get(&grant.module)?.name.clone(),
            record: grant.record,
            to: match grant.to {
                Recipient::User(id) => Principal::User(key(id)?),
                Recipient::Role(id) => Principal::Role(names.role(id)?),
                Recipient::RoleAndSubordinates(id) => {
                    Principal::RoleAndSubordinates(names.role(id)?)
                }
                Recipient::Group(id) => Principal::Group(names.group(id)?),
            },
            access: match grant.level {
                Level::Edit => ShareAccess::Edit,
                _ => ShareAccess::Read,
            },
            until: grant.until.map(Moment),
            by: grant.by.and_then(key),
        })
    };
    let mut entries: Vec<_> = stored.into_iter().filter_map(entry).collect();
    entries.sort_by(|a, b| {
        let what = |grant: &'_ GrantEntry| (grant.module.clone(), grant.to.clone());
        what(a).cmp(&what(b)).then_with(|| a.record.cmp(&b.record))
    });
    entries
}
