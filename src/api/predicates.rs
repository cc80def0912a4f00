//! The functions that stand in policies and plans. Written against fmgr, since they are called for
//! every row: no argument is copied, and what a call site learnt stays with it.

use crate::api::raise::{OrRaise, raise};
use crate::api::version_gate::Instead;
use crate::api::{audit, version_gate};
use crate::catalog::write::renewal;
use crate::core::org::{CriteriaId, RelationId};
use crate::core::{Action, Error};
use crate::policy::planner::support;
use crate::policy::rows::listed_keys::listed_keys;
use crate::policy::rows::parent_predicates::{judge_detail, judge_related};
use crate::policy::rows::predicate::{judge, judge_by_criteria};
use crate::policy::rows::share_predicate::judge_shared;
use crate::policy::rows::{owner_guard, share_guard, trigger_conditions};
use crate::policy::sets::keys::key_type_of_column;
use crate::policy::text::calls::{Criterion, OwnerArm};
use crate::sources::follow;
use crate::tables::event_command::{DdlCommand, changed_columns};
use crate::tables::{follow_ddl, own_tables};
use pgrx::pg_sys;
use pgrx::pg_sys::panic::pgrx_extern_c_guard;

/// Declares functions that PostgreSQL calls directly, each with the record that says how.
/// None runs where the library and the tables are of different versions, but for what is told to do
/// something else then: `name, info, unless: instead, …`, where `instead` gets the call and the error.
macro_rules! sql_functions {
    ($($(#[$doc:meta])* $name:ident, $info:ident, $(unless: $instead:path,)? |$fcinfo:ident| $body:expr;)*) => {$(
        $(#[$doc])*
        ///
        /// # Safety
        /// Called by PostgreSQL with the arguments that the function was declared with.
        #[unsafe(no_mangle)]
        pub unsafe extern "C-unwind" fn $name($fcinfo: pg_sys::FunctionCallInfo) -> pg_sys::Datum {
            let body = || {
                let otherwise: &[Instead] = &[$($instead)?];
                version_gate::between_equals($fcinfo, otherwise.first().copied(), || $body)
            };
            // SAFETY: the outermost frame of Rust, called by PostgreSQL.
            unsafe { pgrx_extern_c_guard(body) }
        }

        #[doc(hidden)]
        #[unsafe(no_mangle)]
        pub extern "C" fn $info() -> &'static pg_sys::Pg_finfo_record {
            &pg_sys::Pg_finfo_record { api_version: 1 }
        }
    )*};
}

macro_rules! judges {
    ($fcinfo:ident, $action:ident, $arm:ident) => {
        // SAFETY: declared with a regclass and one or two owner columns.
        pg_sys::Datum::from(unsafe { judge($fcinfo, Action::$action, OwnerArm::$arm) }.or_raise())
    };
}

macro_rules! judges_shared {
    ($fcinfo:ident, $action:ident) => {
        // SAFETY: declared with a regclass, a record's key and one or two owner columns.
        pg_sys::Datum::from(unsafe { judge_shared($fcinfo, Action::$action) }.or_raise())
    };
}

macro_rules! judges_related {
    ($fcinfo:ident, $action:ident) => {
        // SAFETY: declared with a regclass, the parent's key, a relation and one or two owner columns.
        pg_sys::Datum::from(unsafe { judge_related($fcinfo, Action::$action) }.or_raise())
    };
}

macro_rules! judges_by_criteria {
    ($fcinfo:ident, $action:ident) => {
        // SAFETY: declared with a regclass, the owner, criteria, and the group if apart.
        pg_sys::Datum::from(unsafe { judge_by_criteria($fcinfo, Action::$action) }.or_raise())
    };
}

macro_rules! judges_detail {
    ($fcinfo:ident, $action:ident) => {
        // SAFETY: declared with a regclass and the parent's key.
        pg_sys::Datum::from(unsafe { judge_detail($fcinfo, Action::$action) }.or_raise())
    };
}

sql_functions! {
    may_read, pg_finfo_may_read, |fcinfo| judges!(fcinfo, Read, Owner);
    may_create, pg_finfo_may_create, |fcinfo| judges!(fcinfo, Create, Owner);
    may_edit, pg_finfo_may_edit, |fcinfo| judges!(fcinfo, Edit, Owner);
    may_delete, pg_finfo_may_delete, |fcinfo| judges!(fcinfo, Delete, Owner);
    may_change_owner, pg_finfo_may_change_owner, |fcinfo| judges!(fcinfo, ChangeOwner, Owner);
    may_read_as_group, pg_finfo_may_read_as_group, |fcinfo| judges!(fcinfo, Read, Group);
    may_create_as_group, pg_finfo_may_create_as_group, |fcinfo| judges!(fcinfo, Create, Group);
    may_edit_as_group, pg_finfo_may_edit_as_group, |fcinfo| judges!(fcinfo, Edit, Group);
    may_delete_as_group, pg_finfo_may_delete_as_group, |fcinfo| judges!(fcinfo, Delete, Group);
    may_change_owner_as_group, pg_finfo_may_change_owner_as_group, |fcinfo| judges!(fcinfo, ChangeOwner, Group);

    may_read_shared, pg_finfo_may_read_shared, |fcinfo| judges_shared!(fcinfo, Read);
    may_edit_shared, pg_finfo_may_edit_shared, |fcinfo| judges_shared!(fcinfo, Edit);

    may_read_related, pg_finfo_may_read_related, |fcinfo| judges_related!(fcinfo, Read);
    may_create_related, pg_finfo_may_create_related, |fcinfo| judges_related!(fcinfo, Create);
    may_edit_related, pg_finfo_may_edit_related, |fcinfo| judges_related!(fcinfo, Edit);

    may_read_by_criteria, pg_finfo_may_read_by_criteria, |fcinfo| judges_by_criteria!(fcinfo, Read);
    may_create_by_criteria, pg_finfo_may_create_by_criteria, |fcinfo| judges_by_criteria!(fcinfo, Create);
    may_edit_by_criteria, pg_finfo_may_edit_by_criteria, |fcinfo| judges_by_criteria!(fcinfo, Edit);

    may_read_detail, pg_finfo_may_read_detail, |fcinfo| judges_detail!(fcinfo, Read);
    may_create_detail, pg_finfo_may_create_detail, |fcinfo| judges_detail!(fcinfo, Create);
    may_edit_detail, pg_finfo_may_edit_detail, |fcinfo| judges_detail!(fcinfo, Edit);
    may_delete_detail, pg_finfo_may_delete_detail, |fcinfo| judges_detail!(fcinfo, Delete);

    /// `related_keys(module, action, type, relation)`: the parents of a relation in an index condition.
    related_keys, pg_finfo_related_keys, |fcinfo| {
        // SAFETY: called as declared, with four arguments.
        unsafe {
            let relation = (*fcinfo).args.as_slice(4)[3];
            let id = if relation.isnull { 0 } else { relation.value.value() as i32 };
            keys(fcinfo, Criterion::Related(RelationId(id)))
        }
    };
    /// `criteria_keys(module, action, type, criteria)`: the owners of records that meet criteria, likewise.
    criteria_keys, pg_finfo_criteria_keys, |fcinfo| {
        // SAFETY: called as declared, with four arguments.
        unsafe {
            let criteria = (*fcinfo).args.as_slice(4)[3];
            let id = if criteria.isnull { 0 } else { criteria.value.value() as i32 };
            keys(fcinfo, Criterion::Criteria(CriteriaId(id)))
        }
    };
    /// `parent_keys(module, action, type)`: the parents of details in an index condition.
    parent_keys, pg_finfo_parent_keys, |fcinfo| {
        // SAFETY: called as declared.
        unsafe { keys(fcinfo, Criterion::Parent) }
    };

    /// `shared_keys(module, action, type)`: the shared records in an index condition.
    shared_keys, pg_finfo_shared_keys, |fcinfo| {
        // SAFETY: called as declared.
        unsafe { keys(fcinfo, Criterion::Records) }
    };
    /// The trigger on shares.
    shares_changed, pg_finfo_shares_changed, unless: version_gate::renew_links, |fcinfo| {
        // SAFETY: checks that it is called as a trigger.
        unsafe { share_guard::shares_changed(fcinfo) }.or_raise();
        pg_sys::Datum::null()
    };
    /// The trigger on grants of records.
    grants_changed, pg_finfo_grants_changed, unless: version_gate::renew_grants, |fcinfo| {
        // SAFETY: checks that it is called as a trigger.
        unsafe { share_guard::grants_changed(fcinfo) }.or_raise();
        pg_sys::Datum::null()
    };
    /// The triggers that let shares and grants go with their records.
    forget_shares, pg_finfo_forget_shares, |fcinfo| {
        // SAFETY: checks that it is called as a trigger.
        unsafe { share_guard::forget_shares(fcinfo) }.or_raise();
        pg_sys::Datum::null()
    };

    /// What it asks before, where a record is deleted.
    any_shared, pg_finfo_any_shared, unless: version_gate::may_be, |fcinfo| {
        // SAFETY: declared with a regclass.
        pg_sys::Datum::from(unsafe { trigger_conditions::any_shared(fcinfo) }.or_raise())
    };
    /// The triggers on tables from which the organization comes: after a statement, and after a row.
    follow_source, pg_finfo_follow_source, |fcinfo| {
        // SAFETY: checks that it is called as a trigger.
        unsafe { follow::follow_statement(fcinfo) }.or_raise();
        pg_sys::Datum::null()
    };
    follow_source_row, pg_finfo_follow_source_row, |fcinfo| {
        // SAFETY: checks that it is called as a trigger.
        unsafe { follow::follow_row(fcinfo) }.or_raise();
        pg_sys::Datum::null()
    };
    /// The trigger that looks again before a transaction ends.
    fill_gaps, pg_finfo_fill_gaps, |_fcinfo| {
        follow::fill_gaps().or_raise();
        pg_sys::Datum::null()
    };

    /// Of version 0.1.0: where its tables are still there, the library has to have it, to say what mends
    /// that. Nothing of this version calls it, and it opens nothing.
    always, pg_finfo_always, |_fcinfo| pg_sys::Datum::from(false);

    /// True: what it is called of says which column is a table's key.
    record_key, pg_finfo_record_key, |_fcinfo| pg_sys::Datum::from(true);

    /// `owner_keys(module, action, type)`: the owners in an index condition.
    owner_keys, pg_finfo_owner_keys, |fcinfo| {
        // SAFETY: called as declared.
        unsafe { keys(fcinfo, Criterion::Owners(OwnerArm::Owner)) }
    };
    /// `group_keys(module, action, type)`: the groups in an index condition.
    group_keys, pg_finfo_group_keys, |fcinfo| {
        // SAFETY: called as declared.
        unsafe { keys(fcinfo, Criterion::Owners(OwnerArm::Group)) }
    };

    /// Answers the planner about the predicates.
    predicate_support, pg_finfo_predicate_support, |fcinfo| {
        // SAFETY: declared with one argument of type internal.
        let request = unsafe { (*fcinfo).args.as_slice(1)[0] };
        if request.isnull {
            raise(Error::wrong_object("sharing_internal.predicate_support() is called by the planner only"));
        }
        // SAFETY: nothing but the planner can make a value of type internal.
        let answer = unsafe { support::answer(request.value.cast_mut_ptr()) }.or_raise();
        pg_sys::Datum::from(answer.unwrap_or(std::ptr::null_mut()))
    };

    /// The trigger that guards owner columns.
    guard_owner, pg_finfo_guard_owner, unless: version_gate::pass_unenforced, |fcinfo| {
        // SAFETY: checks that it is called as a trigger.
        unsafe { owner_guard::guard_owner(fcinfo) }.or_raise()
    };

    /// What it asks before.
    differs, pg_finfo_differs, unless: version_gate::carry_on, |fcinfo| {
        // SAFETY: declared with two arguments.
        pg_sys::Datum::from(unsafe { trigger_conditions::differs(fcinfo) })
    };

    /// The trigger that makes new records without an owner the caller's own.
    default_owner, pg_finfo_default_owner, |fcinfo| {
        // SAFETY: checks that it is called as a trigger.
        unsafe { owner_guard::default_owner(fcinfo) }.or_raise()
    };

    /// Event trigger: after every command.
    follow_tables, pg_finfo_follow_tables, unless: version_gate::follow, |fcinfo| {
        // SAFETY: called by PostgreSQL.
        let command = unsafe { DdlCommand::of_call(fcinfo) }.or_raise();
        follow_ddl::after_command(&command).or_raise();
        pg_sys::Datum::null()
    };

    /// Event trigger: before ALTER TABLE.
    guard_columns, pg_finfo_guard_columns, unless: version_gate::carry_on, |fcinfo| {
        // SAFETY: called by PostgreSQL.
        if let Some((relation, columns)) = unsafe { changed_columns(fcinfo) } {
            follow_ddl::before_columns_change(relation, &columns).or_raise();
        }
        pg_sys::Datum::null()
    };

    /// Event trigger: after DROP.
    follow_drops, pg_finfo_follow_drops, unless: version_gate::follow_drop, |fcinfo| {
        // SAFETY: called by PostgreSQL.
        let command = unsafe { DdlCommand::of_call(fcinfo) }.or_raise();
        follow_ddl::something_dropped(&command).or_raise();
        pg_sys::Datum::null()
    };

    /// The trigger on the configuration tables.
    configuration_changed, pg_finfo_configuration_changed, unless: version_gate::renew, |fcinfo| {
        // SAFETY: the context of a call is null or a node; that of a trigger has its arguments.
        let arguments = unsafe {
            let context = (*fcinfo).context;
            let is_trigger =
                !context.is_null() && (*context).type_ == pg_sys::NodeTag::T_TriggerData;
            is_trigger.then(|| (*(*context.cast::<pg_sys::TriggerData>()).tg_trigger).tgnargs)
        };
        match arguments {
            None => raise(Error::wrong_object("sharing_internal.configuration_changed() is a trigger")),
            Some(count) => renewal::renew_for_row(count > 0).or_raise(),
        }
        pg_sys::Datum::null()
    };

    /// The trigger that writes the audit log.
    record_change, pg_finfo_record_change, unless: version_gate::record_nothing, |fcinfo| {
        // SAFETY: checks that it is called as a trigger.
        unsafe { audit::record_change(fcinfo) }.or_raise();
        pg_sys::Datum::null()
    };

    /// The trigger that keeps it.
    refuse_change, pg_finfo_refuse_change, unless: version_gate::carry_on, |_fcinfo| {
        audit::refuse_change().or_raise();
        pg_sys::Datum::null()
    };

    /// The trigger that keeps the extension's tables.
    guard_configuration, pg_finfo_guard_configuration, unless: version_gate::carry_on, |fcinfo| {
        // SAFETY: checks that it is called as a trigger.
        unsafe { own_tables::guard_configuration(fcinfo) }.or_raise();
        pg_sys::Datum::null()
    };

    /// Event trigger: after CREATE TRIGGER.
    guard_triggers, pg_finfo_guard_triggers, unless: version_gate::carry_on, |fcinfo| {
        // SAFETY: called by PostgreSQL.
        unsafe { own_tables::guard_triggers(fcinfo) }.or_raise();
        pg_sys::Datum::null()
    };

    /// Event trigger: after ALTER TABLE enabled triggers.
    mend_triggers, pg_finfo_mend_triggers, unless: version_gate::follow, |fcinfo| {
        // SAFETY: checks that it is called as an event trigger.
        unsafe { own_tables::mend_triggers(fcinfo) }.or_raise();
        pg_sys::Datum::null()
    };
}

/// # Safety
/// Called with a regclass, a text, and a NULL whose type is that of the column.
unsafe fn keys(fcinfo: pg_sys::FunctionCallInfo, criterion: Criterion) -> pg_sys::Datum {
    // SAFETY: declared STRICT but for the last argument, which is not looked at.
    unsafe {
        let arguments = (*fcinfo).args.as_slice(3);
        if arguments[0].isnull || arguments[1].isnull {
            raise(Error::bad_value("a module and an action are needed"));
        }
        let flinfo = (*fcinfo).flinfo;
        let relation = pg_sys::Oid::from(arguments[0].value.value() as u32);
        let label = crate::catalog::read::rows::text_of(arguments[1].value).unwrap_or_default();
        let Some(action) = Action::from_label(&label) else {
            raise(Error::bad_value(format!("\"{label}\" is not an action")));
        };
        let key_type =
            key_type_of_column(pg_sys::get_fn_expr_argtype(flinfo, 2), "owner").or_raise();
        listed_keys((*flinfo).fn_mcxt, relation, action, criterion, key_type).or_raise()
    }
}
