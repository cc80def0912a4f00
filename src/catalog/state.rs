//! What a session remembers of the configuration, each state under the stamp it was read by.

use crate::catalog::generation::Generation;
use crate::catalog::read::{self, Configuration, Rules};
use crate::catalog::snapshot::Snapshot;
use crate::core::Result;
use crate::core::org::{GroupId, RoleId, User};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// More than one, for transactions that read by an old snapshot and write by the newest.
const REMEMBERED: usize = 3;
const IDENTITIES: usize = 10_000;

thread_local! {
    static STATES: RefCell<Vec<Rc<State>>> = const { RefCell::new(Vec::new()) };
}

/// By which of the sources of SPEC 2 a caller is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    UserKey(Rc<str>),
    DbRole(pgrx::pg_sys::Oid),
}

/// One state of the configuration.
pub struct State {
    pub generation: Generation,
    pub configuration: Configuration,
    identities: RefCell<HashMap<Source, Option<Rc<User>>>>,
    trusted: RefCell<HashMap<pgrx::pg_sys::Oid, bool>>,
    /// In groups of which rules with `superiors` ask.
    roles_of_members: RefCell<Option<Rc<HashMap<GroupId, Vec<RoleId>>>>>,
}

impl State {
    /// The state that `snapshot` sees. None from before the extension was installed.
    pub fn seen_by(snapshot: &Snapshot) -> Result<Option<Rc<State>>> {
        let Some(generation) = Generation::seen_by(snapshot) else {
            return Ok(None);
        };
        if generation.own {
            return Ok(Some(Rc::new(Self::read(generation, snapshot)?)));
        }
        let remembered = STATES.with_borrow(|states| {
            states
                .iter()
                .find(|state| state.generation == generation)
                .cloned()
        });
        if let Some(state) = remembered {
            return Ok(Some(state));
        }
        let state = Rc::new(Self::read(generation, snapshot)?);
        STATES.with_borrow_mut(|states| {
            states.truncate(REMEMBERED - 1);
            states.insert(0, state.clone());
        });
        Ok(Some(state))
    }

    fn read(generation: Generation, snapshot: &Snapshot) -> Result<State> {
        Ok(State {
            generation,
            configuration: read::configuration(snapshot, Rules::Enforced)?,
            identities: RefCell::default(),
            trusted: RefCell::default(),
            roles_of_members: RefCell::default(),
        })
    }

    /// The active user known by `source`, found by `find` the first time.
    pub fn identity(
        &self,
        source: Source,
        snapshot: &Snapshot,
        find: impl FnOnce(&Source) -> Result<Option<User>>,
    ) -> Result<Option<Rc<User>>> {
        if let Some(user) = self.identities.borrow().get(&source) {
            return Ok(user.clone());
        }
        let mut user = find(&source)?.filter(|user| user.active);
        if let Some(user) = &mut user {
            user.superior_in = self.superior_in(user.role, snapshot)?;
        }
        let user = user.map(Rc::new);
        let mut identities = self.identities.borrow_mut();
        if identities.len() >= IDENTITIES {
            identities.clear();
        }
        identities.insert(source, user.clone());
        Ok(user)
    }

    /// Groups of which rules ask whether `role` is above a user in them, and where it is.
    fn superior_in(&self, role: Option<RoleId>, snapshot: &Snapshot) -> Result<Vec<GroupId>> {
        let org = &self.configuration.org;
        if !org.has_subordinates(role) {
            return Ok(Vec::new());
        }
        let known = self.roles_of_members.borrow().clone();
        let roles = match known {
            Some(roles) => roles,
            None => {
                let groups = org.groups_with_superiors();
                let roles = Rc::new(read::roles_of_members(groups, snapshot)?);
                self.roles_of_members.replace(Some(roles.clone()));
                roles
            }
        };
        Ok(org.superior_in(role, roles.iter()))
    }

    /// Whether sessions of `role` are trusted to name a user.
    pub fn is_trusted(&self, role: pgrx::pg_sys::Oid, snapshot: &Snapshot) -> Result<bool> {
        if let Some(&trusted) = self.trusted.borrow().get(&role) {
            return Ok(trusted);
        }
        let trusted = read::is_trusted(role, snapshot)?;
        self.trusted.borrow_mut().insert(role, trusted);
        Ok(trusted)
    }
}
