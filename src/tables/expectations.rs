//! What users are expected to have on records, and what they have (semantics: Expectations).

use crate::catalog::read::configuration::{Configuration, is_protected};
use crate::catalog::read::expectations::{StoredExpectation, expectations};
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::{Identity, State};
use crate::catalog::write::change::{Change, Look};
use crate::core::decision::Sight;
use crate::core::expectation::{Expectation, refuse_to_break};
use crate::core::org::{Control, ModuleId, UserId};
use crate::core::{Error, Level, Result};
use crate::policy::judgement::loaded::LoadedRecord;
use crate::policy::judgement::loading::RecordLoader;
use crate::policy::judgement::verdict::level;
use crate::policy::records::reading::{Records, hold};
use crate::policy::records::shards;
use crate::policy::text::columns::Columns;
use crate::session::identity::known_as;
use crate::tables::criteria::OtherCriteria;
use crate::tables::protected_tables::{columns_of, key_of, not_protected, open_table};
use pgrx::pg_sys;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// An expectation with what the user has.
pub struct CheckedExpectation {
    pub id: i64,
    pub user_key: String,
    pub module: String,
    pub record_id: String,
    pub expected: Expectation,
    pub actual: Level,
}

impl CheckedExpectation {
    pub fn holds(&self) -> bool {
        self.expected.holds(self.actual)
    }
}

/// Writes down what a user is to have on a record. Returns its number.
pub fn expect_access(
    user_key: &str,
    relation: pg_sys::Oid,
    record_id: &str,
    expected: Expectation,
) -> Result<i64> {
    let open = open_table(relation)?;
    let snapshot = Snapshot::latest();
    let state = state_of(&snapshot)?;
    let is_module = |table| Ok(state.table(table).is_some());
    let module_relation = match columns_of(&open, is_module)? {
        Columns::Owned(owned) => owned.module_relation,
        Columns::Detail(detail) => detail.module_relation,
    };
    let module = state.module_of(module_relation);
    if !module.is_some_and(|module| is_protected(relation, module, &snapshot).unwrap_or_default()) {
        return Err(not_protected(&open));
    }
    key_of(&open)?;
    let mut loader = RecordLoader::new(&state.configuration, &snapshot)?;
    let Some(record) = loader.find(relation, record_id)? else {
        if let Some(records) = Records::open(relation).filter(shards::hold) {
            shards::must_see_all(&records)?;
        }
        return Err(Error::unknown(format!(
            "record {} of \"{}\" does not exist",
            pgrx::spi::quote_literal(record_id),
            open.name()
        )));
    };
    Change::begin()?.store_expectation(user_key, record.module, &record.key, expected)
}

/// All expectations, by number.
pub fn check() -> Result<Vec<CheckedExpectation>> {
    let _look = Look::begin()?;
    checked(&Snapshot::of_statement().unwrap_or_else(Snapshot::latest))
}

/// Keeps everybody from changing the tables that expectations go by: a table is locked before the configuration.
pub fn hold_tables() -> Result<()> {
    let snapshot = Snapshot::latest();
    let stored = expectations(&snapshot)?;
    if stored.is_empty() {
        return Ok(());
    }
    let state = state_of(&snapshot)?;
    let org = &state.configuration.org;
    let mut open: Vec<ModuleId> = stored.iter().map(|one| one.module).collect();
    let mut modules = HashSet::new();
    while let Some(module) = open.pop() {
        if !modules.insert(module) {
            continue;
        }
        if let Some(Control::Parent(above)) = org.modules.get(&module).map(|facts| &facts.control) {
            open.push(*above);
        }
        let relations = org
            .relations
            .iter()
            .filter(|relation| relation.child == module);
        open.extend(relations.map(|relation| relation.parent));
    }
    let mut tables: Vec<_> = state.configuration.tables.values().collect();
    tables.retain(|table| modules.contains(&table.module));
    tables.sort_by_key(|table| table.module);
    for table in tables {
        hold(table.relation);
    }
    Ok(())
}

