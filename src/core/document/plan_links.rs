//! Links and shares of a document, and what goes with what they are of.

use crate::core::access::{LinkStatus, Right};
use crate::core::document::checks::dangling;
use crate::core::document::naming::{no_office, present_or};
use crate::core::document::plan::Plan;
use crate::core::document::sections::{
    Document, LinkEntry, ModuleEntry, ShareEntry, UserEntry, section,
};
use crate::core::{Error, Result};
use std::collections::{HashMap, HashSet};

impl Document {
    /// Says of each link whether it is suspended: whether its users, as they are, could not be linked.
    pub fn tell_suspended_links(&mut self) {
        let users = by_key(&self.users);
        for (at, link) in self.links.iter_mut().flatten().enumerate() {
            let linkable = partners(link, at, &users)
                .and_then(|[from, to]| must_be_linkable(link, at, from, to));
            link.suspended = linkable.is_err();
        }
    }
}

fn by_key(users: &Option<Vec<UserEntry>>) -> HashMap<&str, &UserEntry> {
    let users = section(users).iter();
    users.map(|user| (user.key.as_str(), user)).collect()
}

/// The users of a link, who have to be there.
fn partners<'a>(
    link: &LinkEntry,
    at: usize,
    users: &HashMap<&str, &'a UserEntry>,
) -> Result<[&'a UserEntry; 2]> {
    let user = |field: &str, key: &str| {
        let user = users.get(key).copied();
        user.ok_or_else(|| dangling("user", key).at(&format!("links[{at}].{field}")))
    };
    Ok([user("from", &link.from)?, user("to", &link.to)?])
}

/// Both have the right and an office, and not the same one. A request waits for a receiver until they have the
/// right.
fn must_be_linkable(link: &LinkEntry, at: usize, from: &UserEntry, to: &UserEntry) -> Result<()> {
    for (field, user) in [("from", from), ("to", to)] {
        let path = format!("links[{at}].{field}");
        let may_lack_right = field == "to" && link.status == LinkStatus::Waiting;
        if !may_lack_right && !user.rights.contains(&Right::RecordSharing) {
            return Err(Error::not_possible(format!(
                "user \"{}\" has not the right record_sharing",
                user.key
            ))
            .at(&path)
            .hint("Name it among the rights of both users, leave the link out, or say that it is \"suspended\": true."));
        }
        if user.office.is_none() {
            return Err(no_office(&user.key).at(&path));
        }
    }
    match (&from.office, &to.office) {
        (Some(one), Some(other)) if one == other => Err(Error::not_possible(format!(
            "users \"{}\" and \"{}\" are both in office \"{one}\"",
            link.from, link.to
        ))
        .at(&format!("links[{at}]"))
        .hint("Records are shared between offices. Within one, use rules and groups.")),
        _ => Ok(()),
    }
}

impl<'a> Plan<'a> {
    /// A link that is new or becomes another takes two users who can share, or for a request a sender
    /// who can. One that stays as it is may be suspended, and so may one of which the document says it.
    pub(super) fn check_links(&self) -> Result<()> {
        let wanted = section(&self.wanted.links);
        let mut places: Vec<usize> = self.links.alter.iter().map(|&(_, at)| at).collect();
        places.extend(&self.links.create);
        places.sort_unstable();
        if places.is_empty() {
            return Ok(());
        }
        let users = by_key(present_or(&self.wanted.users, &self.present.document.users));
        for at in places {
            let link = &wanted[at];
            let [from, to] = partners(link, at, &users)?;
            if !link.suspended {
                must_be_linkable(link, at, from, to)?;
            }
        }
        Ok(())
    }

    /// Where the document does not speak of shares, those of a link go with it, and those of a
    /// module that gets another table, where the same keys name other records, or that another
    /// module comes to control.
    pub(super) fn drop_shares_of_what_goes(&mut self) {
        if self.wanted.shares.is_some() {
            return;
        }
        let present = &self.present.document;
        let links = section(&present.links);
        let links: HashSet<_> = self
            .links
            .drop
            .iter()
            .map(|&at| links[at].users())
            .collect();
        let (before, after) = (section(&present.modules), section(&self.wanted.modules));
        let has_others = |old: &ModuleEntry, new: &ModuleEntry| {
            old.table != new.table || old.controlled_by.is_none() && new.controlled_by.is_some()
        };
        let modules: HashSet<&str> = self
            .modules
            .alter
            .iter()
            .filter(|&&(old, new)| has_others(&before[old], &after[new]))
            .map(|&(old, _)| before[old].name.as_str())
            .collect();
        let goes = |share: &ShareEntry| {
            links.contains(&share.users()) || modules.contains(share.module.as_str())
        };
        self.shares.drop = section(&present.shares)
            .iter()
            .enumerate()
            .filter_map(|(at, share)| goes(share).then_some(at))
            .collect();
    }
}
