//! The statements with which `protect` and `unprotect` change a table (ARCHITECTURE.md).
//!
//! ENABLE and FORCE row security; a restrictive policy for each command, which cuts; and, unless the table
//! has permissive policies of its own, a permissive one with the same condition. PostgreSQL checks equal
//! conditions of a query once, so plans are what they were with a permissive policy that is true; but a copy
//! of the policies that lost the word RESTRICTIVE (Citus makes such copies) still opens nothing, nor does a
//! table from which one of the two was dropped. What policies check of new rows is not merged, so an INSERT
//! asks twice: of 50,000 rows into a table without indexes (33 ms), that is less than what it varies by.
//!
//! With owners in two columns a policy has an arm for each, joined by OR, so that each is answered from its
//! own index; what the arms have in common is in the set of owners.

use crate::catalog::read::citus::is_spread;
use crate::catalog::write::ddl::Ddl;
use crate::catalog::write::dropped_tables::DETACHED;
use crate::catalog::write::modules::Before;
use crate::catalog::write::ours::LostPolicy;
use crate::catalog::write::policy_names::{OUR_POLICIES, OurPolicy};
use crate::catalog::write::tables::ApplicationTable;
use crate::policy::text::triggers::{
    OurTrigger, giver_of_owner, guard_of_new, guards_of_owner, share_triggers,
};
use pgrx::spi::{quote_identifier, quote_literal};

/// What the policies of a module say. Names are quoted.
#[derive(Clone, Debug)]
pub struct Predicates {
    pub module_table: String,
    pub decides: Decides,
    /// The column by which records are known, where there is one.
    pub key: Option<String>,
    pub default_owner: bool,
}

/// What decides about the records of a module.
#[derive(Clone, Debug)]
pub enum Decides {
    Owner(OwnerArms),
    /// The record whose key this column holds.
    Parent(String),
}

#[derive(Clone, Debug)]
pub struct OwnerArms {
    pub owner: String,
    /// Where groups have a column of their own.
    pub group: Option<String>,
    /// The column of the key, where single records can be shared and given.
    pub record: Option<String>,
    pub relations: Vec<RelationArm>,
    pub criteria: Vec<CriteriaArm>,
    /// Tables other than partitions inherit from the module's: they may have the same keys again, so
    /// only records of the table itself are shared.
    pub has_heirs: bool,
}

/// A relation of the module to a parent.
#[derive(Clone, Debug)]
pub struct RelationArm {
    pub id: i32,
    /// The column that holds the parent's key.
    pub via: String,
    pub when: Option<WhenArm>,
}

/// Records that meet criteria, which rules speak of.
#[derive(Clone, Debug)]
pub struct CriteriaArm {
    pub id: i32,
    pub conditions: Vec<String>,
}

/// `column = value`
#[derive(Clone, Debug)]
pub struct WhenArm {
    pub column: String,
    /// A literal with its type.
    pub value: String,
}

impl OwnerArms {
    pub fn new(owner: &str, group: Option<&str>, record: Option<String>) -> Self {
        OwnerArms {
            owner: owner.to_owned(),
            group: group.map(str::to_owned),
            record,
            relations: Vec::new(),
            criteria: Vec::new(),
            has_heirs: false,
        }
    }

    fn owner_columns(&self) -> Vec<&str> {
        let columns = Some(&self.owner).into_iter().chain(&self.group);
        columns.map(String::as_str).collect()
    }

