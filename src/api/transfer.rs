//! Giving records to another owner (semantics: Modules): single ones by their keys, or all of an owner.
//!
//! The statements run as whoever calls: their privileges and other policies still count, and what the
//! application hung on its tables runs with no more rights than theirs.

use crate::api::administration::{administers, must_administer};
use crate::api::modules::{key_of, not_protected, open_table, owners_of};
use crate::api::raise::{OrRaise, required};
use crate::catalog::read::configuration::{Owners, is_protected};
use crate::catalog::write::change::GROUP;
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::sql::{column, execute, rows, value};
use crate::catalog::write::user_keys;
use crate::core::org::GroupId;
use crate::core::record_id::record_id;
use crate::core::{Error, Principal, Result};
use crate::policy::records::owned_records;
use crate::policy::rows::owner_guard::TransferPermit;
use crate::policy::rows::predicate::Arm;
use crate::policy::sets::keys::KeyType;
use crate::policy::text::columns::{KeyColumn, OwnerColumns, key_of_records};
use crate::policy::text::protection::{Decides, OwnerArms, Predicates};
use pgrx::datum::DatumWithOid;
use pgrx::prelude::*;
use pgrx::spi::{quote_identifier, quote_literal};
use pgrx::{PgRelation, pg_sys};

/// Gives records to another owner (semantics: Modules).
#[pg_extern(sql = false)]
fn transfer(
    relation: Option<pg_sys::Oid>,
    record_ids: Option<Vec<Option<String>>>,
    new_owner: Option<&str>,
) -> i64 {
    let call = || {
        let relation = required(relation, "relation")?;
        let mut ids = Vec::new();
        for id in required(record_ids, "record_ids")? {
            ids.push(required(id, "record_ids")?);
        }
        ids.sort();
        ids.dedup();
        let transfer = Transfer::prepare(relation, required(new_owner, "new_owner")?)?;
        let key = {
            let _elevated = Elevated::enter()?;
            RecordKey::of(&open_table(relation)?)?
        };
        let named = key.name(&transfer.table, ids)?;
        transfer.carry_out(named)
    };
    call().or_raise()
}

struct Transfer {
    relation: pg_sys::Oid,
    /// Schema and name, quoted.
    table: String,
    columns: OwnerColumns,
    arm: Arm,
    new_key: Result<String>,
    /// The key of the new owner, where that is a user who is not active.
    inactive: Option<String>,
    enforced: bool,
}

