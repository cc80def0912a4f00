//! Who asks about which record and whom. Everything goes by the snapshot of the statement that asks, as its
//! rows do.

use crate::catalog::read::configuration::is_protected;
use crate::catalog::read::people::People;
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::state::{Identity, State};
use crate::core::org::ModuleId;
use crate::core::{Error, Result};
use crate::policy::records::reading::Records;
use crate::policy::records::shards;
use crate::policy::text::columns::Columns;
use crate::session::administration::{administers_by, only_administrators};
use crate::session::caller::Caller;
use crate::session::identity::{identity, known_as};
use crate::tables::protected_tables::{columns_of, key_of, not_protected, open_table};
use pgrx::pg_sys;
use std::rc::Rc;

/// The caller of a statement, and the state that it goes by.
pub struct Asking {
    pub caller: Caller,
    pub state: Rc<State>,
    pub snapshot: Snapshot,
}

impl Asking {
    /// None for a caller who goes by nothing: outside of a statement, or by a snapshot from before the
    /// installation.
    pub fn begin(caller: Caller) -> Result<Option<Asking>> {
        let Some(snapshot) = Snapshot::of_statement() else {
            return Ok(None);
        };
        let state = State::seen_by(&snapshot)?;
        Ok(state.map(|state| Asking {
            caller,
            state,
            snapshot,
        }))
    }

    pub fn administers(&self) -> Result<bool> {
        administers_by(&self.caller, &self.snapshot)
    }

    pub fn must_administer(&self, function: &str) -> Result<()> {
        match self.administers()? {
            true => Ok(()),
            false => Err(only_administrators(&format!("call sharing.{function}()"))),
        }
    }

    /// Refuses to say that a record is not there to who administers, and may not be shown it: in shards of Citus
    /// it is looked for as the caller.
    pub fn does_not_find(&self, relation: pg_sys::Oid) -> Result<()> {
        match Records::open(relation) {
            Some(records) if shards::hold(&records) && self.administers()? => {
                shards::must_see_all(&records)
            }
            _ => Ok(()),
        }
    }

    /// Of whom something is asked: of oneself, or by an administrator of the user with a key. None is nobody.
    pub fn subject(&self, user_key: Option<&str>) -> Result<Option<Rc<Identity>>> {
        let me = identity(&self.caller, &self.state, &self.snapshot)?;
        let Some(key) = user_key else {
            return Ok(me);
        };
        if me.as_ref().is_some_and(|me| me.key == key) {
            return Ok(me);
        }
        // Before it is looked at whether there is such a user.
        if !self.administers()? {
            return Err(only_administrators("ask about other users"));
        }
        let them = known_as(key, &self.state, &self.snapshot)?;
        match them.is_some() || People::open()?.by_key(key, &self.snapshot).is_some() {
            true => Ok(them),
            false => Err(Error::unknown(format!("user \"{key}\" does not exist"))
                .hint("Users are named by key: their keys are in sharing.users.")),
        }
    }

    /// The module of a table, or of a part of one; refuses one that is not protected, or that knows its records
    /// by no column.
    pub fn module_of(&self, relation: pg_sys::Oid) -> Result<ModuleId> {
        let open = open_table(relation)?;
        let is_module = |table| Ok(self.state.table(table).is_some());
        let module_relation = match columns_of(&open, is_module)? {
            Columns::Owned(owned) => owned.module_relation,
            Columns::Detail(detail) => detail.module_relation,
        };
        let module = self.state.module_of(module_relation);
        let module = module.ok_or_else(|| not_protected(&open))?;
        match is_protected(relation, module, &self.snapshot)? {
            true => key_of(&open).map(|_| module),
            false => Err(not_protected(&open)),
        }
    }
}
