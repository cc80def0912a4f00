//! The statements with which `protect` and `unprotect` change a table (ARCHITECTURE.md).

use crate::catalog::store::modules::{Before, Column, OtherPolicy, Relation};
use pgrx::spi::{quote_identifier, quote_literal};

/// What the policies of a module say.
#[derive(Clone, Debug)]
pub struct Predicates {
    /// The module's table, quoted.
    pub module_table: String,
    /// Quoted.
    pub owner: String,
    /// Where groups have a column of their own.
    pub group: Option<String>,
    /// The column of the key, where single records can be shared.
    pub record: Option<String>,
    /// Tables other than partitions inherit from the module's: they may have the same keys again, so
    /// only records of the table itself are shared.
    pub has_heirs: bool,
    pub default_owner: bool,
}

impl Predicates {
    pub fn new(
        module_table: &str,
        owner: &Column,
        group: Option<&Column>,
        record: Option<String>,
        default_owner: bool,
    ) -> Self {
        Predicates {
            module_table: module_table.to_owned(),
            owner: owner.name.clone(),
            group: group.map(|column| column.name.clone()),
            record,
            has_heirs: false,
            default_owner,
        }
    }

    /// The condition under which `action` is allowed: an arm for each way to reach a record, so
    /// that each can be answered from an index of its own.
    pub fn condition(&self, action: &str) -> String {
        let table = format!("{}::pg_catalog.regclass", quote_literal(&self.module_table));
        let owner = &self.owner;
        let mut arms = match &self.group {
            None => vec![format!("sharing.may_{action}({table}, {owner})")],
            Some(group) => vec![
                format!("sharing.may_{action}({table}, {owner}, {group})"),
                format!("sharing.may_{action}_as_group({table}, {group}, {owner})"),
            ],
        };
        // A share lets see and change, no more.
        if let (Some(record), "read" | "edit") = (&self.record, action) {
            let arm = format!("sharing.may_{action}_shared({table}, {record}, {owner})");
            arms.push(match self.has_heirs {
                false => arm,
                true => {
                    format!("tableoid OPERATOR(pg_catalog.=) {table}::pg_catalog.oid AND {arm}")
                }
            });
        }
        arms.join(" OR ")
    }

    /// What the policies of one relation of the module say.
    fn of(&self, relation: &Relation) -> Predicates {
        let mut predicates = self.clone();
        if !relation.is_partition && relation.name != self.module_table {
            predicates.record = None;
        }
        predicates
    }

    /// The statements that protect one relation of the module.
    pub fn statements(&self, relation: &Relation) -> Vec<String> {
        self.of(relation).statements_here(relation)
    }