impl Transfer {
    fn prepare(relation: pg_sys::Oid, new_owner: &str) -> Result<Transfer> {
        // Whether row security holds is asked of the caller, what the catalogs say is looked up
        // with a search path that he cannot write to.
        // SAFETY: asks about a relation; one that does not exist is an error of PostgreSQL's.
        let enforced = unsafe { pg_sys::check_enable_rls(relation, pg_sys::InvalidOid, true) }
            == pg_sys::CheckEnableRlsResult::RLS_ENABLED as i32;
        let administers = administers()?;
        let _elevated = Elevated::enter()?;
        let principal = Principal::parse(new_owner)?;
        let open = open_table(relation)?;
        let columns = owners_of(&open)?;
        let snapshot = crate::catalog::read::snapshot::Snapshot::latest();
        let state = crate::catalog::read::state::State::seen_by(&snapshot)?
            .ok_or_else(|| not_protected(&open))?;
        let configuration = &state.configuration;
        let table = configuration
            .tables
            .get(&columns.module_relation)
            .ok_or_else(|| not_protected(&open))?;
        if !is_protected(relation, table.module, &snapshot)? {
            return Err(not_protected(&open));
        }
        let owners = table.owners;
        // Whether the new owner exists is told to those who may give the records, in `carry_out`.
        let mut inactive = None;
        let (arm, new_key) = match &principal {
            Principal::User(key) if owners != Owners::Group => {
                let people = crate::catalog::read::people::People::open()?;
                let found = people.by_key(key, &snapshot);
                if found.as_ref().is_some_and(|user| !user.active) {
                    inactive = Some(key.clone());
                }
                let unknown = || match administers {
                    true => user_keys::unknown(key),
                    false => user_keys::unknown_key(key),
                };
                (Arm::Owner, found.map(|_| key.clone()).ok_or_else(unknown))
            }
            Principal::Group(name) if owners != Owners::User => {
                let unknown = || match administers {
                    true => GROUP.unknown(name),
                    // Says nothing of the groups that there are.
                    false => Error::unknown(format!("group \"{name}\" does not exist"))
                        .hint("Groups are named by their name: group:NAME."),
                };
                let id = GROUP.find(name)?.map(GroupId);
                let group = id.and_then(|id| configuration.org.groups.get(&id));
                let arm = match owners {
                    Owners::UserAndGroup => Arm::Group,
                    _ => Arm::Owner,
                };
                let key = group.map(|group| group.key.clone());
                (arm, key.ok_or_else(unknown))
            }
            _ => {
                return Err(Error::bad_value(format!(
                    "\"{principal}\" cannot own a record of \"{}\"",
                    open.name()
                ))
                .hint(
                    "A new owner is user:KEY or group:NAME, as the table's owner columns allow.",
                ));
            }
        };
        let column = match arm {
            Arm::Group => columns.group.as_ref().unwrap_or(&columns.owner),
            Arm::Owner => &columns.owner,
        };
        let new_key = new_key.and_then(|key| match column.key_type.can_hold(&key) {
            true => Ok(key),
            false => Err(Error::bad_value(format!(
                "the key \"{key}\" of {principal} does not fit into column \"{}\"",
                column.name
            ))),
        });
        let table = format!(
            "{}.{}",
            quote_identifier(open.namespace()),
            quote_identifier(open.name())
        );
        Ok(Transfer {
            relation,
            table,
            columns,
            arm,
            new_key,
            inactive,
            enforced,
        })
    }

    /// All or nothing. Runs as the caller: his privileges and other policies still count.
    fn carry_out(self, named: Named) -> Result<i64> {
        let Named {
            ids,
            shown,
            condition: wanted,
            arguments,
        } = named;
        if ids.is_empty() {
            return Ok(0);
        }
        let (table, full_access) = (&self.table, self.full_access()?);
        let texts = |arguments: &[Vec<String>]| -> Vec<DatumWithOid> {
            arguments.iter().map(|all| all.clone().into()).collect()
        };
        let found: Vec<String> = column(
            &format!("SELECT {shown} FROM {table} WHERE {wanted} AND ({full_access}) FOR UPDATE"),
            &texts(&arguments),
        )?;
        if found.len() != ids.len() {
            let missing = ids.iter().find(|id| !found.contains(id));
            return Err(Error::not_allowed(format!(
                "record {} of {table} cannot be transferred: it does not exist, or the caller has no full access to it",
                missing.map_or("?".into(), quote_literal)
            ))
            .hint("Nothing was transferred."));
        }
        let moved = self.update(&wanted, texts(&arguments), None)?;
        self.tell_of_inactive();
        if moved != ids.len() {
            return Err(Error::not_possible(format!(
                "a trigger of {table} left out {} of the records",
                ids.len().saturating_sub(moved)
            ))
            .hint("Nothing was transferred."));
        }
        Ok(moved as i64)
    }

    /// Gives all records away that have `key` in the column `from`; returns how many.
    fn carry_out_all(self, from: &KeyColumn, key: &str) -> Result<i64> {
        let (name, of_type) = (quote_identifier(&from.name), from.type_name());
        // Keys are exact, whatever the collation of their column.
        let exact = match from.key_type {
            KeyType::Text => format!(
                " AND {name}::pg_catalog.text COLLATE pg_catalog.\"C\" OPERATOR(pg_catalog.=) $1"
            ),
            _ => String::new(),
        };
        let wanted = format!(
            "{name} OPERATOR(pg_catalog.=) $1::{of_type}{exact} AND ({})",
            self.full_access()?
        );
        let moved = self.update(&wanted, vec![key.into()], Some(from))?;
        match owned_records::count(self.relation, from, key)? {
            0 => Ok(moved as i64),
            left => Err(Error::not_allowed(format!(
                "{} of {} cannot be transferred: the caller has no full access to all of them, or a trigger left some out",
                number_of_records(left),
                self.table
            ))
            .hint("Nothing was transferred.")),
        }
    }