    fn arms(&self, table: &str, action: &str) -> Vec<String> {
        let owner = &self.owner;
        let owners = self.owner_columns().join(", ");
        let mut arms = vec![format!("sharing_internal.may_{action}({table}, {owners})")];
        if let Some(group) = &self.group {
            arms.push(format!(
                "sharing_internal.may_{action}_as_group({table}, {group}, {owner})"
            ));
        }
        // A share and a grant let see and change, no more.
        if let (Some(record), "read" | "edit") = (&self.record, action) {
            let arm = format!("sharing_internal.may_{action}_shared({table}, {record}, {owners})");
            arms.push(match self.has_heirs {
                false => arm,
                true => {
                    format!("tableoid OPERATOR(pg_catalog.=) {table}::pg_catalog.oid AND {arm}")
                }
            });
        }
        // So does a relation; and who may change a child that points there may add one.
        if let "read" | "create" | "edit" = action {
            arms.extend(self.relations.iter().map(|RelationArm { id, via, when }| {
                let arm = format!(
                    "sharing_internal.may_{action}_related({table}, {via}, {id}, {owners})"
                );
                match when {
                    None => arm,
                    Some(WhenArm { column, value }) => {
                        format!("{column} OPERATOR(pg_catalog.=) {value} AND {arm}")
                    }
                }
            }));
        }
        // And so do rules with criteria.
        if let "read" | "create" | "edit" = action {
            let group = self.group.iter().map(|group| format!(", {group}"));
            let group: String = group.collect();
            arms.extend(self.criteria.iter().map(|CriteriaArm { id, conditions }| {
                let arm = format!(
                    "sharing_internal.may_{action}_by_criteria({table}, {owner}, {id}{group})"
                );
                format!("{} AND {arm}", conditions.join(" AND "))
            }));
        }
        arms
    }
}

impl Predicates {
    /// The condition under which `action` is allowed: an arm for each way to reach a record, so
    /// that each can be answered from an index of its own.
    pub fn condition(&self, action: &str) -> String {
        let table = self.table();
        let decides = match &self.decides {
            Decides::Owner(arms) => arms.arms(&table, action).join(" OR "),
            Decides::Parent(via) => format!("sharing_internal.may_{action}_detail({table}, {via})"),
        };
        match &self.key {
            Some(key) if action == "read" => {
                format!("({decides}) AND sharing_internal.record_key({key})")
            }
            _ => decides,
        }
    }

    /// The module's table, as an argument.
    fn table(&self) -> String {
        format!("{}::pg_catalog.regclass", quote_literal(&self.module_table))
    }

    /// The column of single records that can be shared.
    pub fn record(&self) -> Option<&String> {
        match &self.decides {
            Decides::Owner(arms) => arms.record.as_ref(),
            Decides::Parent(_) => None,
        }
    }

    /// The same with an arm for single records, known by a column.
    #[must_use]
    pub fn with_records(mut self, column: String) -> Predicates {
        if let Decides::Owner(arms) = &mut self.decides {
            arms.record = Some(column);
        }
        self
    }

    /// The same as where other tables inherit from the module's. Where none does any more, its policies may
    /// still say so, and mean the same.
    #[must_use]
    pub fn as_with_heirs(&self) -> Predicates {
        let mut predicates = self.clone();
        if let Decides::Owner(arms) = &mut predicates.decides {
            arms.has_heirs = true;
        }
        predicates
    }

    /// The same without an arm for single records.
    #[must_use]
    pub fn without_records(mut self) -> Predicates {
        if let Decides::Owner(arms) = &mut self.decides {
            arms.record = None;
        }
        self
    }

    pub fn can_share_records(&self) -> bool {
        self.record().is_some()
    }

    /// What the policies of one relation of the module say.
    fn of(&self, relation: &ApplicationTable) -> Predicates {
        match !relation.is_partition && relation.name != self.module_table {
            true => self.clone().without_records(),
            false => self.clone(),
        }
    }

    /// The statements that protect one relation of the module.
    pub fn statements(&self, relation: &ApplicationTable) -> Vec<Ddl> {
        let statements = self.of(relation).statements_here(relation);
        Ddl::on(relation.oid, statements).collect()
    }

