//! Offices, roles, users, groups (semantics: The organization).

use crate::api::administration::change;
use crate::api::raise::{OrRaise, required};
use crate::catalog::write::held::OfUser;
use crate::core::Principal;
use crate::session::administration::must_administer;
use crate::tables::transfer_all::hand_over_or_tell;
use pgrx::pg_sys;
use pgrx::prelude::*;

#[pg_extern(sql = false)]
fn create_office(name: Option<&str>, parent: Option<&str>, security: Option<bool>) {
    change("create_office", |c| {
        c.create_office(
            required(name, "name")?,
            parent,
            required(security, "security")?,
        )
    });
}

#[pg_extern(sql = false)]
fn set_office_security(name: Option<&str>, security: Option<bool>) {
    let specialists = change("set_office_security", |c| {
        c.set_office_security(required(name, "name")?, required(security, "security")?)
    });
    if !specialists.is_empty() {
        pgrx::notice!(
            "office \"{}\" is open, though users of it share records with other offices: {}",
            name.unwrap_or_default(),
            crate::core::error::some_of(&specialists)
        );
    }
}

#[pg_extern(sql = false)]
fn move_office(name: Option<&str>, parent: Option<&str>) {
    change("move_office", |c| {
        c.held().parent_of_office_is_free(required(name, "name")?)?;
        c.move_office(required(name, "name")?, parent)
    });
}

#[pg_extern(sql = false)]
fn drop_office(name: Option<&str>) {
    change("drop_office", |c| {
        c.held().office_is_free(required(name, "name")?)?;
        c.drop_office(required(name, "name")?)
    });
}

#[pg_extern(sql = false)]
fn create_role(name: Option<&str>, parent: Option<&str>) {
    change("create_role", |c| {
        c.create_role(required(name, "name")?, parent)
    });
}

#[pg_extern(sql = false)]
fn move_role(name: Option<&str>, parent: Option<&str>) {
    change("move_role", |c| {
        c.held().parent_of_role_is_free(required(name, "name")?)?;
        c.move_role(required(name, "name")?, parent)
    });
}

#[pg_extern(sql = false)]
fn drop_role(name: Option<&str>, reassign_to: Option<&str>) {
    change("drop_role", |c| {
        c.held().role_is_free(required(name, "name")?)?;
        c.drop_role(required(name, "name")?, reassign_to)
    });
}

#[pg_extern(sql = false)]
fn create_user(
    key: Option<&str>,
    name: Option<&str>,
    role: Option<&str>,
    office: Option<&str>,
    db_role: Option<pg_sys::Oid>,
) {
    change("create_user", |c| {
        if role.is_some() {
            c.held().user_is_free(required(key, "key")?, OfUser::Role)?;
        }
        c.create_user(
            required(key, "key")?,
            required(name, "name")?,
            role,
            office,
            db_role,
        )
    });
}

#[pg_extern(sql = false)]
fn set_user_role(key: Option<&str>, role: Option<&str>) {
    change("set_user_role", |c| {
        c.held().user_is_free(required(key, "key")?, OfUser::Role)?;
        c.set_user_role(required(key, "key")?, role)
    });
}

#[pg_extern(sql = false)]
fn set_user_office(key: Option<&str>, office: Option<&str>) -> Option<String> {
    change("set_user_office", |c| {
        c.held()
            .user_is_free(required(key, "key")?, OfUser::Office)?;
        c.set_user_office(required(key, "key")?, office)
    })
}

#[pg_extern(sql = false)]
fn set_user_db_role(key: Option<&str>, db_role: Option<pg_sys::Oid>) {
    change("set_user_db_role", |c| {
        c.set_user_db_role(required(key, "key")?, db_role)
    });
}

#[pg_extern(sql = false)]
fn activate_user(key: Option<&str>) {
    change("activate_user", |c| {
        c.held()
            .user_is_free(required(key, "key")?, OfUser::Active)?;
        c.set_user_active(required(key, "key")?, true)
    });
}

#[pg_extern(sql = false)]
fn deactivate_user(key: Option<&str>) {
    change("deactivate_user", |c| {
        c.held()
            .user_is_free(required(key, "key")?, OfUser::Active)?;
        c.set_user_active(required(key, "key")?, false)
    });
}

#[pg_extern(sql = false)]
fn drop_user(key: Option<&str>, reassign_to: Option<&str>) {
    let call = || {
        must_administer("drop_user")?;
        let key = required(key, "key")?;
        hand_over_or_tell(&Principal::User(key.to_owned()), reassign_to)
    };
    let left = call().or_raise();
    change("drop_user", |c| {
        c.held().user_is_free(required(key, "key")?, OfUser::Row)?;
        c.drop_user(required(key, "key")?)
    });
    if let Some(left) = left {
        pgrx::notice!(
            "user \"{}\" owned {left}, whose owner is unknown now: sharing.transfer_all(owner, new_owner) hands them over",
            key.unwrap_or_default()
        );
    }
}

#[pg_extern(sql = false)]
fn grant_right(key: Option<&str>, right: Option<&str>) {
    change("grant_right", |c| {
        c.grant_right(required(key, "key")?, required(right, "right")?)
    });
}

#[pg_extern(sql = false)]
fn revoke_right(key: Option<&str>, right: Option<&str>) {
    change("revoke_right", |c| {
        c.revoke_right(required(key, "key")?, required(right, "right")?)
    });
}

#[pg_extern(sql = false)]
fn create_group(key: Option<&str>, name: Option<&str>, office: Option<&str>) {
    change("create_group", |c| {
        c.create_group(required(key, "key")?, required(name, "name")?, office)
    });
}

#[pg_extern(sql = false)]
fn drop_group(name: Option<&str>, reassign_to: Option<&str>) {
    let call = || {
        must_administer("drop_group")?;
        let name = required(name, "name")?;
        hand_over_or_tell(&Principal::Group(name.to_owned()), reassign_to)
    };
    let left = call().or_raise();
    change("drop_group", |c| {
        c.held().group_is_free(required(name, "name")?)?;
        c.drop_group(required(name, "name")?)
    });
    if let Some(left) = left {
        pgrx::notice!(
            "group \"{}\" owned {left}, whose owner is unknown now",
            name.unwrap_or_default()
        );
    }
}

#[pg_extern(sql = false)]
fn add_member(group: Option<&str>, member: Option<&str>, until: Option<i64>) {
    change("add_member", |c| {
        if until.is_some() {
            c.held()
                .member_is_free(required(group, "group")?, required(member, "member")?)?;
        }
        c.add_member(
            required(group, "group")?,
            required(member, "member")?,
            until,
        )
    });
}

#[pg_extern(sql = false)]
fn remove_member(group: Option<&str>, member: Option<&str>) {
    change("remove_member", |c| {
        c.held()
            .member_is_free(required(group, "group")?, required(member, "member")?)?;
        c.remove_member(required(group, "group")?, required(member, "member")?)
    });
}