    /// Sets the new owner of the rows that a condition with `arguments` names. `from`: only what is in
    /// this column is given away.
    fn update(
        &self,
        wanted: &str,
        mut arguments: Vec<DatumWithOid>,
        from: Option<&KeyColumn>,
    ) -> Result<usize> {
        let new_key = self.new_key.clone()?;
        let (receiving, other) = match (self.arm, &self.columns.group) {
            (Arm::Group, Some(group)) => (group, Some(&self.columns.owner)),
            (_, group) => (&self.columns.owner, group.as_ref()),
        };
        // The other owner is cleared: who gives a record away does not leave a second owner. But where
        // one user's or one group's records are handed over as a whole, the other owners keep theirs.
        let cleared = other
            .filter(|_| from.is_none_or(|from| from.number != receiving.number))
            .map_or(String::new(), |column| {
                format!(", {} = NULL", quote_identifier(&column.name))
            });
        let permit = TransferPermit::new(
            self.relation,
            self.columns.module_relation,
            self.arm,
            receiving.key_type,
            &new_key,
        );
        let table = &self.table;
        let (name, of_type) = (quote_identifier(&receiving.name), receiving.type_name());
        arguments.push(new_key.as_str().into());
        let place = arguments.len();
        let moved = execute(
            &format!("UPDATE {table} SET {name} = ${place}::{of_type}{cleared} WHERE {wanted}"),
            &arguments,
        )?;
        drop(permit);
        Ok(moved)
    }

    fn tell_of_inactive(&self) {
        if let Some(key) = &self.inactive {
            pgrx::notice!(
                "user \"{key}\" is not active: the records are reached by the people above them alone"
            );
        }
    }

    /// The condition that the caller has full access.
    fn full_access(&self) -> Result<String> {
        if !self.enforced {
            return Ok("true".to_owned());
        }
        let name: Option<String> = value(
            "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace WHERE c.oid OPERATOR(pg_catalog.=) $1",
            &[self.columns.module_relation.into()],
        )?;
        let quoted = |column: &KeyColumn| quote_identifier(&column.name);
        let group = self.columns.group.as_ref().map(quoted);
        let owner = quoted(&self.columns.owner);
        let predicates = Predicates {
            module_table: name.unwrap_or_default(),
            decides: Decides::Owner(OwnerArms::new(&owner, group.as_deref(), None)),
            key: None,
            default_owner: false,
        };
        Ok(predicates.condition("change_owner"))
    }
}

/// By which columns single records of a table are named.
enum RecordKey {
    One(KeyColumn),
    /// The names of the columns, and those of their types.
    Several(Vec<(String, String)>),
}

/// The records that a call names.
struct Named {
    /// As the database writes their keys.
    ids: Vec<String>,
    /// The expression that gives the same of a row.
    shown: String,
    /// What is true of their rows, by the arguments.
    condition: String,
    arguments: Vec<Vec<String>>,
}

impl RecordKey {
    /// Where nothing knows the records of a table by one column (shares, children), transfers go by its
    /// primary key as it is now.
    fn of(table: &PgRelation) -> Result<RecordKey> {
        // SAFETY: the relation is open while `table` lives.
        if unsafe { key_of_records(table.as_ptr()) }.is_some() {
            return Ok(RecordKey::One(key_of(table)?));
        }
        // Without type modifiers: a cast to varchar(2) would cut off what makes a key another one.
        let columns = rows(
            "SELECT a.attname::pg_catalog.text, pg_catalog.format_type(a.atttypid, -1) FROM pg_catalog.pg_index i
             CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY k (number, place)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
             WHERE i.indrelid = $1 AND i.indisprimary AND i.indimmediate AND i.indisvalid AND k.place <= i.indnkeyatts
             ORDER BY k.place",
            &[table.oid().into()],
            |row| Ok((row.get(1)?.unwrap_or_default(), row.get(2)?.unwrap_or_default())),
        )?;
        match columns.len() {
            0 | 1 => Ok(RecordKey::One(key_of(table)?)),
            _ => Ok(RecordKey::Several(columns)),
        }
    }