/// Makes everything staged valid, unless that would break an expectation; returns how many changes it is.
pub fn apply_rules(check_expectations: bool) -> Result<i64> {
    if check_expectations {
        hold_tables()?;
    }
    let (change, other) = OtherCriteria::to_apply()?;
    let apply = || {
        let applied = change.apply_rules()?;
        other.follow(&change)?;
        Ok(applied)
    };
    match check_expectations {
        true => without_breaking(apply),
        false => apply(),
    }
}

/// Makes a change, and refuses it where an expectation that held before does not hold after it. Their tables
/// must be held.
pub fn without_breaking<T>(change: impl FnOnce() -> Result<T>) -> Result<T> {
    let held: HashSet<i64> = checked(&Snapshot::latest())?
        .into_iter()
        .filter(CheckedExpectation::holds)
        .map(|one| one.id)
        .collect();
    let result = change()?;
    if !held.is_empty() {
        let after = checked(&Snapshot::latest())?.into_iter();
        let broken = after.filter(|one| held.contains(&one.id) && !one.holds());
        let broken: Vec<(i64, String)> = broken
            .map(|one| {
                let (user, record) = (&one.user_key, &one.record_id);
                let sentence = one.expected.sentence(user, record, &one.module, one.actual);
                (one.id, sentence)
            })
            .collect();
        refuse_to_break(&broken)?;
    }
    Ok(result)
}

fn state_of(snapshot: &Snapshot) -> Result<Rc<State>> {
    State::seen_by(snapshot)?
        .ok_or_else(|| Error::internal("the configuration of sharing cannot be read"))
}

/// By what `snapshot` sees: records are looked for once for each module, users once each.
fn checked(snapshot: &Snapshot) -> Result<Vec<CheckedExpectation>> {
    let stored = expectations(snapshot)?;
    if stored.is_empty() {
        return Ok(Vec::new());
    }
    let state = state_of(snapshot)?;
    let configuration = &state.configuration;
    let records = records_of(&stored, configuration, snapshot)?;
    let users = users_of(&stored, &state, snapshot)?;
    let check = |one: StoredExpectation| {
        let (key, identity) = users.get(&one.user)?;
        let module = configuration.org.modules.get(&one.module)?;
        let id = (one.module, one.record);
        let both = identity.as_ref().zip(records.get(&id));
        let actual = both.map_or(Level::None, |(me, record)| {
            let sight = Sight::new(&configuration.org, me, record.module);
            level(record, sight.as_ref(), me, snapshot)
        });
        Some(CheckedExpectation {
            id: one.id,
            user_key: key.clone(),
            module: module.name.clone(),
            record_id: id.1,
            expected: one.expected,
            actual,
        })
    };
    Ok(stored.into_iter().filter_map(check).collect())
}

/// The records of which something is expected, as far as they are there.
fn records_of(
    stored: &[StoredExpectation],
    configuration: &Configuration,
    snapshot: &Snapshot,
) -> Result<HashMap<(ModuleId, String), Rc<LoadedRecord>>> {
    let mut keys: HashMap<ModuleId, HashSet<&str>> = HashMap::new();
    for one in stored {
        keys.entry(one.module).or_default().insert(&one.record);
    }
    let mut loader = RecordLoader::new(configuration, snapshot)?;
    let mut records = HashMap::new();
    for table in configuration.tables.values() {
        if let Some(keys) = keys.get(&table.module)
            && hold(table.relation)
        {
            let keys: Vec<&str> = keys.iter().copied().collect();
            let found = loader.find_all(table.relation, &keys)?;
            records.extend(
                found
                    .into_iter()
                    .map(|(key, record)| ((table.module, key), record)),
            );
        }
    }
    Ok(records)
}

/// Their keys, and as whom they are known: who is inactive is nobody.
type Known = (String, Option<Rc<Identity>>);

fn users_of(
    stored: &[StoredExpectation],
    state: &State,
    snapshot: &Snapshot,
) -> Result<HashMap<UserId, Known>> {
    let people = People::open()?;
    let mut users = HashMap::new();
    for one in stored {
        if !users.contains_key(&one.user)
            && let Some((key, _)) = people.by_id(one.user, snapshot)
        {
            let identity = known_as(&key, state, snapshot)?;
            users.insert(one.user, (key, identity));
        }
    }
    Ok(users)
}
