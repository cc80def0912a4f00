//! From the text of a document to its sections: what is wrong by itself, whatever is there.

use crate::core::document::checks::{
    Tree, check_tree, cycle, dangling, must_be_a_name, twice, unique,
};
use crate::core::document::objects::Object;
use crate::core::document::sections::{
    Document, GroupEntry, SearchName, VERSION, link_name, section, share_name,
};
use crate::core::document::source_entries::SourceEntry;
use crate::core::error::record_must_fit;
use crate::core::sources::{SourcePart, disagree, two_say_roles};
use crate::core::{Error, Principal, Result};
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

impl Document {
    /// Reads a document and finds what is wrong with it by itself.
    pub fn parse(text: &str) -> Result<Document> {
        let deserializer = &mut serde_json::Deserializer::from_str(text);
        let Object(mut document): Object<Document> =
            serde_path_to_error::deserialize(deserializer).map_err(malformed)?;
        document.check_supported()?;
        document.check_names()?;
        document.check_trees()?;
        document.settle();
        Ok(document)
    }

    fn check_supported(&self) -> Result<()> {
        if self.version != VERSION {
            return Err(Error::bad_value(format!(
                "{} is not a version of the document that can be imported",
                self.version
            ))
            .at("version")
            .hint(format!("The version is {VERSION}.")));
        }
        Ok(())
    }

    /// Nothing is without a name, and no name is given twice.
    fn check_names(&self) -> Result<()> {
        let (offices, roles) = (section(&self.offices), section(&self.roles));
        unique("offices", "name", offices.iter().map(|o| o.name.as_str()))?;
        unique("roles", "name", roles.iter().map(|r| r.name.as_str()))?;
        for (at, role) in roles.iter().enumerate() {
            let profiles = role.profiles.iter().map(String::as_str);
            each_once(profiles)
                .map_err(|(n, profile)| twice(profile).at(&format!("roles[{at}].profiles[{n}]")))?;
        }
        self.check_users()?;
        self.check_groups()?;
        self.check_profiles()?;
        let modules = section(&self.modules);
        unique("modules", "name", modules.iter().map(|m| m.name.as_str()))?;
        self.check_relations()?;
        self.check_ends()?;
        self.check_parties()?;
        self.check_links()?;
        self.check_shares()?;
        self.check_grants()?;
        self.check_expectations()?;
        self.check_search()?;
        self.check_sources()?;
        self.check_trusted()
    }

    fn check_trusted(&self) -> Result<()> {
        let trusted = section(&self.trusted);
        unique(
            "trusted",
            "db_role",
            trusted.iter().map(|t| t.db_role.as_str()),
        )?;
        for (at, trusted) in trusted.iter().enumerate() {
            trusted
                .source()
                .map_err(|error| error.at(&format!("trusted[{at}]")))?;
        }
        Ok(())
    }

    fn check_users(&self) -> Result<()> {
        let users = section(&self.users);
        unique("users", "key", users.iter().map(|u| u.key.as_str()))?;
        let mut db_roles = HashMap::new();
        for (at, user) in users.iter().enumerate() {
            must_be_a_name("users", at, "name", &user.name)?;
            if let Some(db_role) = &user.db_role
                && let Some(other) = db_roles.insert(db_role, &user.key)
            {
                return Err(Error::bad_value(format!(
                    "database role \"{db_role}\" is also that of user \"{other}\""
                ))
                .at(&format!("users[{at}].db_role"))
                .hint("A database role stands for one user."));
            }
            each_once(user.rights.iter()).map_err(|(n, right)| {
                twice(right.label()).at(&format!("users[{at}].rights[{n}]"))
            })?;
        }
        Ok(())
    }

    fn check_groups(&self) -> Result<()> {
        let groups = section(&self.groups);
        unique("groups", "key", groups.iter().map(|g| g.key.as_str()))?;
        unique("groups", "name", groups.iter().map(|g| g.name.as_str()))?;
        for (at, group) in groups.iter().enumerate() {
            each_once(group.members.iter()).map_err(|(n, member)| {
                twice(&member.to_string()).at(&format!("groups[{at}].members[{n}]"))
            })?;
        }
        Ok(())
    }

