//! Making the organization equal to a document (semantics: Configuration as one document), in statements over whole sections: a
//! document may hold a hundred thousand users. `unnest` of several arrays is not a function that
//! could be qualified, but syntax.

use crate::catalog::write::access::db_role_named;
use crate::catalog::write::change::{Change, OFFICE, PROFILE, ROLE};
use crate::catalog::write::sql::{column, execute};
use crate::core::document;
use crate::core::document::{Diff, Document, Plan, section};
use crate::core::{Error, Result, Right};

/// Refuses users with a database role that does not exist.
pub fn check_db_roles(document: &Document) -> Result<()> {
    let users = section(&document.users);
    let named: Vec<&str> = users
        .iter()
        .filter_map(|user| user.db_role.as_deref())
        .collect();
    let unknown: Vec<String> = column(
        "SELECT name FROM pg_catalog.unnest($1::text[]) AS d (name) WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname::text = d.name)",
        &[named.into()],
    )?;
    let unknown =
        |user: &document::UserEntry| user.db_role.clone().filter(|name| unknown.contains(name));
    match users
        .iter()
        .enumerate()
        .find_map(|(at, user)| Some((at, unknown(user)?)))
    {
        None => Ok(()),
        Some((at, name)) => Err(Error::unknown(format!("no database role \"{name}\""))
            .at(&format!("users[{at}].db_role"))
            .hint("Database roles are created with CREATE ROLE.")),
    }
}

impl Change {
    /// Everything of a plan but its modules and relations, which are as planned already.
    pub fn import(&self, plan: &Plan) -> Result<()> {
        if !plan.modules.is_empty() || !plan.relations.is_empty() {
            self.forget_levels_of_strangers()?;
        }
        // What goes is released before it goes, and names are free before they are taken.
        self.drop_expectations(plan)?;
        self.drop_links(plan)?;
        self.drop_grants(plan)?;
        self.restage_rules(plan)?;
        self.import_organization(plan)?;
        self.import_profiles(plan)?;
        self.add_rules(plan)?;
        self.import_links(plan)?;
        self.import_grants(plan)?;
        self.import_expectations(plan)?;
        self.import_search(plan)?;
        self.import_trusted(plan)
    }

    /// Offices, roles, users, groups and members: what tables of the application may say, too.
    pub fn import_organization(&self, plan: &Plan) -> Result<()> {
        let present = &plan.present.document;
        let (groups, offices) = (section(&present.groups), section(&present.offices));
        self.remove_members(&plan.removed_members)?;
        self.delete_groups(&names(&plan.groups.drop, |at| &groups[at].name))?;
        self.import_offices(plan)?;
        self.import_roles(plan)?;
        self.import_users(plan)?;
        self.import_groups(plan)?;
        let roles = section(&present.roles);
        self.delete_roles(&names(&plan.roles.drop, |at| &roles[at].name))?;
        self.delete_names(
            OFFICE.table,
            &names(&plan.offices.drop, |at| &offices[at].name),
        )?;
        self.add_members(&plan.added_members)?;
        self.end_members(&plan.ends_of_members())?;
        Ok(())
    }

    fn import_search(&self, plan: &Plan) -> Result<()> {
        let present = section(&plan.present.document.search);
        for &at in &plan.search.drop {
            self.forget_search_name(present[at].kind, &present[at].name)?;
        }
        let wanted = section(&plan.wanted.search);
        for &at in &plan.search.create {
            self.import_search_name(wanted[at].kind, &wanted[at].name)?;
        }
        Ok(())
    }

    fn import_trusted(&self, plan: &Plan) -> Result<()> {
        let present = section(&plan.present.document.trusted);
        for &at in &plan.trusted.drop {
            self.untrust(db_role_named(&present[at].db_role)?)?;
        }
        let wanted = section(&plan.wanted.trusted);
        for at in changed(&plan.trusted) {
            let trusted = &wanted[at];
            self.trust(db_role_named(&trusted.db_role)?, trusted.source()?.as_ref())
                .map_err(|error| error.at(&format!("trusted[{at}].db_role")))?;
        }
        Ok(())
    }

    /// With their assignments to roles. Roles that go are gone, with theirs.
    fn import_profiles(&self, plan: &Plan) -> Result<()> {
        let present = section(&plan.present.document.profiles);
        let wanted = section(&plan.wanted.profiles);
        self.unassign_profiles(&plan.removed_profiles)?;
        self.delete_profiles(&names(&plan.profiles.drop, |at| &present[at].name))?;
        self.create_names(
            PROFILE.table,
            plan.profiles.create.iter().map(|&at| &wanted[at].name),
        )?;
        let changed = changed(&plan.profiles);
        let of = |at: &usize| &wanted[*at];
        execute(
            "UPDATE sharing.profiles p SET view_all = d.view_all, edit_all = d.edit_all
             FROM unnest($1::text[], $2::bool[], $3::bool[]) AS d (name, view_all, edit_all)
             WHERE p.name = d.name AND (p.view_all, p.edit_all) IS DISTINCT FROM (d.view_all, d.edit_all)",
            &[
                values_of(&changed, |at| of(at).name.as_str()).into(),
                values_of(&changed, |at| of(at).view_all).into(),
                values_of(&changed, |at| of(at).edit_all).into(),
            ],
        )?;
        self.remove_permissions(&plan.removed_permissions)?;
        self.set_permissions(&plan.set_permissions)?;
        self.assign_profiles(&plan.added_profiles)?;
        Ok(())
    }

    fn delete_names(&self, table: &str, names: &[&str]) -> Result<usize> {
        execute(
            &format!("DELETE FROM sharing.{table} WHERE name = ANY ($1)"),
            &[names.to_vec().into()],
        )
    }

