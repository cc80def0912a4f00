//! What a plan changes of what tables of the application may hold.

use crate::core::document::plan::Plan;
use crate::core::document::sections::section;

/// What a plan does to something that a table may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touch<'p> {
    User(&'p str),
    RoleOfUser(&'p str),
    OfficeOfUser(&'p str),
    ActiveUser(&'p str),
    Role(&'p str),
    ParentOfRole(&'p str),
    Office(&'p str),
    ParentOfOffice(&'p str),
    Group(&'p str),
    Member(&'p str, String),
}

/// Each with the place in the document that says so: of what goes, the section in which it is missing.
type Touches<'p> = Vec<(String, Touch<'p>)>;

impl Plan<'_> {
    /// What the document changes of what tables may hold.
    pub fn touched(&self) -> Touches<'_> {
        let mut all = Touches::new();
        self.touch_users(&mut all);
        self.touch_trees(&mut all);
        self.touch_groups(&mut all);
        all
    }

    fn touch_users<'p>(&'p self, all: &mut Touches<'p>) {
        let before = section(&self.present.document.users);
        let after = section(&self.wanted.users);
        for &at in &self.users.drop {
            all.push(("users".to_owned(), Touch::User(&before[at].key)));
        }
        for &(one, at) in &self.users.alter {
            let (before, after) = (&before[one], &after[at]);
            let key = before.key.as_str();
            let fields = [
                ("name", before.name != after.name, Touch::User(key)),
                ("role", before.role != after.role, Touch::RoleOfUser(key)),
                (
                    "office",
                    before.office != after.office,
                    Touch::OfficeOfUser(key),
                ),
                (
                    "active",
                    before.active != after.active,
                    Touch::ActiveUser(key),
                ),
            ];
            let differing = fields.into_iter().filter(|(_, differs, _)| *differs);
            all.extend(differing.map(|(field, _, touch)| (format!("users[{at}].{field}"), touch)));
        }
    }

    fn touch_trees<'p>(&'p self, all: &mut Touches<'p>) {
        let before = section(&self.present.document.roles);
        let after = section(&self.wanted.roles);
        for &at in &self.roles.drop {
            all.push(("roles".to_owned(), Touch::Role(&before[at].name)));
        }
        for &(one, at) in &self.roles.alter {
            if before[one].parent != after[at].parent {
                let touch = Touch::ParentOfRole(&before[one].name);
                all.push((format!("roles[{at}].parent"), touch));
            }
        }
        let before = section(&self.present.document.offices);
        let after = section(&self.wanted.offices);
        for &at in &self.offices.drop {
            all.push(("offices".to_owned(), Touch::Office(&before[at].name)));
        }
        for &(one, at) in &self.offices.alter {
            if before[one].parent != after[at].parent {
                let touch = Touch::ParentOfOffice(&before[one].name);
                all.push((format!("offices[{at}].parent"), touch));
            }
        }
    }

    fn touch_groups<'p>(&'p self, all: &mut Touches<'p>) {
        let before = section(&self.present.document.groups);
        let after = section(&self.wanted.groups);
        for &at in &self.groups.drop {
            all.push(("groups".to_owned(), Touch::Group(&before[at].name)));
        }
        for &(one, at) in &self.groups.alter {
            let (one, other) = (&before[one], &after[at]);
            let field = match (one.key != other.key, one.name != other.name) {
                (true, _) => "key",
                (_, true) => "name",
                _ if one.office != other.office => "office",
                _ => continue,
            };
            all.push((format!("groups[{at}].{field}"), Touch::Group(&one.name)));
        }
        for &(group, member) in &self.removed_members {
            let place = self
                .groups
                .alter
                .iter()
                .find(|&&(one, _)| before[one].name == group);
            let path = match place {
                Some((_, at)) => format!("groups[{at}].members"),
                None => "groups".to_owned(),
            };
            all.push((path, Touch::Member(group, member.to_string())));
        }
    }
}