    fn statements_here(&self, relation: &ApplicationTable) -> Vec<String> {
        let table = &relation.name;
        let mut statements = Vec::new();
        if !relation.row_security {
            statements.push(format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"));
        }
        if !relation.force {
            statements.push(format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY"));
        }
        for policy in &OUR_POLICIES {
            statements.push(self.create_policy(
                relation,
                policy,
                policy.restrictive,
                "RESTRICTIVE",
            ));
        }
        if !relation.has_permissive_policy {
            // Restrictive policies only cut from what permissive ones give.
            for policy in &OUR_POLICIES {
                statements.push(self.create_policy(
                    relation,
                    policy,
                    policy.permissive,
                    "PERMISSIVE",
                ));
            }
        }
        statements.extend(
            self.triggers_here(relation)
                .into_iter()
                .flat_map(OurTrigger::statements),
        );
        if relation.public_can_truncate {
            statements.push(format!("REVOKE TRUNCATE ON {table} FROM PUBLIC"));
        }
        statements
    }

    /// The statements that write the policies and triggers of a relation anew. `present` are those that it
    /// has, as (kind, name): of this version, of another, or too few. `has_left` where it was a part of the
    /// module's table and is none any more.
    pub fn statements_anew(
        &self,
        relation: &ApplicationTable,
        present: &[(String, String)],
        has_left: bool,
    ) -> Vec<Ddl> {
        let names = |kind: &'static str| present.iter().filter(move |object| object.0 == kind);
        let is_restrictive = |name: &str| OUR_POLICIES.iter().any(|our| our.restrictive == name);
        // What permits anything is left to the application's policies where it was.
        let permits = match names("POLICY").next() {
            Some(_) => names("POLICY").any(|(_, name)| !is_restrictive(name)),
            None => !relation.has_permissive_policy,
        };
        // What left and was no partition has kept its triggers.
        let has_left = has_left && !names("TRIGGER").any(|(_, name)| name == "sharing_guard_owner");
        let predicates = self.of(relation);
        // The triggers by which shares go stay as they were when it left.
        let goes = |(kind, name): &&(String, String)| {
            !has_left || kind == "POLICY" || name.ends_with(DETACHED)
        };
        let dropped: Vec<_> = present.iter().filter(goes).cloned().collect();
        let mut statements = Vec::new();
        for policy in &OUR_POLICIES {
            let name = policy.restrictive;
            statements.push(predicates.create_policy(relation, policy, name, "RESTRICTIVE"));
        }
        if permits {
            for policy in &OUR_POLICIES {
                let name = policy.permissive;
                statements.push(predicates.create_policy(relation, policy, name, "PERMISSIVE"));
            }
        }
        if has_left {
            statements.extend(
                predicates
                    .owner_triggers(relation, DETACHED)
                    .into_iter()
                    .flat_map(OurTrigger::statements),
            );
        } else {
            statements.extend(
                predicates
                    .triggers_here(relation)
                    .into_iter()
                    .flat_map(OurTrigger::statements),
            );
        }
        let mut all = statements_to_drop(relation, &dropped);
        all.extend(Ddl::on(relation.oid, statements));
        all
    }

    /// The statements that make one of our policies of a relation what it should be.
    pub fn statements_to_put_back(&self, relation: &ApplicationTable, name: &str) -> Vec<Ddl> {
        let mut statements = Vec::new();
        for policy in &OUR_POLICIES {
            for (our_name, kind) in [
                (policy.restrictive, "RESTRICTIVE"),
                (policy.permissive, "PERMISSIVE"),
            ] {
                if our_name == name {
                    if relation.policies.iter().any(|present| present == name) {
                        statements.push(format!("DROP POLICY {name} ON {}", relation.name));
                    }
                    let predicates = self.of(relation);
                    statements.push(predicates.create_policy(relation, policy, name, kind));
                }
            }
        }
        Ddl::on(relation.oid, statements).collect()
    }

    fn create_policy(
        &self,
        relation: &ApplicationTable,
        policy: &OurPolicy,
        name: &str,
        kind: &str,
    ) -> String {
        format!(
            "CREATE POLICY {name} ON {} AS {kind} FOR {} TO PUBLIC{}",
            relation.name,
            policy.command,
            self.conditions(policy)
        )
    }

    fn conditions(&self, policy: &OurPolicy) -> String {
        let clause = |word: &str, action: Option<&str>| {
            action.map_or(String::new(), |action| {
                format!(" {word} ({})", self.condition(action))
            })
        };
        clause("USING", policy.using) + &clause("WITH CHECK", policy.check)
    }

    /// What a policy of one relation of the module says of rows that are there, and of rows as they will be.
    pub fn conditions_on(
        &self,
        relation: &ApplicationTable,
        policy: &OurPolicy,
    ) -> [Option<String>; 2] {
        let predicates = self.of(relation);
        [policy.using, policy.check].map(|action| Some(predicates.condition(action?)))
    }

    /// The statements that make the policies of a relation say what these predicates say, those that it
    /// has. What decides about deleting never changes: neither shares nor relations let anybody delete.
    pub fn statements_to_alter(&self, relation: &ApplicationTable) -> Vec<Ddl> {
        let predicates = self.of(relation);
        let mut statements = Vec::new();
        for policy in OUR_POLICIES
            .iter()
            .filter(|policy| policy.command != "DELETE")
        {
            for name in [policy.restrictive, policy.permissive] {
                if relation.policies.iter().any(|present| present == name) {
                    statements.push(format!(
                        "ALTER POLICY {name} ON {}{}",
                        relation.name,
                        predicates.conditions(policy)
                    ));
                }
            }
        }
        Ddl::on(relation.oid, statements).collect()
    }

    /// The triggers that a relation of the module has of its own.
    pub fn triggers(&self, relation: &ApplicationTable) -> Vec<OurTrigger> {
        self.of(relation).triggers_here(relation)
    }

    fn triggers_here(&self, relation: &ApplicationTable) -> Vec<OurTrigger> {
        // PostgreSQL clones the triggers of a partitioned table to its partitions.
        let mut triggers = match relation.is_partition {
            true => Vec::new(),
            false => self.owner_triggers(relation, ""),
        };
        if let Some(record) = self.record() {
            triggers.extend(share_triggers(relation, &self.table(), record));
        }
        triggers
    }

    /// The triggers that guard the owner; `suffix` ends their names.
    pub fn owner_triggers(&self, relation: &ApplicationTable, suffix: &str) -> Vec<OurTrigger> {
        let mut triggers = match &self.decides {
            Decides::Owner(arms) => guards_of_owner(relation, &arms.owner_columns(), suffix),
            Decides::Parent(_) => Vec::new(),
        };
        if is_spread(relation.oid) {
            triggers.push(guard_of_new(relation, suffix));
        }
        if self.default_owner {
            triggers.push(giver_of_owner(relation, suffix));
        }
        triggers
    }
}

/// The statements that drop such objects from a table.
pub fn statements_to_drop(relation: &ApplicationTable, objects: &[(String, String)]) -> Vec<Ddl> {
    let drop = |(kind, name): &(String, String)| {
        format!(
            "DROP {kind} {} ON {}",
            quote_identifier(name),
            relation.name
        )
    };
    Ddl::on(relation.oid, objects.iter().map(drop)).collect()
}

/// The statements that put a relation back as it was.
pub fn statements_to_unprotect(before: &Before, ours: &[(String, String)]) -> Vec<Ddl> {
    let table = &before.relation.name;
    let mut statements = Vec::new();
    if !before.had_force && before.relation.force {
        statements.push(format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"));
    }
    if !before.had_row_security && before.relation.row_security {
        statements.push(format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"));
    }
    if before.public_could_truncate {
        statements.push(format!("GRANT TRUNCATE ON {table} TO PUBLIC"));
    }
    let mut all = statements_to_drop(&before.relation, ours);
    all.extend(Ddl::on(before.relation.oid, statements));
    all
}

/// The statement that closes a table for the command about which a lost policy decided, whatever other
/// policies the table has. None where the policy was none that restricts. The condition calls a function of
/// ours, by which it is known for ours.
pub fn statement_to_close(lost: &LostPolicy) -> Option<Ddl> {
    let mut policies = OUR_POLICIES.iter();
    let policy = policies.find(|policy| policy.restrictive == lost.name)?;
    let word = policy.using.map_or("WITH CHECK", |_| "USING");
    let statement = format!(
        "CREATE POLICY {} ON {} AS RESTRICTIVE FOR {} TO PUBLIC {word} (false AND sharing_internal.record_key(0))",
        lost.name, lost.table_name, policy.command
    );
    Some(Ddl {
        table: lost.table,
        statement,
    })
}