    fn import_offices(&self, plan: &Plan) -> Result<()> {
        let wanted = section(&plan.wanted.offices);
        let changed = changed(&plan.offices);
        let of = |at: &usize| &wanted[*at];
        self.create_names(
            OFFICE.table,
            plan.offices.create.iter().map(|at| &of(at).name),
        )?;
        execute(
            "UPDATE sharing.offices o SET parent_id = p.id, security = d.security
             FROM unnest($1::text[], $2::text[], $3::bool[]) AS d (name, parent, security)
             LEFT JOIN sharing.offices p ON p.name = d.parent WHERE o.name = d.name",
            &[
                values_of(&changed, |at| of(at).name.as_str()).into(),
                values_of(&changed, |at| of(at).parent.as_deref()).into(),
                values_of(&changed, |at| of(at).security).into(),
            ],
        )?;
        Ok(())
    }

    fn import_roles(&self, plan: &Plan) -> Result<()> {
        let wanted = section(&plan.wanted.roles);
        let changed = changed(&plan.roles);
        let of = |at: &usize| &wanted[*at];
        self.create_names(ROLE.table, plan.roles.create.iter().map(|at| &of(at).name))?;
        execute(
            "UPDATE sharing.roles r SET parent_id = p.id
             FROM unnest($1::text[], $2::text[]) AS d (name, parent)
             LEFT JOIN sharing.roles p ON p.name = d.parent WHERE r.name = d.name",
            &[
                values_of(&changed, |at| of(at).name.as_str()).into(),
                values_of(&changed, |at| of(at).parent.as_deref()).into(),
            ],
        )?;
        Ok(())
    }

    /// Parents follow when all of the names are there.
    fn create_names<'a>(
        &self,
        table: &str,
        names: impl Iterator<Item = &'a String>,
    ) -> Result<usize> {
        let names: Vec<&str> = names.map(String::as_str).collect();
        execute(
            &format!(
                "INSERT INTO sharing.{table} (name) SELECT * FROM pg_catalog.unnest($1::text[])"
            ),
            &[names.into()],
        )
    }

    fn import_users(&self, plan: &Plan) -> Result<()> {
        let present = section(&plan.present.document.users);
        let wanted = section(&plan.wanted.users);
        self.delete_users(&names(&plan.users.drop, |at| &present[at].key))?;

        let altered: Vec<_> = plan
            .users
            .alter
            .iter()
            .map(|&(_, at)| &wanted[at])
            .collect();
        self.update_users(&altered)?;
        let created: Vec<_> = plan.users.create.iter().map(|&at| &wanted[at]).collect();
        self.insert_users(&created)?;

        let (mut revoked, mut granted, mut db_roles) = (Vec::new(), Vec::new(), Vec::new());
        let pairs = plan
            .users
            .alter
            .iter()
            .map(|&(before, at)| (Some(&present[before]), at));
        for (before, at) in pairs.chain(plan.users.create.iter().map(|&at| (None, at))) {
            let user = &wanted[at];
            let key = user.key.as_str();
            let had: &[Right] = before.map_or(&[], |before| &before.rights);
            revoked.extend(
                had.iter()
                    .filter(|r| !user.rights.contains(r))
                    .map(|&r| (key, r)),
            );
            granted.extend(
                user.rights
                    .iter()
                    .filter(|r| !had.contains(r))
                    .map(|&r| (key, r)),
            );
            if before.and_then(|before| before.db_role.as_deref()) != user.db_role.as_deref() {
                db_roles.push((key, user.db_role.as_deref()));
            }
        }
        self.revoke_rights(&revoked)?;
        self.grant_rights(&granted)?;
        self.store_db_roles(&db_roles)
    }

    fn import_groups(&self, plan: &Plan) -> Result<()> {
        let present = section(&plan.present.document.groups);
        let wanted = section(&plan.wanted.groups);
        let alter = &plan.groups.alter;
        let old_keys: Vec<&str> = values_of(alter, |&(at, _)| present[at].key.as_str());
        let keys: Vec<&str> = values_of(alter, |&(_, at)| wanted[at].key.as_str());
        let names: Vec<&str> = values_of(alter, |&(_, at)| wanted[at].name.as_str());
        let ids = self.make_room_for_groups(&old_keys, &keys, &names)?;
        execute(
            "UPDATE sharing.groups g SET key = d.key, name = d.name, office_id = o.id
             FROM unnest($1::int4[], $2::text[], $3::text[], $4::text[]) AS d (id, key, name, office)
             LEFT JOIN sharing.offices o ON o.name = d.office WHERE g.id = d.id",
            &[
                ids.into(),
                keys.into(),
                names.into(),
                values_of(alter, |&(_, at)| wanted[at].office.as_deref()).into(),
            ],
        )?;
        let create: Vec<_> = plan.groups.create.iter().map(|&at| &wanted[at]).collect();
        self.insert_groups(&create)
    }
}

fn names<'a>(places: &[usize], name: impl Fn(usize) -> &'a String) -> Vec<&'a str> {
    places.iter().map(|&at| name(at).as_str()).collect()
}

/// Places in the wanted document of what is created or altered.
fn changed(diff: &Diff) -> Vec<usize> {
    let altered = diff.alter.iter().map(|&(_, at)| at);
    diff.create.iter().copied().chain(altered).collect()
}

/// One column of the rows of a bulk statement.
fn values_of<T, V>(rows: &[T], value: impl FnMut(&T) -> V) -> Vec<V> {
    rows.iter().map(value).collect()
}
