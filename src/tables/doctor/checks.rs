//! All that the doctor looks at: the one list of it.

use crate::catalog::write::doctor::{ended, own, protection, roles, server, settings, tables};
use crate::core::Result;
use crate::core::checkup::{Finding, Severity};
use crate::tables::doctor::ward::Ward;
use crate::tables::doctor::{
    copies, indexes, organization, own_tables, owner_keys, policies, readers, server_faults,
    shards, sources, triggers,
};

/// A check: what it is called, the worst that it says, what it looks for, and how.
pub struct DoctorCheck {
    pub name: &'static str,
    pub severity: Severity,
    pub about: &'static str,
    pub how: How,
}

impl DoctorCheck {
    /// Whether it can be made where our tables are not as they should be: statements fail there, and direct scans
    /// would take columns for others.
    pub fn is_safe(&self) -> bool {
        self.name == OWN_TABLE || self.name == SERVER_VERSION || matches!(self.how, How::Ask(_))
    }
}

/// Made before the others.
const OWN_TABLE: &str = "own_table";

/// Looks at no table.
const SERVER_VERSION: &str = "server_version";

#[derive(Clone, Copy)]
pub enum How {
    /// A statement on pg_catalog and our tables.
    Ask(&'static str),
    Examine(fn(&Ward) -> Result<Vec<Finding>>),
}

/// Told by itself: with tables of another version nothing else is asked.
pub const VERSION: &str = "version";

const fn ask(
    name: &'static str,
    severity: Severity,
    about: &'static str,
    statement: &'static str,
) -> DoctorCheck {
    DoctorCheck {
        name,
        severity,
        about,
        how: How::Ask(statement),
    }
}

const fn examine(
    name: &'static str,
    severity: Severity,
    about: &'static str,
    look: fn(&Ward) -> Result<Vec<Finding>>,
) -> DoctorCheck {
    DoctorCheck {
        name,
        severity,
        about,
        how: How::Examine(look),
    }
}

fn nothing(_ward: &Ward) -> Result<Vec<Finding>> {
    Ok(Vec::new())
}

use Severity::{Advice, Error, Warning};

/// By their names. The first sentence of each finding says the rest.
#[rustfmt::skip]
pub const CHECKS: &[DoctorCheck] = &[
    examine("broken_module", Error, "Modules whose policies do not say by which columns they go: nobody sees their records", policies::broken),
    ask("closed_command", Error, "Commands that no permissive policy of a protected table opens, to everybody or to some roles: also policies that lay dormant before it was protected", protection::CLOSED_COMMANDS),
    ask("database_role", Error, "Database roles that sign in and are superusers or have BYPASSRLS, worst where a user is known by one", roles::BYPASSING),
    examine("definer_function", Warning, "SECURITY DEFINER functions that read protected tables, by what the catalogs know of them or by their text, also through views", readers::functions),
    ask("dropped_role", Advice, "Database roles that were dropped and are still trusted, administrators or those of users", roles::DROPPED),
    examine("duplicate_rule", Advice, "Rules that add nothing to what global access, the hierarchy and other rules give", organization::rules_that_add_nothing),
    ask("ended", Advice, "Rules, memberships, links, shares and grants of records that ended more than 30 days ago", ended::LONG_AGO),
    ask("event_trigger", Error, "Event triggers of pg_sharing that are missing, off, or do not fire always", own::EVENT_TRIGGERS),
    examine("expectation", Warning, "Expectations that do not hold", organization::expectations_that_fail),
    ask("foreign_server", Warning, "Foreign servers of postgres_fdw and dblink that lead back to this database", server::FOREIGN_SERVERS),
    ask("generation", Error, "Whether the state of the configuration is there, without which nobody sees a record", own::GENERATION),
    examine("group_without_members", Advice, "Groups of which no active user is a member", organization::groups_without_members),
    examine("inactive_user", Advice, "Inactive users who hold rights or a database role", organization::inactive_users),
    examine("index", Advice, "Columns of owners, groups, relations and details with which no index begins", indexes::missing),
    examine("index_of_other_order", Warning, "The same, where indexes begin with them that serve no search: of another operator class than the default one, partial or invalid", indexes::unusable),
    ask("leftover", Error, "Policies and triggers of pg_sharing on tables that are not protected, as a copy of the schema leaves them", protection::LEFTOVERS),
    examine("locked_table", Warning, "Protected tables that somebody holds against being read, which are passed over", policies::held),
    examine("materialized_view", Warning, "Materialized views that hold rows of protected tables", readers::copies),
    ask("other_policy", Warning, "Permissive policies that came after a table was protected, which narrow nothing; also copies of ours under other names", protection::OTHER_POLICIES),
    ask("own_function", Error, "Functions of pg_sharing that were replaced, made SECURITY DEFINER, or given to another owner", own::FUNCTIONS),
    ask("own_function_privilege", Error, "Functions that every query on a protected table calls, and that not everybody may call", own::NOT_CALLABLE),
    ask("own_index", Error, "Indexes by which the tables of pg_sharing are read that are missing or invalid", own::INDEXES),
    ask("own_privilege", Warning, "Privileges on the tables of pg_sharing that somebody holds beside administrators, and who may create something in its schemas", own::PRIVILEGES),
    examine(OWN_TABLE, Error, "Tables of pg_sharing that are missing or have other columns", |_| own_tables::altered()),
    ask("own_trigger", Error, "Triggers on the tables of pg_sharing that are missing, off, or do not fire when they should", own::OWN_TRIGGERS),
    ask("own_trigger_of_others", Error, "Triggers that others put on the tables of pg_sharing", own::TRIGGERS_OF_OTHERS),
    examine("owner_key", Warning, "Records whose owner is no user and no group: how many, and the ten most frequent keys; of large tables by a sample", owner_keys::unknown),
    ask("parameter_privilege", Warning, "Who was given the right to set what guards protected tables, or what the server runs", settings::PARAMETER_PRIVILEGES),
    examine("policy", Error, "Policies of pg_sharing that are missing, or are not what sharing.protect() writes: another kind, command, role or condition", policies::altered),
    ask("predefined_role", Warning, "Database roles that sign in and are members of PostgreSQL's own roles that lead past row security or to the tables of pg_sharing", roles::PREDEFINED),
    ask("preload", Advice, "Whether the library is preloaded, so that sessions share what they find out", server::PRELOADED),
    ask("preset", Error, "Settings that were given to roles, databases or the server: sharing.user_key and the sources of trusted roles, session_replication_role, event_triggers", settings::PRESET),
    examine("profile", Warning, "Profiles of roles that say nothing of a module, which is therefore denied", organization::profiles),
    examine("publication", Warning, "Publications that send rows of protected tables", readers::published),
    ask("replication_role", Warning, "Database roles that sign in and have REPLICATION, or can become one that has it", roles::REPLICATION),
    ask("role_without_identity", Advice, "Database roles that may read protected tables and are nobody there", tables::BLIND),
    examine("role_without_users", Advice, "Roles that nobody has, nor any role below", organization::roles_without_users),
    ask("row_security", Error, "Protected tables on which row security is off, or not forced for their owners", protection::ROW_SECURITY),
    examine("rule_for_nobody", Advice, "Rules that reach no active user, or speak of nobody's records", organization::rules_that_reach_nobody),
    examine("search_name", Advice, "Operators and functions named safe for searches that are others since, or gone", sources::forgotten_names),
    ask("sequence", Error, "Sequences of pg_sharing that would give a number again, as where a copy by replication becomes a database of its own", own::SEQUENCES),
    examine(SERVER_VERSION, Warning, "Whether the server's minor version shows hidden rows by faults of its own", server_faults::faulty),
    examine("shards", Error, "Where Citus is: policies of others on tables that it distributes, which open their shards, shards of this server without row security, workers to which nothing brings the configuration, who can become a trusted role, as which they would be taken for anybody, and a requirement of tokens that holds at this server alone", shards::gaps),
    ask("source", Error, "Sources of the organization whose table is gone, and rows of sources that name what is not there", tables::SOURCES),
    examine("source_out_of_step", Error, "Sources whose rows say something else than the organization, of tables and materialized views", sources::out_of_step),
    examine("source_trigger", Error, "Triggers by which sources and their parts are followed that are missing, off, or do not fire when they should", sources::not_followed),
    examine("staged_change", Advice, "Changes of rules and global access that wait to be applied", organization::staged),
    examine("stale_configuration", Error, "Where the configuration is a copy of another server's: that no heartbeat has come within sharing.configuration_lease, so that nobody sees anything, and what is not copied; or that there is no lease. At its publisher: that no heartbeat was written within it", copies::stale),
    ask("statistics", Error, "Statistics that others may read past the views that ask who calls", server::STATISTICS),
    ask("stronger_role", Warning, "Database roles that sign in and can become superusers or roles with BYPASSRLS, by membership or by CREATEROLE", roles::BECOME_BYPASSING),
    ask("table_owner", Warning, "Trusted roles and those of users that own protected tables or can become their owners", tables::OWNERS),
    ask("table_privilege", Warning, "Who holds REFERENCES, TRIGGER or MAINTAIN on protected tables", tables::PRIVILEGES),
    examine("trigger", Error, "Triggers of pg_sharing that are missing on protected tables", triggers::missing),
    ask("trigger_off", Error, "Triggers of pg_sharing on protected tables that are off, or do not fire when they should", protection::TRIGGERS_OFF),
    ask("truncate", Warning, "Who may TRUNCATE protected tables, which row security does not filter", tables::TRUNCATE),
    ask("trusted_role", Error, "Trusted roles that bypass row security, administer, or are or can become the database role of a user; and that there are several", roles::TRUSTED),
    ask("unprotected_child", Error, "Partitions and inheritance children of protected tables that are not protected", protection::UNPROTECTED_CHILD),
    ask("unprotected_parent", Error, "Tables from which protected ones inherit and that show their rows unfiltered", protection::UNPROTECTED_PARENT),
    examine("user_without_role", Advice, "Active users without a role, where there is a hierarchy", organization::users_without_roles),
    ask("vanished_module", Error, "Modules whose table, or a part of it, is gone, also where another has its name", protection::VANISHED),
    examine(VERSION, Error, "Whether the library and the tables of pg_sharing are of one version", nothing),
    examine("view", Error, "Views without security_invoker and rules that read protected tables", readers::views),
];