    fn check_profiles(&self) -> Result<()> {
        let profiles = section(&self.profiles);
        unique("profiles", "name", profiles.iter().map(|p| p.name.as_str()))?;
        for (at, profile) in profiles.iter().enumerate() {
            let modules = profile.permissions.iter().map(|row| row.module.as_deref());
            each_once(modules).map_err(|(n, module)| {
                let error = match module {
                    Some(module) => twice(module),
                    None => Error::bad_value("null, for any other module, stands here twice"),
                };
                error.at(&format!("profiles[{at}].permissions[{n}].module"))
            })?;
        }
        Ok(())
    }

    /// The two sides of a rule are never single users.
    fn check_parties(&self) -> Result<()> {
        for (at, rule) in section(&self.rules).iter().enumerate() {
            if rule.owned_by.is_none() && rule.criteria.is_none() {
                return Err(must_say_whose().at(&format!("rules[{at}].owned_by")));
            }
            let sides = [
                ("owned_by", rule.owned_by.as_ref()),
                ("shared_with", Some(&rule.shared_with)),
            ];
            for (field, party) in sides {
                let Some(party) = party else { continue };
                party
                    .must_be_party()
                    .map_err(|error| error.at(&format!("rules[{at}].{field}")))?;
            }
        }
        Ok(())
    }

    fn check_links(&self) -> Result<()> {
        let mut links = HashSet::new();
        for (at, link) in section(&self.links).iter().enumerate() {
            let path = format!("links[{at}]");
            if link.from == link.to {
                return Err(Error::not_possible(format!(
                    "user \"{}\" cannot be linked to themselves",
                    link.from
                ))
                .at(&path));
            }
            if !links.insert(link.users()) {
                return Err(Error::bad_value(format!(
                    "the {} stands here twice",
                    link_name(link.users())
                ))
                .at(&path));
            }
        }
        Ok(())
    }

    fn check_shares(&self) -> Result<()> {
        let mut shares = HashSet::new();
        for (at, share) in section(&self.shares).iter().enumerate() {
            let place = || format!("shares[{at}].record");
            record_must_fit("a shared record", &share.record)
                .map_err(|error| error.at(&place()))?;
            if !shares.insert(share.what()) {
                return Err(Error::bad_value(format!(
                    "the {} stands here twice",
                    share_name(share)
                ))
                .at(&format!("shares[{at}]")));
            }
        }
        Ok(())
    }

    fn check_expectations(&self) -> Result<()> {
        let mut known = HashSet::new();
        for (at, expectation) in section(&self.expectations).iter().enumerate() {
            let place = |field: &str| format!("expectations[{at}].{field}");
            record_must_fit("a record", &expectation.record)
                .map_err(|error| error.at(&place("record")))?;
            expectation
                .stored()
                .map_err(|error| error.at(&place("access")))?;
            if !known.insert(expectation.what()) {
                return Err(Error::bad_value(format!(
                    "the {} stands here twice",
                    expectation.name()
                ))
                .at(&format!("expectations[{at}]")));
            }
        }
        Ok(())
    }

    /// An operator stands there once, however it is written: to be asked again once names are written as
    /// the database writes them.
    pub fn check_search(&self) -> Result<()> {
        let names = section(&self.search).iter().map(SearchName::what);
        each_once(names).map_err(|(at, (_, name))| twice(name).at(&format!("search[{at}].name")))
    }

    /// A table is a source of a kind once: to be asked again once tables are written as the database writes them.
    pub fn check_sources(&self) -> Result<()> {
        let sources = section(&self.sources);
        let all = sources.iter().map(SourceEntry::what);
        each_once(all)
            .map_err(|(at, (_, table))| twice(table).at(&format!("sources[{at}].table")))?;
        for (at, source) in sources.iter().enumerate() {
            let columns = source.columns();
            let mut needed = source.kind.needs().iter();
            if let Some(part) = needed.find(|&&part| columns.get(part).is_none()) {
                let field = part.argument();
                return Err(Error::bad_value(format!(
                    "a source of {} needs a column here",
                    source.kind.label()
                ))
                .at(&format!("sources[{at}].{field}")));
            }
            let takes = |part: &SourcePart| {
                source.kind.needs().contains(part) || source.kind.takes().contains(part)
            };
            if let Some(part) = columns.parts().iter().find(|part| !takes(part)) {
                let field = part.argument();
                return Err(Error::bad_value(format!(
                    "a source of {} has no column for that",
                    source.kind.label()
                ))
                .at(&format!("sources[{at}].{field}")));
            }
            for other in &sources[..at] {
                let shapes = ((source.kind, &columns), (other.kind, &other.columns()));
                if source.kind == other.kind && source.kind.is_single() {
                    let kind = source.kind.label().replace('_', " ");
                    let table = &other.table;
                    return Err(Error::not_possible(format!(
                        "{kind} come from table {table} already"
                    ))
                    .at(&format!("sources[{at}]")));
                }
                if disagree(shapes.0, shapes.1) {
                    return Err(
                        two_say_roles(&source.table, &other.table).at(&format!("sources[{at}]"))
                    );
                }
            }
        }
        Ok(())
    }

