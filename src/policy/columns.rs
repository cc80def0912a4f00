//! Which columns of a table hold its owners.
//!
//! The policies say it, and only they: PostgreSQL keeps them right when a column is renamed, when
//! a partition numbers its columns otherwise, and when the table is dumped and restored.

use crate::core::{Error, Result};
use crate::policy::keys::{KeyType, key_type_of_column};
use crate::policy::owners::ColumnTypes;
use pgrx::pg_sys;
use std::ffi::CStr;

/// The policy that is read: every protected table has it.
pub const READ_POLICY: &CStr = c"sharing_select";

/// A column that holds the keys of owners.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerColumn {
    pub number: i16,
    pub name: String,
    pub type_oid: pg_sys::Oid,
    pub key_type: KeyType,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerColumns {
    /// The table in whose name the policies judge: for a partition, the partitioned table.
    pub module_relation: pg_sys::Oid,
    pub owner: OwnerColumn,
    /// Where groups have a column of their own.
    pub group: Option<OwnerColumn>,
    /// The key of single records, where they can be shared.
    pub record: Option<OwnerColumn>,
}

impl OwnerColumn {
    /// The name of the column's type, qualified.
    pub fn type_name(&self) -> String {
        // SAFETY: formats the name of a type that exists, into palloc'd memory.
        unsafe {
            CStr::from_ptr(pg_sys::format_type_be_qualified(self.type_oid))
                .to_string_lossy()
                .into_owned()
        }
    }
}

impl OwnerColumns {
    pub fn types(&self) -> ColumnTypes {
        let user = self.owner.key_type;
        ColumnTypes {
            user,
            group: self.group.as_ref().map_or(user, |column| column.key_type),
        }
    }
}

/// The owner columns of a protected table or partition.
///
/// # Safety
/// `relation` must be open.
pub unsafe fn owner_columns(relation: pg_sys::Relation) -> Result<OwnerColumns> {
    // SAFETY: `rd_rsdesc`, the policies and their expressions belong to the relation cache entry,
    // which stays while the relation is open.
    unsafe {
        let (mut found, mut record) = (None, None);
        let security = (*relation).rd_rsdesc;
        if !security.is_null() {
            let policies = (*security).policies;
            for n in 0..length(policies) {
                let policy = nth(policies, n).cast::<pg_sys::RowSecurityPolicy>();
                if CStr::from_ptr((*policy).policy_name) == READ_POLICY {
                    found = predicate_columns((*policy).qual.cast());
                    record = record_column((*policy).qual.cast());
                }
            }
        }
        let descriptor = (*relation).rd_att;
        let column = |number: i16| {
            let attribute = crate::compat::attribute(descriptor, number);
            let name = CStr::from_ptr((*attribute).attname.data.as_ptr()).to_string_lossy();
            let type_oid = (*attribute).atttypid;
            let key_type = key_type_of_column(type_oid, &name)?;
            Ok(OwnerColumn {
                number,
                name: name.into_owned(),
                type_oid,
                key_type,
            })
        };
        let (module_relation, owner, group) = found.ok_or_else(|| {
            let name = CStr::from_ptr((*(*relation).rd_rel).relname.data.as_ptr());
            Error::not_possible(format!(
                "the policies of table \"{}\" are not those of pg_sharing",
                name.to_string_lossy()
            ))
            .hint("Somebody dropped or altered them: unprotect the table and protect it again.")
        })?;
        Ok(OwnerColumns {
            module_relation,
            owner: column(owner)?,
            group: group.map(column).transpose()?,
            record: record.map(column).transpose()?,
        })
    }
}

/// The arguments of the call of one of our predicates in a policy: at least a module and a column.
/// Anybody can have functions of these names, but not in our schema.
///
/// # Safety
/// `node` must be null or an expression.
unsafe fn arguments_of(node: *mut pg_sys::Node, name: &CStr) -> Option<*mut pg_sys::List> {
    // SAFETY: every node tells its type by its tag, and is cast only to that type.
    unsafe {
        if node.is_null() {
            return None;
        }
        match (*node).type_ {
            pg_sys::NodeTag::T_BoolExpr => {
                let args = (*node.cast::<pg_sys::BoolExpr>()).args;
                (0..length(args)).find_map(|n| arguments_of(nth(args, n).cast(), name))
            }
            pg_sys::NodeTag::T_FuncExpr => {
                let call = node.cast::<pg_sys::FuncExpr>();
                let (function, args) = ((*call).funcid, (*call).args);
                let called = pg_sys::get_func_name(function);
                let is_ours = !called.is_null()
                    && CStr::from_ptr(called) == name
                    && pg_sys::get_func_namespace(function)
                        == pg_sys::get_namespace_oid(c"sharing".as_ptr(), true);
                (is_ours && length(args) >= 2).then_some(args)
            }
            _ => None,
        }
    }
}

/// The module's table, the owner column and the group column of the call of `may_read` in a policy.
///
/// # Safety
/// `node` must be null or an expression.
unsafe fn predicate_columns(node: *mut pg_sys::Node) -> Option<(pg_sys::Oid, i16, Option<i16>)> {
    // SAFETY: as in `arguments_of`, which finds at least two arguments.
    unsafe {
        let args = arguments_of(node, c"may_read")?;
        let relation = nth(args, 0).cast::<pg_sys::Const>();
        if (*relation.cast::<pg_sys::Node>()).type_ != pg_sys::NodeTag::T_Const
            || (*relation).constisnull
        {
            return None;
        }
        let module = pg_sys::Oid::from((*relation).constvalue.value() as u32);
        let owner = column_number(nth(args, 1).cast())?;
        let group = match length(args) {
            2 => None,
            _ => Some(column_number(nth(args, 2).cast())?),
        };
        Some((module, owner, group))
    }
}

/// The column of the record's key in the call of `may_read_shared` in a policy.
///
/// # Safety
/// `node` must be null or an expression.
unsafe fn record_column(node: *mut pg_sys::Node) -> Option<i16> {
    // SAFETY: as in `predicate_columns`.
    unsafe { column_number(nth(arguments_of(node, c"may_read_shared")?, 1).cast()) }
}

/// # Safety
/// `node` must be an expression.
unsafe fn column_number(node: *mut pg_sys::Node) -> Option<i16> {
    // SAFETY: as in `arguments_of`.
    unsafe {
        match (*node).type_ {
            pg_sys::NodeTag::T_Var => Some((*node.cast::<pg_sys::Var>()).varattno),
            pg_sys::NodeTag::T_RelabelType => {
                column_number((*node.cast::<pg_sys::RelabelType>()).arg.cast())
            }
            _ => None,
        }
    }
}

/// # Safety
/// `list` must be null or a list.
pub unsafe fn length(list: *mut pg_sys::List) -> usize {
    if list.is_null() {
        return 0;
    }
    // SAFETY: by the caller's promise.
    unsafe { (*list).length as usize }
}

/// # Safety
/// `list` must be a list of pointers with more than `n` of them.
pub unsafe fn nth(list: *mut pg_sys::List, n: usize) -> *mut std::ffi::c_void {
    // SAFETY: by the caller's promise.
    unsafe { (*(*list).elements.add(n)).ptr_value }
}
