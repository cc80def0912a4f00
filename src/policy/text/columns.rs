//! Which columns of a table hold its owners, or the keys of its parents.
//!
//! The policies say it, and only they: PostgreSQL keeps them right when a column is renamed, when
//! a partition numbers its columns otherwise, and when the table is dumped and restored.

use crate::core::org::{CriteriaId, RelationId};
use crate::core::{Action, Error, Result};
use crate::pg::list::{length, nth};
use crate::policy::sets::keys::{KeyType, key_type_of_column};
use crate::policy::sets::owners::ColumnTypes;
use crate::policy::sets::since::READ_POLICY;
use crate::policy::text::calls::{
    Criterion, OwnerArm, arms, bare, call_in, column_number, conditions, record_key,
};
use pgrx::pg_sys;
use std::ffi::CStr;

/// The policies that tell the columns, and of which action. Where one was altered or dropped, the next
/// says the same.
pub const SOURCES: [(&CStr, Action); 4] = [
    (READ_POLICY, Action::Read),
    (c"sharing_select_permit", Action::Read),
    (c"sharing_update", Action::Edit),
    (c"sharing_update_permit", Action::Edit),
];

/// A column that holds keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyColumn {
    pub number: i16,
    pub name: String,
    pub type_oid: pg_sys::Oid,
    pub key_type: KeyType,
}

/// The columns of a table that has owners.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerColumns {
    /// The table in whose name the policies judge: for a partition, the partitioned table.
    pub module_relation: pg_sys::Oid,
    pub owner: KeyColumn,
    /// Where groups have a column of their own.
    pub group: Option<KeyColumn>,
    /// The key of single records, where they can be shared.
    pub record: Option<KeyColumn>,
    pub relations: Vec<RelationColumn>,
    /// For which criteria the policies have an arm.
    pub criteria: Vec<CriteriaId>,
}

/// The column of a relation, which holds the key of a parent record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelationColumn {
    pub id: RelationId,
    pub via: KeyColumn,
    pub when: Option<When>,
}

/// What a column must say, so that a relation holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    pub column: String,
    pub type_oid: pg_sys::Oid,
    /// The text form of the value.
    pub value: String,
}

/// The column of a table that another controls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetailColumn {
    pub module_relation: pg_sys::Oid,
    /// The column that holds the key of the record that controls it.
    pub via: KeyColumn,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Columns {
    Owned(OwnerColumns),
    Detail(DetailColumn),
}

impl KeyColumn {
    /// The name of the column's type, qualified.
    pub fn type_name(&self) -> String {
        type_name(self.type_oid)
    }

    /// The name of the type below domains, without a length.
    pub fn base_type_name(&self) -> String {
        // SAFETY: looks up the type of a column.
        match unsafe { pg_sys::getBaseType(self.type_oid) } {
            // By its SQL name, character, it would be cut to one.
            pg_sys::BPCHAROID => "pg_catalog.bpchar".to_owned(),
            base => type_name(base),
        }
    }
}