    /// Runs as the caller, whose types' code may run.
    fn name(&self, table: &str, ids: Vec<String>) -> Result<Named> {
        let columns = match self {
            RecordKey::Several(columns) => columns,
            RecordKey::One(key) => {
                let (name, of_type) = (quote_identifier(&key.name), key.type_name());
                return Ok(Named {
                    shown: format!("{name}::pg_catalog.text"),
                    condition: format!("{name} OPERATOR(pg_catalog.=) ANY ($1::{of_type}[])"),
                    arguments: vec![ids.clone()],
                    ids,
                });
            }
        };
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let mut arguments = vec![Vec::new(); columns.len()];
        for id in &ids {
            let values = record_id(id, table, &names)?;
            for (all, value) in arguments.iter_mut().zip(values) {
                all.push(value);
            }
        }
        let each = |part: &dyn Fn(usize, &str, &str) -> String| -> String {
            let columns = columns.iter().enumerate();
            let parts = columns.map(|(n, (name, of_type))| part(n + 1, name, of_type));
            parts.collect::<Vec<_>>().join(", ")
        };
        let shown = |value: &dyn Fn(usize, &str, &str) -> String| {
            let fields = each(&|n, name, of_type| {
                let value = value(n, name, of_type);
                format!(
                    "{}::pg_catalog.text, {value}::pg_catalog.text",
                    quote_literal(name)
                )
            });
            format!("pg_catalog.jsonb_build_object({fields})::pg_catalog.text")
        };
        let more =
            (2..=columns.len()).map(|n| format!(", pg_catalog.unnest(${n}::pg_catalog.text[])"));
        let more: String = more.collect();
        let given = format!(
            "FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]){more}) given ({})",
            each(&|n, _, _| format!("c{n}"))
        );
        let converted = |n: usize, of_type: &str| format!("(given.c{n}::{of_type})");
        let texts: Vec<DatumWithOid> = arguments.iter().map(|all| all.clone().into()).collect();
        Ok(Named {
            ids: column(
                &format!(
                    "SELECT DISTINCT {} {given}",
                    shown(&|n, _, of_type| converted(n, of_type))
                ),
                &texts,
            )?,
            shown: shown(&|_, name, _| quote_identifier(name)),
            condition: format!(
                "({}) OPERATOR(pg_catalog.=) ANY (SELECT {} {given})",
                each(&|_, name, _| quote_identifier(name)),
                each(&|n, _, of_type| converted(n, of_type)),
            ),
            arguments,
        })
    }
}

/// Gives all records of an owner to another, in all modules (semantics: Modules): all or none.
#[pg_extern(sql = false)]
fn transfer_all(
    owner: Option<&str>,
    new_owner: Option<&str>,
) -> TableIterator<'static, (name!(module, String), name!(records, i64))> {
    let call = || {
        must_administer("transfer_all")?;
        let owner = Principal::parse(required(owner, "owner")?)?;
        hand_over(&owner, required(new_owner, "new_owner")?)
    };
    TableIterator::new(call().or_raise())
}

/// A module some of whose records may belong to an owner.
struct Holding {
    module: String,
    relation: pg_sys::Oid,
    /// Where his key stands in them.
    column: KeyColumn,
}

