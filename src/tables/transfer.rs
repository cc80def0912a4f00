//! Giving records to another owner (semantics: Modules): single ones by their keys, or all of an owner.
//!
//! The statements run as whoever calls: their privileges and other policies still count, and what the
//! application hung on its tables runs with no more rights than theirs.

use crate::catalog::read::citus::is_spread;
use crate::catalog::read::configuration::Owners;
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::write::change::GROUP;
use crate::catalog::write::elevation::Elevated;
use crate::catalog::write::sql::{column, execute};
use crate::catalog::write::user_keys;
use crate::core::org::{GroupId, ModuleId};
use crate::core::{Error, Principal, Result};
use crate::pg::names::qualified_name;
use crate::policy::plans::carried::tell_of_transfer;
use crate::policy::records::owned_records;
use crate::policy::rows::transfer_permit::TransferPermit;
use crate::policy::sets::keys::KeyType;
use crate::policy::text::calls::OwnerArm;
use crate::policy::text::columns::{KeyColumn, OwnerColumns};
use crate::policy::text::protection::{Decides, OwnerArms, Predicates};
use crate::session::administration::administers;
use crate::session::told_transfer::ToldTransfer;
use crate::tables::protected_tables::{OwnedTable, open_table};
use crate::tables::record_keys::{NamedRecords, RecordKey};
use pgrx::datum::DatumWithOid;
use pgrx::pg_sys;
use pgrx::spi::{quote_identifier, quote_literal};

/// Gives the records with these keys to another owner: all or nothing. Returns how many.
pub fn transfer(relation: pg_sys::Oid, mut ids: Vec<String>, new_owner: &str) -> Result<i64> {
    ids.sort();
    ids.dedup();
    let transfer = Transfer::prepare(relation, new_owner)?;
    let key = {
        let _elevated = Elevated::enter()?;
        RecordKey::of(&open_table(relation)?)?
    };
    let named = key.name(&transfer.table, ids)?;
    transfer.carry_out(named)
}

/// Records of one table on their way to another owner.
pub struct Transfer {
    relation: pg_sys::Oid,
    /// Schema and name, quoted.
    table: String,
    columns: OwnerColumns,
    arm: OwnerArm,
    receiver: Result<Receiver>,
    enforced: bool,
    /// The module, where its records are in shards of Citus.
    in_shards: Option<ModuleId>,
}

/// The new owner.
#[derive(Clone)]
struct Receiver {
    key: String,
    /// Whether it is a user who is not active.
    is_inactive: bool,
}

/// The arm whose column receives a new owner, and who that is. Whether they exist is told to those who may
/// give the records, in `carry_out`.
fn receiver(
    table: &OwnedTable,
    principal: &Principal,
    administers: bool,
) -> Result<(OwnerArm, Result<Receiver>)> {
    match principal {
        Principal::User(key) if table.owners != Owners::Group => {
            let found = People::open()?.by_key(key, &Snapshot::latest());
            let receiver = found.map(|user| Receiver {
                key: key.clone(),
                is_inactive: !user.active,
            });
            let unknown = || match administers {
                true => user_keys::unknown(key),
                false => user_keys::unknown_key(key),
            };
            Ok((OwnerArm::Owner, receiver.ok_or_else(unknown)))
        }
        Principal::Group(name) if table.owners != Owners::User => {
            let id = GROUP.find(name)?.map(GroupId);
            let group = id.and_then(|id| table.state.configuration.org.groups.get(&id));
            let receiver = group.map(|group| Receiver {
                key: group.key.clone(),
                is_inactive: false,
            });
            let unknown = || match administers {
                true => GROUP.unknown(name),
                // Says nothing of the groups that there are.
                false => Error::unknown(format!("group \"{name}\" does not exist"))
                    .hint("Groups are named by their name: group:NAME."),
            };
            let arm = match table.owners {
                Owners::UserAndGroup => OwnerArm::Group,
                _ => OwnerArm::Owner,
            };
            Ok((arm, receiver.ok_or_else(unknown)))
        }
        _ => Err(Error::bad_value(format!(
            "\"{principal}\" cannot own a record of \"{}\"",
            table.open.name()
        ))
        .hint("A new owner is user:KEY or group:NAME, as the table's owner columns allow.")),
    }
}