/// The name of a type, qualified.
pub fn type_name(type_oid: pg_sys::Oid) -> String {
    // SAFETY: formats the name of a type that exists, into palloc'd memory.
    unsafe {
        CStr::from_ptr(pg_sys::format_type_be_qualified(type_oid))
            .to_string_lossy()
            .into_owned()
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
    // SAFETY: by the caller's promise.
    let (columns, name) = unsafe { (columns(relation)?, name_of(relation)) };
    match columns {
        Columns::Owned(columns) => Ok(columns),
        Columns::Detail(_) => Err(has_no_owner(&name)),
    }
}

/// The error for what can only be done with records that have an owner.
pub fn has_no_owner(table: &str) -> Error {
    Error::not_possible(format!("records of \"{table}\" have no owner of their own"))
        .hint("Another table controls them: who may do what with them is decided by its records.")
}

/// The error where the policies of a table are not what protect() made.
pub fn altered_policies(table: &str) -> Error {
    Error::not_possible(format!(
        "the policies of table \"{table}\" are not those of pg_sharing"
    ))
    .hint("Somebody dropped or altered them: unprotect the table and protect it again.")
}

/// The columns of a protected table or partition that its policies go by.
///
/// # Safety
/// `relation` must be open.
pub unsafe fn columns(relation: pg_sys::Relation) -> Result<Columns> {
    // SAFETY: by the caller's promise.
    unsafe { columns_in(relation, READ_POLICY, Action::Read) }
}

/// The same, read from a policy of that name, which lets do that.
///
/// # Safety
/// `relation` must be open.
pub unsafe fn columns_in(
    relation: pg_sys::Relation,
    policy: &CStr,
    action: Action,
) -> Result<Columns> {
    // SAFETY: the policies belong to the relation cache entry, which stays while the relation is
    // open; every expression is looked at as what its tag says.
    unsafe {
        let descriptor = (*relation).rd_att;
        let (mut owner, mut group, mut record) = (None, None, None);
        let (mut relations, mut criteria) = (Vec::new(), Vec::new());
        for arm in arms(condition(relation, policy)) {
            let conditions = conditions(arm);
            let Some(call) = conditions.iter().find_map(|node| call_in(*node)) else {
                continue;
            };
            if call.action != action {
                continue;
            }
            let Some(number) = column_number(call.column) else {
                continue;
            };
            let column = key_column(descriptor, number)?;
            match call.criterion {
                Criterion::Owners(OwnerArm::Owner) => owner = Some((call.relation, column)),
                Criterion::Owners(OwnerArm::Group) => group = Some(column),
                Criterion::Records => record = Some(column),
                Criterion::Related(id) => relations.push(RelationColumn {
                    id,
                    via: column,
                    when: conditions.iter().find_map(|node| when(*node, descriptor)),
                }),
                Criterion::Criteria(id) => criteria.push(id),
                Criterion::Parent => {
                    return Ok(Columns::Detail(DetailColumn {
                        module_relation: call.relation,
                        via: column,
                    }));
                }
            }
        }
        let (module_relation, owner) = owner.ok_or_else(|| altered_policies(&name_of(relation)))?;
        Ok(Columns::Owned(OwnerColumns {
            module_relation,
            owner,
            group,
            record,
            relations,
            criteria,
        }))
    }
}

/// The column by which the records of a protected table are known: the one that was its primary key
/// when it was protected.
///
/// # Safety
/// `relation` must be open.
pub unsafe fn key_of_records(relation: pg_sys::Relation) -> Option<KeyColumn> {
    // SAFETY: by the caller's promise; the policies are the table's. Both say the same, and one of them
    // may be about to be put back.
    unsafe {
        let number = [READ_POLICY, c"sharing_select_permit"]
            .into_iter()
            .find_map(|policy| record_key(condition(relation, policy)))?;
        key_column((*relation).rd_att, number).ok()
    }
}

/// # Safety
/// `relation` must be open.
unsafe fn name_of(relation: pg_sys::Relation) -> String {
    // SAFETY: by the caller's promise.
    unsafe {
        CStr::from_ptr((*(*relation).rd_rel).relname.data.as_ptr())
            .to_string_lossy()
            .into_owned()
    }
}

/// Whether a table has any of the policies that tell its columns.
///
/// # Safety
/// `relation` must be open.
pub unsafe fn has_policies(relation: pg_sys::Relation) -> bool {
    // SAFETY: by the caller's promise.
    SOURCES
        .iter()
        .any(|(policy, _)| unsafe { !condition(relation, policy).is_null() })
}

/// What a policy of a table says of rows that are there; null where there is no such policy.
///
/// # Safety
/// `relation` must be open.
pub unsafe fn condition(relation: pg_sys::Relation, policy: &CStr) -> *mut pg_sys::Node {
    // SAFETY: by the caller's promise.
    unsafe { policy_named(relation, policy).map_or(std::ptr::null_mut(), |one| (*one).qual.cast()) }
}

/// What a policy of a table says of rows as they will be; null where it says nothing.
///
/// # Safety
/// `relation` must be open.
pub unsafe fn check_of_new(relation: pg_sys::Relation, policy: &CStr) -> *mut pg_sys::Node {
    // SAFETY: by the caller's promise.
    unsafe {
        policy_named(relation, policy)
            .map_or(std::ptr::null_mut(), |one| (*one).with_check_qual.cast())
    }
}

/// # Safety
/// `relation` must be open.
unsafe fn policy_named(
    relation: pg_sys::Relation,
    policy: &CStr,
) -> Option<*mut pg_sys::RowSecurityPolicy> {
    // SAFETY: by the caller's promise; the list holds policies.
    unsafe {
        let security = (*relation).rd_rsdesc;
        if security.is_null() {
            return None;
        }
        let policies = (*security).policies;
        (0..length(policies))
            .map(|n| nth(policies, n).cast::<pg_sys::RowSecurityPolicy>())
            .find(|one| CStr::from_ptr((**one).policy_name) == policy)
    }
}

/// # Safety
/// `descriptor` must describe a table that has a column of that number.
unsafe fn key_column(descriptor: pg_sys::TupleDesc, number: i16) -> Result<KeyColumn> {
    // SAFETY: by the caller's promise.
    let (name, type_oid) = unsafe { attribute(descriptor, number) };
    let key_type = key_type_of_column(type_oid, &name)?;
    Ok(KeyColumn {
        number,
        name,
        type_oid,
        key_type,
    })
}

/// # Safety
/// As for `key_column`.
unsafe fn attribute(descriptor: pg_sys::TupleDesc, number: i16) -> (String, pg_sys::Oid) {
    // SAFETY: by the caller's promise.
    unsafe {
        let attribute = crate::pg::compat::attribute(descriptor, number);
        let name = CStr::from_ptr((*attribute).attname.data.as_ptr()).to_string_lossy();
        (name.into_owned(), (*attribute).atttypid)
    }
}

/// The condition `column = value` that an expression is, if it is one of a column with a number.
///
/// # Safety
/// `node` must be an expression of a table that `descriptor` describes.
unsafe fn when(node: *mut pg_sys::Node, descriptor: pg_sys::TupleDesc) -> Option<When> {
    // SAFETY: every node tells its type by its tag; the operator has two operands.
    unsafe {
        if (*node).type_ != pg_sys::NodeTag::T_OpExpr {
            return None;
        }
        let args = (*node.cast::<pg_sys::OpExpr>()).args;
        if length(args) != 2 {
            return None; // Not in our policies, but anybody can write one that looks like them.
        }
        let number = column_number(nth(args, 0).cast()).filter(|number| *number > 0)?;
        let value = bare(nth(args, 1).cast()).cast::<pg_sys::Const>();
        if (*value.cast::<pg_sys::Node>()).type_ != pg_sys::NodeTag::T_Const || (*value).constisnull
        {
            return None;
        }
        let (column, type_oid) = attribute(descriptor, number);
        let (mut output, mut is_varlena) = (pg_sys::InvalidOid, false);
        pg_sys::getTypeOutputInfo((*value).consttype, &mut output, &mut is_varlena);
        let text = pg_sys::OidOutputFunctionCall(output, (*value).constvalue);
        Some(When {
            column,
            type_oid,
            value: CStr::from_ptr(text).to_string_lossy().into_owned(),
        })
    }
}
