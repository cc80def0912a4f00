//! Other names for what has one (semantics: The organization; Modules).

use crate::api::administration::change;
use crate::api::raise::required;
use crate::catalog::write::held::OfUser;
use pgrx::prelude::*;

#[pg_extern(sql = false)]
fn rename_office(name: Option<&str>, new_name: Option<&str>) {
    change("rename_office", |c| {
        c.held().office_is_free(required(name, "name")?)?;
        c.rename_office(required(name, "name")?, required(new_name, "new_name")?)
    });
}

#[pg_extern(sql = false)]
fn rename_role(name: Option<&str>, new_name: Option<&str>) {
    change("rename_role", |c| {
        c.held().role_is_free(required(name, "name")?)?;
        c.rename_role(required(name, "name")?, required(new_name, "new_name")?)
    });
}

#[pg_extern(sql = false)]
fn rename_user(key: Option<&str>, new_name: Option<&str>) {
    change("rename_user", |c| {
        c.held().user_is_free(required(key, "key")?, OfUser::Row)?;
        c.rename_user(required(key, "key")?, required(new_name, "new_name")?)
    });
}

#[pg_extern(sql = false)]
fn rename_group(name: Option<&str>, new_name: Option<&str>) {
    change("rename_group", |c| {
        c.held().group_is_free(required(name, "name")?)?;
        c.rename_group(required(name, "name")?, required(new_name, "new_name")?)
    });
}

#[pg_extern(sql = false)]
fn rename_profile(name: Option<&str>, new_name: Option<&str>) {
    change("rename_profile", |c| {
        c.rename_profile(required(name, "name")?, required(new_name, "new_name")?)
    });
}

#[pg_extern(sql = false)]
fn rename_module(module: Option<&str>, new_name: Option<&str>) {
    change("rename_module", |c| {
        c.rename_module(required(module, "module")?, required(new_name, "new_name")?)
    });
}
