//! The command that an event trigger is told of, and what it can change.

use crate::catalog::write::own_statement;
use crate::core::{Error, Result};
use crate::pg::compat::MAKES_VALUES_ANEW;
use crate::pg::list::{length, nth};
use pgrx::pg_sys;
use std::ffi::CStr;

/// A command that an event trigger is told of.
pub struct DdlCommand {
    /// As in pg_event_trigger_ddl_commands(): `ALTER TABLE`
    pub name: String,
    pub concerns: Concerns,
    /// Whether it makes a table a partition.
    pub attaches: bool,
    /// Whether a partition leaves its table. Other children keep their own triggers when they leave.
    pub detaches: bool,
    /// Whether it makes a table one that a crash empties.
    pub unlogs: bool,
    /// Whether it drops a constraint or a column.
    pub drops_constraint: bool,
    /// The old and the new name of a column.
    pub renames_column: Option<(String, String)>,
    /// The old and the new label of an enum.
    pub renames_label: Option<(String, String)>,
    /// Whether a table comes to inherit from another, or does no longer.
    pub moves_tables: bool,
    /// Whether the values of a column are made anew.
    pub rewrites: bool,
    /// Whether it may bring an extension to another version.
    pub upgrades: bool,
    /// Whether we run it: what there is to do after it is done by whoever does.
    pub is_ours: bool,
}

/// What a command can change.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Concerns {
    /// No table comes to belong to another by it.
    Nothing,
    Policies,
    Triggers,
    Tables,
}

impl DdlCommand {
    /// The command that a call of an event trigger is about.
    ///
    /// # Safety
    /// `fcinfo` must be that of a function call.
    pub unsafe fn of_call(fcinfo: pg_sys::FunctionCallInfo) -> Result<DdlCommand> {
        use pg_sys::AlterTableType::{
            AT_AddInherit, AT_AttachPartition, AT_DetachPartition, AT_DetachPartitionFinalize,
            AT_DropColumn, AT_DropConstraint, AT_DropInherit, AT_SetUnLogged,
        };
        // SAFETY: the context of a call is null or a node, whose type says what it is. The names of
        // commands are constants.
        unsafe {
            let Some(told) = told(fcinfo) else {
                return Err(Error::wrong_object(
                    "this is an event trigger of pg_sharing",
                ));
            };
            let name = CStr::from_ptr(pg_sys::GetCommandTagName((*told).tag)).to_string_lossy();
            let statement = (*told).parsetree;
            Ok(DdlCommand {
                name: name.into_owned(),
                upgrades: !statement.is_null()
                    && (*statement).type_ == pg_sys::NodeTag::T_AlterExtensionStmt,
                concerns: concerns(statement),
                attaches: does(statement, &[AT_AttachPartition]),
                unlogs: does(statement, &[AT_SetUnLogged]),
                detaches: does(statement, &[AT_DetachPartition, AT_DetachPartitionFinalize]),
                renames_column: renamed_column(statement),
                renames_label: renamed_label(statement),
                moves_tables: does(
                    statement,
                    &[
                        AT_AttachPartition,
                        AT_DetachPartition,
                        AT_DetachPartitionFinalize,
                        AT_AddInherit,
                        AT_DropInherit,
                    ],
                ),
                rewrites: does(statement, MAKES_VALUES_ANEW),
                drops_constraint: does(statement, &[AT_DropConstraint, AT_DropColumn]),
                is_ours: own_statement::is_ours(statement),
            })
        }
    }
}

/// The columns that an ALTER TABLE drops or gives another type, with the table that it names as it is now; None for
/// anything else.
///
/// # Safety
/// `fcinfo` must be that of a function call.
pub unsafe fn changed_columns(
    fcinfo: pg_sys::FunctionCallInfo,
) -> Option<(pg_sys::Oid, Vec<String>)> {
    use pg_sys::AlterTableType::{AT_AlterColumnType, AT_DropColumn};
    // SAFETY: a node tells its type by its tag; the list of an ALTER TABLE holds its commands; names end with NUL.
    unsafe {
        let statement = (*told(fcinfo)?).parsetree;
        if statement.is_null() || (*statement).type_ != pg_sys::NodeTag::T_AlterTableStmt {
            return None;
        }
        let statement = statement.cast::<pg_sys::AlterTableStmt>();
        let mut columns = Vec::new();
        for n in 0..length((*statement).cmds) {
            let command = nth((*statement).cmds, n).cast::<pg_sys::AlterTableCmd>();
            let changes = [AT_AlterColumnType, AT_DropColumn].contains(&(*command).subtype);
            if changes && !(*command).name.is_null() {
                columns.push(
                    CStr::from_ptr((*command).name)
                        .to_string_lossy()
                        .into_owned(),
                );
            }
        }
        if columns.is_empty() {
            return None;
        }
        let (no_lock, missing_ok) = (pg_sys::NoLock as i32, pg_sys::RVROption::RVR_MISSING_OK);
        let relation = pg_sys::RangeVarGetRelidExtended(
            (*statement).relation,
            no_lock,
            missing_ok,
            None,
            std::ptr::null_mut(),
        );
        (relation != pg_sys::InvalidOid).then_some((relation, columns))
    }
}

