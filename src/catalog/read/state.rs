//! What a session remembers of the configuration, each state under the stamp it was read by.

use crate::catalog::read::configuration;
use crate::catalog::read::configuration::{Configuration, ProtectedTable};
use crate::catalog::read::generation::Generation;
use crate::catalog::read::lease::refuse_old_snapshot;
use crate::catalog::read::organization::Rules;
use crate::catalog::read::people::RolesOfMembers;
use crate::catalog::read::shared::{self, Subject};
use crate::catalog::read::snapshot::Snapshot;
use crate::catalog::read::token_keys::token_key;
use crate::catalog::read::trust::{Trust, trust};
use crate::catalog::read::version;
use crate::core::Result;
use crate::core::org::{GroupId, ModuleId, RoleId, User};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::hash_map::Entry;
use std::ops::Deref;
use std::rc::Rc;

/// More than one, for transactions that read by an old snapshot and write by the newest.
const REMEMBERED: usize = 3;
const IDENTITIES: usize = 10_000;

thread_local! {
    static STATES: RefCell<Vec<Rc<State>>> = const { RefCell::new(Vec::new()) };
}

/// By which of the sources of docs/semantics.md (Who is asking) a caller is known.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Source {
    UserKey(Rc<str>),
    DbRole(pgrx::pg_sys::Oid),
}

/// An active user as whom a caller is known.
#[derive(Serialize, Deserialize)]
pub struct Identity {
    pub key: String,
    user: User,
}

impl Deref for Identity {
    type Target = User;

    fn deref(&self) -> &User {
        &self.user
    }
}

/// One state of the configuration.
pub struct State {
    pub generation: Generation,
    pub configuration: Rc<Configuration>,
    identities: RefCell<FxHashMap<Source, Option<Rc<Identity>>>>,
    trusted: RefCell<FxHashMap<pgrx::pg_sys::Oid, Option<Trust>>>,
    /// What the keys of tokens are known by again.
    token_keys: RefCell<FxHashMap<Rc<str>, Option<[u8; 32]>>>,
    /// In groups of which rules with `superiors` ask.
    roles_of_members: RefCell<FxHashMap<GroupId, RolesOfMembers>>,
}

impl State {
    /// The state that `snapshot` sees. None from before the extension was installed.
    pub fn seen_by(snapshot: &Snapshot) -> Result<Option<Rc<State>>> {
        let generation = Generation::seen_by(snapshot);
        version::check()?;
        let Some(generation) = generation else {
            return Ok(None);
        };
        if generation.is_lapsed {
            refuse_old_snapshot()?;
        }
        if generation.own {
            let configuration = configuration::configuration(snapshot, Rules::Enforced)?;
            return Ok(Some(Rc::new(Self::new(generation, Rc::new(configuration)))));
        }
        let remembered = |is_it: &dyn Fn(&Generation) -> bool| {
            STATES.with_borrow(|states| {
                let mut states = states.iter();
                states.find(|state| is_it(&state.generation)).cloned()
            })
        };
        if let Some(state) = remembered(&|known| *known == generation) {
            return Ok(Some(state));
        }
        let configuration = match remembered(&|known| known.structure == generation.structure) {
            Some(alike) => alike.configuration.clone(),
            None => Rc::new(shared::or_find_out(
                &generation,
                Subject::Configuration,
                (),
                || configuration::configuration(snapshot, Rules::Enforced),
            )?),
        };
        let state = Rc::new(Self::new(generation, configuration));
        STATES.with_borrow_mut(|states| {
            states.truncate(REMEMBERED - 1);
            states.insert(0, state.clone());
        });
        Ok(Some(state))
    }

    fn new(generation: Generation, configuration: Rc<Configuration>) -> State {
        State {
            generation,
            configuration,
            identities: RefCell::default(),
            trusted: RefCell::default(),
            token_keys: RefCell::default(),
            roles_of_members: RefCell::default(),
        }
    }

    /// The table of a module. None for a table that is no module.
    pub fn table(&self, relation: pgrx::pg_sys::Oid) -> Option<&ProtectedTable> {
        self.configuration.tables.get(&relation)
    }

    /// The module of a table.
    pub fn module_of(&self, relation: pgrx::pg_sys::Oid) -> Option<ModuleId> {
        self.table(relation).map(|table| table.module)
    }

    /// The active user known by `source`, found by `find` the first time.
    pub fn identity(
        &self,
        source: Source,
        snapshot: &Snapshot,
        find: impl FnOnce(&Source) -> Result<Option<(String, User)>>,
    ) -> Result<Option<Rc<Identity>>> {
        if let Some(user) = self.identities.borrow().get(&source) {
            return Ok(user.clone());
        }
        let find_out = || match find(&source)?.filter(|(_, user)| user.active) {
            Some((key, mut user)) => {
                user.superior_in = self.superior_in(user.role, snapshot)?;
                Ok(Some(Rc::new(Identity { key, user })))
            }
            None => Ok(None),
        };
        let user = shared::or_find_out(&self.generation, Subject::Identity, &source, find_out)?;
        let mut identities = self.identities.borrow_mut();
        if identities.len() >= IDENTITIES {
            identities.clear();
        }
        identities.insert(source, user.clone());
        Ok(user)
    }

    /// Groups of which rules ask whether `role` is above a user in them, and where it is.
    pub fn superior_in(&self, role: Option<RoleId>, snapshot: &Snapshot) -> Result<Vec<GroupId>> {
        let org = &self.configuration.org;
        if !org.has_subordinates(role) {
            return Ok(Vec::new());
        }
        let mut roles = self.roles_of_members.borrow_mut();
        let mut superior_in = Vec::new();
        for group in org.groups_with_superiors() {
            let roles = match roles.entry(group) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(RolesOfMembers::new(group, snapshot)?),
            };
            if roles.any(snapshot, |member| org.is_below(member, role))? {
                superior_in.push(group);
            }
        }
        Ok(superior_in)
    }

    /// From what sessions of `role` take their user, if they are trusted to name one.
    pub fn trust(&self, role: pgrx::pg_sys::Oid, snapshot: &Snapshot) -> Result<Option<Trust>> {
        if let Some(trust) = self.trusted.borrow().get(&role) {
            return Ok(trust.clone());
        }
        let find_out = || trust(role, snapshot);
        let trust = shared::or_find_out(&self.generation, Subject::Trust, role, find_out)?;
        self.trusted.borrow_mut().insert(role, trust.clone());
        Ok(trust)
    }

    /// What the key of tokens with a name is known by again; None where there is none.
    pub fn token_key(&self, kid: &Rc<str>, snapshot: &Snapshot) -> Result<Option<[u8; 32]>> {
        if let Some(known) = self.token_keys.borrow().get(kid) {
            return Ok(*known);
        }
        let found = token_key(kid, snapshot)?.map(|key| key.fingerprint());
        self.token_keys.borrow_mut().insert(kid.clone(), found);
        Ok(found)
    }
}