impl Transfer {
    pub fn prepare(relation: pg_sys::Oid, new_owner: &str) -> Result<Transfer> {
        // Whether row security holds is asked of the caller, what the catalogs say is looked up
        // with a search path that they cannot write to.
        // SAFETY: asks about a relation; one that does not exist is an error of PostgreSQL's.
        let enforced = unsafe { pg_sys::check_enable_rls(relation, pg_sys::InvalidOid, true) }
            == pg_sys::CheckEnableRlsResult::RLS_ENABLED as i32;
        let administers = administers()?;
        let _elevated = Elevated::enter()?;
        let principal = Principal::parse(new_owner)?;
        let owned = OwnedTable::find(relation)?;
        let (arm, receiver) = receiver(&owned, &principal, administers)?;
        let in_shards = is_spread(relation).then_some(owned.module);
        let columns = owned.columns;
        let column = match arm {
            OwnerArm::Group => columns.group.as_ref().unwrap_or(&columns.owner),
            OwnerArm::Owner => &columns.owner,
        };
        let receiver =
            receiver.and_then(|receiver| match column.key_type.can_hold(&receiver.key) {
                true => Ok(receiver),
                false => Err(Error::bad_value(format!(
                    "the key \"{}\" of {principal} does not fit into column \"{}\"",
                    receiver.key, column.name
                ))),
            });
        let table = qualified_name(relation).unwrap_or_default();
        Ok(Transfer {
            relation,
            table,
            columns,
            arm,
            receiver,
            enforced,
            in_shards,
        })
    }

    /// All or nothing. Runs as the caller: their privileges and other policies still count.
    fn carry_out(self, named: NamedRecords) -> Result<i64> {
        let NamedRecords {
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
        // In shards the guard of owners asks for full access once more. Citus locks rows of one shard only.
        let lock = match self.in_shards {
            Some(_) => "",
            None => " FOR UPDATE",
        };
        let found: Vec<String> = column(
            &format!("SELECT {shown} FROM {table} WHERE {wanted} AND ({full_access}){lock}"),
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
    pub fn carry_out_all(self, from: &KeyColumn, key: &str) -> Result<i64> {
        let (name, of_type) = (quote_identifier(&from.name), from.type_name());
        // Keys are exact, whatever the collation of their column.
        let exact = match from.key_type {
            KeyType::Text => format!(
                " AND {name}::pg_catalog.text COLLATE pg_catalog.\"C\" OPERATOR(pg_catalog.=) $1"
            ),
            _ => String::new(),
        };
        // In shards the guard of owners asks, as Citus passes on no function that could change within a statement.
        let full_access = match self.in_shards {
            Some(_) => "true".to_owned(),
            None => self.full_access()?,
        };
        let wanted =
            format!("{name} OPERATOR(pg_catalog.=) $1::{of_type}{exact} AND ({full_access})");
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
        let new_key = self.receiver.clone()?.key;
        let (receiving, other) = match (self.arm, &self.columns.group) {
            (OwnerArm::Group, Some(group)) => (group, Some(&self.columns.owner)),
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
        if let Some(module) = self.in_shards {
            let to_group = matches!(self.arm, OwnerArm::Group);
            let key = new_key.clone();
            tell_of_transfer(Some(&ToldTransfer {
                module,
                to_group,
                key,
            }))?;
        }
        let table = &self.table;
        let (name, of_type) = (quote_identifier(&receiving.name), receiving.type_name());
        arguments.push(new_key.as_str().into());
        let place = arguments.len();
        let moved = execute(
            &format!("UPDATE {table} SET {name} = ${place}::{of_type}{cleared} WHERE {wanted}"),
            &arguments,
        )?;
        drop(permit);
        if self.in_shards.is_some() {
            tell_of_transfer(None)?;
        }
        Ok(moved)
    }

    fn tell_of_inactive(&self) {
        if let Ok(Receiver {
            key,
            is_inactive: true,
        }) = &self.receiver
        {
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
        let name = qualified_name(self.columns.module_relation);
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

/// How many, in words.
pub fn number_of_records(count: i64) -> String {
    match count {
        1 => "1 record".to_owned(),
        count => format!("{count} records"),
    }
}
