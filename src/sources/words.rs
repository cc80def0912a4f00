//! What changes, in the words of people: as the import of a document tells it.

use crate::catalog::write::change::Change;
use crate::catalog::write::source_things::Thing;
use crate::core::Result;
use crate::core::document::PlannedChange;
use crate::core::sources::SourceKind;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

pub struct Telling {
    changes: Vec<PlannedChange>,
    /// Where it stands that something is made, so that what becomes of it then is told with that.
    made: HashMap<String, usize>,
    offices: HashMap<i32, String>,
    roles: HashMap<i32, String>,
}

impl Telling {
    pub fn new(change: &Change) -> Result<Telling> {
        let mut words = Telling {
            changes: Vec::new(),
            made: HashMap::new(),
            offices: HashMap::new(),
            roles: HashMap::new(),
        };
        words.learn_names(change)?;
        Ok(words)
    }

    /// Of what came about meanwhile.
    pub fn learn_names(&mut self, change: &Change) -> Result<()> {
        self.offices.extend(change.names_of(SourceKind::Offices)?);
        self.roles.extend(change.names_of(SourceKind::Roles)?);
        Ok(())
    }

    fn fields(&self, kind: SourceKind, thing: &Thing) -> Map<String, Value> {
        let name_in = |names: &HashMap<i32, String>, id: Option<i32>| {
            id.map(|id| names.get(&id).cloned().unwrap_or_else(|| format!("#{id}")))
        };
        let mut fields = Map::new();
        let mut add = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        add("name", json!(thing.name));
        match kind {
            SourceKind::Users | SourceKind::UserRoles => {
                add("key", json!(thing.key));
                add("role", json!(name_in(&self.roles, thing.above)));
                add("office", json!(name_in(&self.offices, thing.office)));
                add("active", json!(thing.active));
            }
            SourceKind::Groups | SourceKind::Members => {
                add("key", json!(thing.key));
                add("office", json!(name_in(&self.offices, thing.office)));
            }
            SourceKind::Offices => {
                add("parent", json!(name_in(&self.offices, thing.above)));
            }
            SourceKind::Roles => {
                add("parent", json!(name_in(&self.roles, thing.above)));
            }
        }
        fields
    }

    fn object(kind: SourceKind, thing: &Thing) -> String {
        match (kind, &thing.key) {
            (SourceKind::Users | SourceKind::UserRoles, Some(key)) => format!("user \"{key}\""),
            _ => format!("{} \"{}\"", kind.one(), thing.name),
        }
    }

    pub fn create(&mut self, kind: SourceKind, thing: &Thing) {
        let (object, after) = (Self::object(kind, thing), self.fields(kind, thing));
        self.made.insert(object.clone(), self.changes.len());
        self.add("create", object, json!({"after": after}));
    }

    pub fn drop(&mut self, kind: SourceKind, thing: &Thing) {
        let before = self.fields(kind, thing);
        self.add("drop", Self::object(kind, thing), json!({"before": before}));
    }

    /// What differs, if anything does but who holds it.
    pub fn alter(&mut self, kind: SourceKind, before: &Thing, after: &Thing) {
        let (mut old, mut new) = (self.fields(kind, before), self.fields(kind, after));
        old.retain(|name, value| new.get(name) != Some(value));
        new.retain(|name, _| old.contains_key(name));
        if !old.is_empty() {
            let object = Self::object(kind, before);
            let made = self
                .made
                .get(&object)
                .and_then(|&at| self.changes.get_mut(at));
            match made.and_then(|made| made.detail["after"].as_object_mut()) {
                Some(after) => after.extend(new),
                None => self.add("alter", object, json!({"before": old, "after": new})),
            }
        }
    }

    pub fn member(&mut self, change: &'static str, member: &str, group: &str) {
        let side = if change == "create" {
            "after"
        } else {
            "before"
        };
        self.add(
            change,
            format!("member \"{member}\" of group \"{group}\""),
            json!({side: {"group": group, "member": member}}),
        );
    }

    fn add(&mut self, change: &'static str, object: String, detail: Value) {
        self.changes.push(PlannedChange {
            change,
            object,
            detail,
        });
    }

    pub fn told(self) -> Vec<PlannedChange> {
        self.changes
    }
}
