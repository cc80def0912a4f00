//! The triggers that `protect` puts on a table.
//!
//! What they look after is seldom: most statements change no owner, and of most tables no record was ever
//! shared. So each asks first whether there is anything to do (`policy::rows::trigger_conditions`), which
//! costs a row far less than to be called for nothing.

use crate::catalog::read::citus::becomes_spread;
use crate::catalog::write::ddl::Ddl;
use crate::catalog::write::tables::ApplicationTable;

/// A trigger that `protect` puts on a relation.
#[derive(Clone, Debug)]
pub struct OurTrigger {
    pub name: String,
    relation: ApplicationTable,
    /// What follows the name.
    rest: String,
    /// Also where a replica applies what was done elsewhere.
    pub fires_always: bool,
}

impl OurTrigger {
    pub(super) fn statements(self) -> Vec<String> {
        let OurTrigger { name, rest, .. } = &self;
        let mut statements = vec![format!("CREATE TRIGGER {name} {rest}")];
        if self.fires_always {
            let table = &self.relation.name;
            statements.push(format!("ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"));
        }
        statements
    }

    /// The statements that create it.
    pub fn ddl(self) -> Vec<Ddl> {
        Ddl::on(self.relation.oid, self.statements()).collect()
    }

    /// One for each row; `condition` is what is asked before, ended by a space.
    fn of_owners(
        relation: &ApplicationTable,
        name: String,
        event: &str,
        condition: &str,
        function: &str,
    ) -> OurTrigger {
        OurTrigger {
            name,
            relation: relation.clone(),
            rest: format!(
                "{event} ON {} FOR EACH ROW {condition}EXECUTE FUNCTION sharing_internal.{function}()",
                relation.name
            ),
            fires_always: false,
        }
    }
}

/// The triggers that guard owners; `columns` hold them, and `suffix` ends the names.
pub(super) fn guards_of_owner(
    relation: &ApplicationTable,
    columns: &[&str],
    suffix: &str,
) -> Vec<OurTrigger> {
    let differ = columns
        .iter()
        .map(|column| format!("sharing_internal.differs(OLD.{column}, NEW.{column})"));
    let differ = format!("WHEN ({}) ", differ.collect::<Vec<_>>().join(" OR "));
    // Before a row is stored, PostgreSQL has not computed it, and lets nobody ask.
    let is_generated = |column: &&str| {
        relation
            .generated
            .iter()
            .any(|generated| generated == column)
    };
    let before = match columns.iter().any(is_generated) {
        true => "",
        false => &differ,
    };
    [
        ("zz_sharing_guard_owner", "BEFORE UPDATE", before),
        ("sharing_guard_owner", "AFTER UPDATE", &differ),
    ]
    .map(|(name, event, condition)| {
        let name = format!("{name}{suffix}");
        OurTrigger::of_owners(relation, name, event, condition, "guard_owner")
    })
    .into()
}

/// The trigger that asks whether new records may be made, where Citus copies them past the policies.
pub(super) fn guard_of_new(relation: &ApplicationTable, suffix: &str) -> OurTrigger {
    let name = format!("sharing_guard_insert{suffix}");
    OurTrigger::of_owners(relation, name, "AFTER INSERT", "", "guard_owner")
}

/// The trigger that makes new records without an owner the caller's own.
pub(super) fn giver_of_owner(relation: &ApplicationTable, suffix: &str) -> OurTrigger {
    let name = format!("sharing_default_owner{suffix}");
    OurTrigger::of_owners(relation, name, "BEFORE INSERT", "", "default_owner")
}

/// The triggers by which shares go with their records, however these go: also when logical
/// replication deletes them, hence ENABLE ALWAYS. Not on shards, between which Citus moves rows by that: whether
/// a record may go was asked where it was deleted. `module` is the module's table, as an argument.
pub(super) fn share_triggers(
    relation: &ApplicationTable,
    module: &str,
    record: &str,
) -> Vec<OurTrigger> {
    let fires_always = !becomes_spread(relation.oid);
    let trigger = |name: &str, event: &str, rest: &str| OurTrigger {
        name: name.to_owned(),
        relation: relation.clone(),
        rest: format!(
            "{event} ON {} {rest} EXECUTE FUNCTION sharing_internal.forget_shares()",
            relation.name
        ),
        fires_always,
    };
    let mut triggers = Vec::new();
    if !relation.is_partition {
        let where_shared = format!("FOR EACH ROW WHEN (sharing_internal.any_shared({module}))");
        let key_changes = format!("FOR EACH ROW WHEN (OLD.{record} IS DISTINCT FROM NEW.{record})");
        triggers.push(trigger(
            "sharing_record_deleted",
            "AFTER DELETE",
            &where_shared,
        ));
        triggers.push(trigger(
            "sharing_record_renamed",
            "AFTER UPDATE",
            &key_changes,
        ));
    }
    // Triggers for statements are not cloned to partitions.
    triggers.push(trigger(
        "sharing_table_truncated",
        "AFTER TRUNCATE",
        "FOR EACH STATEMENT",
    ));
    triggers
}