/// What an event trigger is told; None where a function is called as anything else.
///
/// # Safety
/// `fcinfo` must be that of a function call.
pub unsafe fn told(fcinfo: pg_sys::FunctionCallInfo) -> Option<*mut pg_sys::EventTriggerData> {
    // SAFETY: the context of a call is null or a node, whose type says what it is.
    unsafe {
        let context = (*fcinfo).context;
        let is_told = !context.is_null() && (*context).type_ == pg_sys::NodeTag::T_EventTriggerData;
        is_told.then(|| context.cast())
    }
}

/// Whether an event trigger is told of a statement that we run.
///
/// # Safety
/// `fcinfo` must be that of a function call.
pub unsafe fn is_statement_of_ours(fcinfo: pg_sys::FunctionCallInfo) -> bool {
    // SAFETY: by the caller's promise.
    unsafe { told(fcinfo).is_some_and(|told| own_statement::is_ours((*told).parsetree)) }
}

/// What a statement can change. What is not known here may change anything.
///
/// # Safety
/// `statement` must be null or a statement as the parser made it.
unsafe fn concerns(statement: *mut pg_sys::Node) -> Concerns {
    use pg_sys::NodeTag;
    // SAFETY: a node tells its type by its tag.
    unsafe {
        if statement.is_null() {
            return Concerns::Tables;
        }
        match (*statement).type_ {
            NodeTag::T_CreatePolicyStmt | NodeTag::T_AlterPolicyStmt => Concerns::Policies,
            NodeTag::T_RenameStmt => match (*statement.cast::<pg_sys::RenameStmt>()).renameType {
                pg_sys::ObjectType::OBJECT_POLICY => Concerns::Policies,
                pg_sys::ObjectType::OBJECT_TRIGGER => Concerns::Triggers,
                _ => Concerns::Nothing,
            },
            NodeTag::T_CreateTrigStmt => Concerns::Triggers,
            NodeTag::T_DropStmt => match (*statement.cast::<pg_sys::DropStmt>()).removeType {
                pg_sys::ObjectType::OBJECT_POLICY => Concerns::Policies,
                _ => Concerns::Nothing,
            },
            NodeTag::T_AlterDefaultPrivilegesStmt
            | NodeTag::T_AlterFunctionStmt
            | NodeTag::T_AlterOwnerStmt
            | NodeTag::T_AlterSeqStmt
            | NodeTag::T_CommentStmt
            | NodeTag::T_CreateFunctionStmt
            | NodeTag::T_CreateSeqStmt
            | NodeTag::T_CreateStatsStmt
            | NodeTag::T_CreateTableAsStmt
            | NodeTag::T_GrantRoleStmt
            | NodeTag::T_GrantStmt
            | NodeTag::T_IndexStmt
            | NodeTag::T_RefreshMatViewStmt
            | NodeTag::T_SecLabelStmt
            | NodeTag::T_ViewStmt => Concerns::Nothing,
            _ => Concerns::Tables,
        }
    }
}

/// Whether a statement is an ALTER TABLE that does one of these.
///
/// # Safety
/// `statement` must be null or a statement as the parser made it.
unsafe fn does(statement: *mut pg_sys::Node, what: &[pg_sys::AlterTableType::Type]) -> bool {
    // SAFETY: a node tells its type by its tag; the list of an ALTER TABLE holds its commands.
    unsafe {
        if statement.is_null() || (*statement).type_ != pg_sys::NodeTag::T_AlterTableStmt {
            return false;
        }
        let commands = (*statement.cast::<pg_sys::AlterTableStmt>()).cmds;
        (0..length(commands)).any(|n| {
            let command = nth(commands, n).cast::<pg_sys::AlterTableCmd>();
            what.contains(&(*command).subtype)
        })
    }
}

/// The old and the new name of the column that a statement renames.
///
/// # Safety
/// `statement` must be null or a statement as the parser made it.
unsafe fn renamed_column(statement: *mut pg_sys::Node) -> Option<(String, String)> {
    use pg_sys::ObjectType::{OBJECT_ATTRIBUTE, OBJECT_COLUMN};
    // SAFETY: a node tells its type by its tag; names are NUL-terminated.
    unsafe {
        if statement.is_null() || (*statement).type_ != pg_sys::NodeTag::T_RenameStmt {
            return None;
        }
        let rename = statement.cast::<pg_sys::RenameStmt>();
        let text =
            |name: *mut std::ffi::c_char| CStr::from_ptr(name).to_string_lossy().into_owned();
        let is_column = [OBJECT_COLUMN, OBJECT_ATTRIBUTE].contains(&(*rename).renameType);
        is_column.then(|| (text((*rename).subname), text((*rename).newname)))
    }
}

/// The old and the new label of the enum that a statement alters.
///
/// # Safety
/// `statement` must be null or a statement as the parser made it.
unsafe fn renamed_label(statement: *mut pg_sys::Node) -> Option<(String, String)> {
    // SAFETY: a node tells its type by its tag; names are NUL-terminated.
    unsafe {
        if statement.is_null() || (*statement).type_ != pg_sys::NodeTag::T_AlterEnumStmt {
            return None;
        }
        let altered = statement.cast::<pg_sys::AlterEnumStmt>();
        let text = |name: *mut std::ffi::c_char| {
            (!name.is_null()).then(|| CStr::from_ptr(name).to_string_lossy().into_owned())
        };
        text((*altered).oldVal).zip(text((*altered).newVal))
    }
}