/// Where records of a user or group may be, in the order of the modules' names, and his key. An owner
/// whom nobody knows has a key as well, which was left when he was dropped.
fn holdings(owner: &Principal) -> Result<(Vec<Holding>, String)> {
    let snapshot = crate::catalog::read::snapshot::Snapshot::latest();
    let _elevated = Elevated::enter()?;
    let state = crate::catalog::read::state::State::seen_by(&snapshot)?
        .ok_or_else(|| Error::internal("pg_sharing has no configuration"))?;
    let org = &state.configuration.org;
    let (key, is_group) = match owner {
        Principal::User(key) => (key.clone(), false),
        Principal::Group(name) => {
            let id = GROUP.find(name)?.map(GroupId);
            let group = id.and_then(|id| org.groups.get(&id));
            (group.ok_or_else(|| GROUP.missing(name))?.key.clone(), true)
        }
        _ => return Err(no_owner(owner)),
    };
    let mut found = Vec::new();
    for table in state.configuration.tables.values() {
        let holds = match table.owners {
            Owners::User => !is_group,
            Owners::Group => is_group,
            Owners::UserOrGroup | Owners::UserAndGroup => true,
            Owners::Parent => false,
        };
        if !holds {
            continue;
        }
        let columns = owners_of(&open_table(table.relation)?)?;
        let module = org.modules.get(&table.module);
        found.push(Holding {
            module: module.map_or("?".to_owned(), |module| module.name.clone()),
            relation: table.relation,
            column: match columns.group {
                Some(group) if is_group => group,
                _ => columns.owner,
            },
        });
    }
    found.sort_by(|one, other| one.module.cmp(&other.module));
    Ok((found, key))
}

fn no_owner(principal: &Principal) -> Error {
    Error::bad_value(format!("\"{principal}\" cannot own records"))
        .hint("An owner is user:KEY or group:NAME.")
}

/// Whether a user or a group is there; the key of a user who is not active.
fn must_exist(owner: &Principal) -> Result<Option<String>> {
    let _elevated = Elevated::enter()?;
    match owner {
        Principal::User(key) => {
            let snapshot = crate::catalog::read::snapshot::Snapshot::latest();
            let people = crate::catalog::read::people::People::open()?;
            let user = people
                .by_key(key, &snapshot)
                .ok_or_else(|| user_keys::unknown(key))?;
            Ok((!user.active).then(|| key.clone()))
        }
        Principal::Group(name) => GROUP.id(name).map(|_| None),
        _ => Err(no_owner(owner)),
    }
}

/// Gives all records of `owner` away, as the caller; returns the modules that had some, and how many.
pub fn hand_over(owner: &Principal, new_owner: &str) -> Result<Vec<(String, i64)>> {
    let receiver = Principal::parse(new_owner)?;
    let inactive = must_exist(&receiver)?;
    if *owner == receiver {
        return Err(
            Error::bad_value(format!("\"{owner}\" owns these records already"))
                .hint("Name another owner."),
        );
    }
    let (holdings, key) = holdings(owner)?;
    let mut moved = Vec::new();
    for holding in holdings {
        // What they have nothing of is left alone: no privilege is needed, and no lock taken.
        if owned_records::count(holding.relation, &holding.column, &key)? == 0 {
            continue;
        }
        let transfer = Transfer::prepare(holding.relation, new_owner)?;
        let count = transfer.carry_out_all(&holding.column, &key)?;
        moved.push((holding.module, count));
    }
    if moved.is_empty() {
        // Of somebody unknown only what he left behind can be told from a mistake.
        must_exist(owner)?;
    } else if let Some(key) = inactive {
        pgrx::notice!(
            "user \"{key}\" is not active: the records are reached by the people above them alone"
        );
    }
    Ok(moved)
}

fn number_of_records(count: i64) -> String {
    match count {
        1 => "1 record".to_owned(),
        count => format!("{count} records"),
    }
}

/// What the records of somebody who goes are told of, where there are any.
pub fn left_behind(owner: &Principal) -> Result<Option<String>> {
    let (holdings, key) = holdings(owner)?;
    let mut parts = Vec::new();
    for holding in holdings {
        let count = owned_records::count_or_estimate(holding.relation, &holding.column, &key)?;
        let about = if count.is_exact { "" } else { "about " };
        if count.records > 0 {
            let records = number_of_records(count.records);
            parts.push(format!("{about}{records} of \"{}\"", holding.module));
        }
    }
    Ok((!parts.is_empty()).then(|| parts.join(", ")))
}
