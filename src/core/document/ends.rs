//! What of a document has an end (semantics: Ends).

use crate::core::document::plan::Plan;
use crate::core::document::sections::{Document, GroupEntry, RuleEntry, section};
use crate::core::document::staged_rule::StagedRule;
use crate::core::time::Moment;
use crate::core::{Error, Principal, Result};

impl RuleEntry {
    /// Without what of it has ended. Returns whether anything is left.
    fn forget_ended(&mut self, counts: &impl Fn(Option<Moment>) -> bool) -> bool {
        let (valid, to_be) = (self.valid(), self.to_be());
        let is_valid = valid.is_some_and(|(.., until)| counts(until));
        let will_be = to_be.map(|(access, related, until)| (access, related.clone(), until));
        let will_be = will_be.filter(|(.., until)| counts(*until));
        match (is_valid, will_be) {
            (true, None) => self.staged = Some(StagedRule::Dropped),
            (false, Some((access, related, until))) => {
                self.criteria = self.criteria_to_be().cloned();
                (self.access, self.related, self.until) = (access, related, until);
                self.staged = Some(StagedRule::Added);
            }
            (true, Some(_)) => {}
            (false, None) => return false,
        }
        true
    }
}

impl Document {
    /// Without what has ended by then.
    pub fn forget_ended(&mut self, now: Moment) {
        let counts = |until: Option<Moment>| until.is_none_or(|until| until > now);
        if let Some(grants) = &mut self.grants {
            grants.retain(|grant| counts(grant.until));
        }
        for group in self.groups.iter_mut().flatten() {
            let ended: Vec<Principal> = group
                .until
                .iter()
                .filter(|(_, until)| !counts(Some(**until)))
                .map(|(member, _)| member.clone())
                .collect();
            group.members.retain(|member| !ended.contains(member));
            group.until.retain(|member, _| !ended.contains(member));
        }
        if let Some(rules) = &mut self.rules {
            rules.retain_mut(|rule| rule.forget_ended(&counts));
        }
        let mut gone = Vec::new();
        if let Some(links) = &mut self.links {
            links.retain(|link| {
                let stays = counts(link.until);
                if !stays {
                    gone.push((link.from.clone(), link.to.clone()));
                }
                stays
            });
        }
        if let Some(shares) = &mut self.shares {
            shares.retain(|share| {
                let over = |link: &(String, String)| (&link.0, &link.1) == (&share.from, &share.to);
                counts(share.until) && !gone.iter().any(over)
            });
        }
    }

    /// Ends are those of members.
    pub(super) fn check_ends(&self) -> Result<()> {
        for (at, group) in section(&self.groups).iter().enumerate() {
            if let Some(member) = group.until.keys().find(|one| !group.members.contains(one)) {
                return Err(Error::bad_value(format!(
                    "{member} is not among the members of group \"{}\"",
                    group.name
                ))
                .at(&format!("groups[{at}].until")));
            }
        }
        Ok(())
    }
}

impl<'a> Plan<'a> {
    /// The members of groups in which any has an end, before or after: each with the name of the group, and its end.
    pub fn ends_of_members(&self) -> Vec<(&'a str, &'a Principal, Option<Moment>)> {
        let before = section(&self.present.document.groups);
        let wanted = section(&self.wanted.groups);
        let created = self.groups.create.iter().map(|&at| &wanted[at]);
        let created = created.filter(|group| !group.until.is_empty());
        let altered =
            self.groups.alter.iter().filter(|&&(old, at)| {
                !(before[old].until.is_empty() && wanted[at].until.is_empty())
            });
        let altered = altered.map(|&(_, at)| &wanted[at]);
        let members = |group: &'a GroupEntry| {
            let members = group.members.iter();
            members.map(|member| {
                (
                    group.name.as_str(),
                    member,
                    group.until.get(member).copied(),
                )
            })
        };
        created.chain(altered).flat_map(members).collect()
    }
}