    /// A table is one module: to be asked once the tables are written as the database writes them.
    pub fn check_tables(&self) -> Result<()> {
        let modules = section(&self.modules);
        let mut seen = HashSet::new();
        match modules
            .iter()
            .position(|module| !seen.insert(&module.table))
        {
            Some(at) => Err(twice(&modules[at].table).at(&format!("modules[{at}].table"))),
            None => Ok(()),
        }
    }

    /// Nothing is below itself.
    fn check_trees(&self) -> Result<()> {
        let offices = section(&self.offices);
        let nodes = offices
            .iter()
            .map(|o| (o.name.as_str(), o.parent.as_deref()));
        let below = |section, what| Tree {
            section,
            field: "parent",
            what,
            would: "would be below",
        };
        check_tree(&below("offices", "office"), nodes.collect())?;
        let roles = section(&self.roles);
        let nodes = roles.iter().map(|r| (r.name.as_str(), r.parent.as_deref()));
        check_tree(&below("roles", "role"), nodes.collect())?;
        self.check_modules()?;
        check_nesting(section(&self.groups))
    }
}

/// The first element that was there before is the error, with its place.
fn each_once<T: Copy + Eq + Hash>(elements: impl Iterator<Item = T>) -> Result<(), (usize, T)> {
    let mut seen = HashSet::new();
    for (at, element) in elements.enumerate() {
        if !seen.insert(element) {
            return Err((at, element));
        }
    }
    Ok(())
}

/// Of which records a rule speaks has to be said.
fn must_say_whose() -> Error {
    Error::bad_value("a rule without criteria names whose records it shares")
        .hint("It names a role or a group: \"owned_by\": \"role:Sales Rep\".")
}

fn malformed(error: serde_path_to_error::Error<serde_json::Error>) -> Error {
    let path = match error.path().to_string() {
        path if path == "." => "config".to_owned(),
        path => path,
    };
    let message = error.into_inner().to_string();
    // The document is stored as jsonb, which has no lines.
    let message = message
        .rsplit_once(" at line ")
        .map_or(message.as_str(), |(text, _)| text);
    Error::bad_value(message).at(&path)
}

fn check_nesting(groups: &[GroupEntry]) -> Result<()> {
    let places: HashMap<&str, usize> = groups
        .iter()
        .enumerate()
        .map(|(n, group)| (group.name.as_str(), n))
        .collect();
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        No,
        Open,
        Done,
    }
    let mut seen = vec![Seen::No; groups.len()];
    for start in 0..groups.len() {
        // A stack of (group, next member to look at): nesting may be deeper than the thread's.
        let mut open = Vec::new();
        if seen[start] == Seen::No {
            seen[start] = Seen::Open;
            open.push((start, 0));
        }
        while let Some((at, member)) = open.pop() {
            let Some(principal) = groups[at].members.get(member) else {
                seen[at] = Seen::Done;
                continue;
            };
            open.push((at, member + 1));
            let Principal::Group(name) = principal else {
                continue;
            };
            let path = || format!("groups[{at}].members[{member}]");
            let Some(&inner) = places.get(name.as_str()) else {
                return Err(dangling("group", name).at(&path()));
            };
            match seen[inner] {
                Seen::No => {
                    seen[inner] = Seen::Open;
                    open.push((inner, 0));
                }
                Seen::Open => {
                    return Err(cycle("group", name, "would be nested in").at(&path()));
                }
                Seen::Done => {}
            }
        }
    }
    Ok(())
}
