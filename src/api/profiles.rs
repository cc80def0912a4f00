//! Profiles (semantics: The organization).

use crate::api::administration::change;
use crate::api::raise::required;
use crate::core::document::Permission;
use pgrx::prelude::*;

#[pg_extern(sql = false)]
fn create_profile(name: Option<&str>, view_all: Option<bool>, edit_all: Option<bool>) {
    change("create_profile", |c| {
        c.create_profile(
            required(name, "name")?,
            required(view_all, "view_all")?,
            required(edit_all, "edit_all")?,
        )
    });
}

#[pg_extern(sql = false)]
fn alter_profile(name: Option<&str>, view_all: Option<bool>, edit_all: Option<bool>) {
    change("alter_profile", |c| {
        c.alter_profile(required(name, "name")?, view_all, edit_all)
    });
}

#[pg_extern(sql = false)]
fn drop_profile(name: Option<&str>) {
    change("drop_profile", |c| c.drop_profile(required(name, "name")?));
}

#[pg_extern(sql = false)]
fn set_permission(
    profile: Option<&str>,
    module: Option<&str>,
    view: Option<bool>,
    create: Option<bool>,
    edit: Option<bool>,
    delete: Option<bool>,
) {
    change("set_permission", |c| {
        c.set_permission(
            required(profile, "profile")?,
            &Permission {
                module: module.map(str::to_owned),
                view: required(view, "view")?,
                create: required(create, "create")?,
                edit: required(edit, "edit")?,
                delete: required(delete, "delete")?,
            },
        )
    });
}

#[pg_extern(sql = false)]
fn assign_profile(role: Option<&str>, profile: Option<&str>) {
    change("assign_profile", |c| {
        c.assign_profile(required(role, "role")?, required(profile, "profile")?)
    });
}

#[pg_extern(sql = false)]
fn unassign_profile(role: Option<&str>, profile: Option<&str>) {
    change("unassign_profile", |c| {
        c.unassign_profile(required(role, "role")?, required(profile, "profile")?)
    });
}