    fn statements_here(&self, relation: &Relation) -> Vec<String> {
        let table = &relation.name;
        let mut statements = Vec::new();
        if !relation.row_security {
            statements.push(format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"));
        }
        if !relation.force {
            statements.push(format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY"));
        }
        let mut policy = |name: &str, command: &str, using: Option<&str>, check: Option<&str>| {
            let condition = |action| self.condition(action);
            let using = using.map_or(String::new(), |action| {
                format!(" USING ({})", condition(action))
            });
            let check = check.map_or(String::new(), |action| {
                format!(" WITH CHECK ({})", condition(action))
            });
            statements.push(format!(
                "CREATE POLICY {name} ON {table} AS RESTRICTIVE FOR {command} TO PUBLIC{using}{check}"
            ));
        };
        policy("sharing_select", "SELECT", Some("read"), None);
        policy("sharing_insert", "INSERT", None, Some("create"));
        policy("sharing_update", "UPDATE", Some("edit"), Some("edit"));
        policy("sharing_delete", "DELETE", Some("delete"), None);
        if !relation.has_permissive_policy {
            // Restrictive policies only cut from what permissive ones give. It goes with the
            // extension and with the owner columns, like they do: a table that was protected is
            // never left open.
            let always = Some(&self.owner)
                .into_iter()
                .chain(&self.group)
                .map(|column| format!("sharing.always({column})"))
                .collect::<Vec<_>>()
                .join(" AND ");
            statements.push(format!(
                "CREATE POLICY sharing_open ON {table} AS PERMISSIVE FOR ALL TO PUBLIC USING ({always}) WITH CHECK ({always})"
            ));
        }
        // PostgreSQL clones the triggers of a partitioned table to its partitions.
        if !relation.is_partition {
            statements.extend(self.triggers(relation, ""));
        }
        if let Some(record) = &self.record {
            statements.extend(share_triggers(relation, record));
        }
        if relation.public_can_truncate {
            statements.push(format!("REVOKE TRUNCATE ON {table} FROM PUBLIC"));
        }
        statements
    }

    /// The statements that make the policies of a relation say what these predicates say of single
    /// records. Those for INSERT and DELETE have no arm for them.
    pub fn statements_on_records(&self, relation: &Relation) -> Vec<String> {
        let table = &relation.name;
        let (read, edit) = (self.condition("read"), self.condition("edit"));
        vec![
            format!("ALTER POLICY sharing_select ON {table} USING ({read})"),
            format!("ALTER POLICY sharing_update ON {table} USING ({edit}) WITH CHECK ({edit})"),
        ]
    }

    /// The statements that create the triggers of one relation; `suffix` ends their names.
    pub fn triggers(&self, relation: &Relation, suffix: &str) -> Vec<String> {
        let trigger = |name: &str, event: &str, function: &str| {
            format!(
                "CREATE TRIGGER {name}{suffix} {event} ON {} FOR EACH ROW EXECUTE FUNCTION sharing.{function}()",
                relation.name
            )
        };
        let mut statements = vec![
            trigger("zz_sharing_guard_owner", "BEFORE UPDATE", "guard_owner"),
            trigger("sharing_guard_owner", "AFTER UPDATE", "guard_owner"),
        ];
        if self.default_owner {
            statements.push(trigger(
                "sharing_default_owner",
                "BEFORE INSERT",
                "default_owner",
            ));
        }
        statements
    }
}

/// The triggers by which shares go with their records, however these go: also when logical
/// replication deletes them, hence ENABLE ALWAYS.
fn share_triggers(relation: &Relation, record: &str) -> Vec<String> {
    let table = &relation.name;
    let mut statements = Vec::new();
    let mut trigger = |name: &str, event: &str, rest: &str| {
        statements.push(format!(
            "CREATE TRIGGER {name} {event} ON {table} {rest} EXECUTE FUNCTION sharing.forget_shares()"
        ));
        statements.push(format!("ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"));
    };
    if !relation.is_partition {
        let key_changes = format!("FOR EACH ROW WHEN (OLD.{record} IS DISTINCT FROM NEW.{record})");
        trigger("sharing_record_deleted", "AFTER DELETE", "FOR EACH ROW");
        trigger("sharing_record_renamed", "AFTER UPDATE", &key_changes);
    }
    // Triggers for statements are not cloned to partitions.
    trigger(
        "sharing_table_truncated",
        "AFTER TRUNCATE",
        "FOR EACH STATEMENT",
    );
    statements
}

/// The statements that put a relation back as it was.
pub fn statements_to_unprotect(before: &Before, ours: &[(String, String)]) -> Vec<String> {
    let table = &before.relation.name;
    let mut statements: Vec<String> = ours
        .iter()
        .map(|(kind, name)| format!("DROP {kind} {} ON {table}", quote_identifier(name)))
        .collect();
    if !before.had_force && before.relation.force {
        statements.push(format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"));
    }
    if !before.had_row_security && before.relation.row_security {
        statements.push(format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"));
    }
    if before.public_could_truncate {
        statements.push(format!("GRANT TRUNCATE ON {table} TO PUBLIC"));
    }
    statements
}

/// What `protect` has to say of a policy that was there before, as an SQL comment.
pub fn remark_on_policy(policy: &OtherPolicy, was_dormant: bool) -> String {
    let OtherPolicy {
        name,
        relation,
        permissive,
    } = policy;
    let kind = if *permissive {
        "permissive"
    } else {
        "restrictive"
    };
    let name = quote_identifier(name);
    match was_dormant {
        true => format!(
            "-- {kind} policy {name} on {relation} lay dormant and takes effect now: rows have to pass it, too"
        ),
        false => format!("-- {kind} policy {name} on {relation} stays: rows have to pass both"),
    }
}

/// What `protect` has to say of roles that can empty the table, as an SQL comment.
pub fn remark_on_truncate(relation: &Relation, role: &str) -> String {
    let role = quote_identifier(role);
    format!(
        "-- {role} may TRUNCATE {}, which row security does not filter",
        relation.name
    )
}

/// What `protect` has to say where no index begins with the owner column, as an SQL comment.
pub fn remark_on_index(relation: &Relation, column: &str) -> String {
    let table = &relation.name;
    format!("-- no index on {table} begins with {column}: CREATE INDEX ON {table} ({column})")
}
