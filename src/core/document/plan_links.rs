//! Links and shares of a document, and what goes with what they are of.

use crate::core::access::{LinkStatus, Right};
use crate::core::document::checks::dangling;
use crate::core::document::naming::{no_office, present_or};
use crate::core::document::plan::Plan;
use crate::core::document::sections::{ModuleEntry, ShareEntry, UserEntry, section};
use crate::core::{Error, Result};
use std::collections::{HashMap, HashSet};

impl<'a> Plan<'a> {
    /// A link that is new or becomes another takes two users who can share, or for a request a sender
    /// who can. One that stays as it is may be suspended.
    pub(super) fn check_links(&self) -> Result<()> {
        let wanted = section(&self.wanted.links);
        let mut places: Vec<usize> = self.links.alter.iter().map(|&(_, at)| at).collect();
        places.extend(&self.links.create);
        places.sort_unstable();
        if places.is_empty() {
            return Ok(());
        }
        let users: HashMap<&str, &UserEntry> =
            section(present_or(&self.wanted.users, &self.present.document.users))
                .iter()
                .map(|user| (user.key.as_str(), user))
                .collect();
        for at in places {
            let link = &wanted[at];
            let mut offices = [None, None];
            for ((field, key), office) in [("from", &link.from), ("to", &link.to)]
                .into_iter()
                .zip(&mut offices)
            {
                let path = format!("links[{at}].{field}");
                let user = users
                    .get(key.as_str())
                    .ok_or_else(|| dangling("user", key).at(&path))?;
                // A request waits for a receiver until they have the right.
                let may_lack_right = field == "to" && link.status == LinkStatus::Waiting;
                if !may_lack_right && !user.rights.contains(&Right::RecordSharing) {
                    return Err(Error::not_possible(format!(
                        "user \"{key}\" has not the right record_sharing"
                    ))
                    .at(&path)
                    .hint("Name it among the rights of both users, or leave the link out."));
                }
                if user.office.is_none() {
                    return Err(no_office(key).at(&path));
                }
                *office = user.office.as_deref();
            }
            if let [Some(from), Some(to)] = offices
                && from == to
            {
                return Err(Error::not_possible(format!(
                    "users \"{}\" and \"{}\" are both in office \"{from}\"",
                    link.from, link.to
                ))
                .at(&format!("links[{at}]"))
                .hint("Records are shared between offices. Within one, use rules and groups."));
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
