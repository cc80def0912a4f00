//! What ARCHITECTURE.md promises of the source, and STYLE of the catalog, as far as it can be checked:
//! who uses whom, where unsafe code and errors may be, and that everything in the schema says what it is.

mod support;

use std::path::{Path, PathBuf};
use support::fresh_database;

/// Every source file below a folder, as (path from src/, text without comments and unit tests).
fn sources(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut open = vec![root.join(folder)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a readable folder");
            open.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path
                .strip_prefix(&root)
                .unwrap_or(&path)
                .display()
                .to_string();
            if name != "core/tests.rs" {
                files.push((name, code(&path)));
            }
        }
    }
    assert!(!files.is_empty(), "src/{folder} has no source");
    files
}

fn code(path: &PathBuf) -> String {
    let text = std::fs::read_to_string(path).expect("a readable file");
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = text.lines().map(|line| {
        let line = line.trim_start();
        if line.starts_with("//") { "" } else { line }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Lines of `folder` that have one of the words, but in the files excepted.
fn offenders(folder: &str, words: &[&str], except: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (file, code) in sources(folder) {
        if except.contains(&file.as_str()) {
            continue;
        }
        for (number, line) in code.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{file}:{}: {line}", number + 1));
            }
        }
    }
    found
}

fn none(offenders: Vec<String>, rule: &str) {
    assert!(offenders.is_empty(), "{rule}:\n{}", offenders.join("\n"));
}

#[test]
fn every_layer_uses_only_those_below() {
    let core = [
        "crate::catalog",
        "crate::session",
        "crate::policy",
        "crate::api",
        "crate::compat",
        "crate::process",
    ];
    none(offenders("core", &core, &[]), "core uses core alone");
    none(
        offenders("core", &["pgrx", "pg_sys", "unsafe"], &["core/mod.rs"]),
        "core knows no Postgres and nothing unsafe",
    );
    let core_mod = &sources("core/mod.rs")[0].1;
    assert!(
        core_mod.contains("#![forbid(unsafe_code)]"),
        "core forbids unsafe code"
    );
    assert!(!core_mod.contains("pgrx"), "core knows no Postgres");
    none(
        offenders(
            "catalog",
            &["crate::policy", "crate::api", "crate::session"],
            &[],
        ),
        "catalog uses core alone",
    );
    none(
        offenders("session", &["crate::policy", "crate::api"], &[]),
        "session uses catalog and core",
    );
    none(
        offenders("policy", &["crate::api"], &[]),
        "policy does not use api",
    );
}

#[test]
fn errors_are_values_until_the_edge() {
    let raising = [
        "ErrorReport",
        "ereport!",
        "error!(",
        "PgLogLevel",
        "OrRaise",
    ];
    none(
        offenders("catalog", &raising, &[]),
        "catalog raises nothing",
    );
    none(
        offenders("session", &raising, &[]),
        "session raises nothing",
    );
    none(offenders("policy", &raising, &[]), "policy raises nothing");
    none(offenders("core", &raising, &[]), "core raises nothing");
    none(
        offenders(
            "api",
            &["ErrorReport", "ereport!", "PgLogLevel"],
            &["api/raise.rs"],
        ),
        "api raises in raise.rs alone",
    );
    let panicking = [
        ".unwrap()",
        ".expect(",
        "panic!(",
        "todo!(",
        "unimplemented!(",
        "dbg!(",
        "println!(",
    ];
    none(
        offenders("", &panicking, &[]),
        "nothing that a user can cause panics",
    );
}

#[test]
fn unsafe_blocks_argue() {
    // clippy::undocumented_unsafe_blocks checks each of them; this, that nobody turned it off.
    let lib = &sources("lib.rs")[0].1;
    assert!(lib.contains("clippy::undocumented_unsafe_blocks"));
    none(
        offenders(
            "",
            &[
                "allow(clippy::undocumented_unsafe_blocks",
                "allow(unsafe_op_in_unsafe_fn",
                "#![allow(",
            ],
            &[],
        ),
        "no exceptions",
    );
}

#[test]
fn version_differences_are_in_one_file() {
    let words = ["feature = \"pg1", "feature=\"pg1"];
    none(
        offenders("", &words, &["compat.rs"]),
        "only compat.rs knows versions",
    );
}

#[test]
fn everything_in_the_schema_says_what_it_is() {
    let database = fresh_database("architecture");
    let query = "
        SELECT 'function ' || p.oid::regprocedure FROM pg_proc p
        WHERE p.pronamespace = 'sharing'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL
        UNION ALL
        SELECT 'relation ' || c.oid::regclass FROM pg_class c
        WHERE c.relnamespace = 'sharing'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p') AND obj_description(c.oid, 'pg_class') IS NULL
        UNION ALL
        SELECT 'column ' || c.oid::regclass || '.' || a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'sharing'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p') AND a.attnum > 0 AND NOT a.attisdropped
          AND col_description(c.oid, a.attnum) IS NULL
        UNION ALL
        SELECT 'type ' || t.oid::regtype FROM pg_type t
        WHERE t.typnamespace = 'sharing'::regnamespace AND t.typtype IN ('e', 'd') AND obj_description(t.oid, 'pg_type') IS NULL
        UNION ALL
        SELECT 'schema sharing' WHERE obj_description('sharing'::regnamespace, 'pg_namespace') IS NULL
        UNION ALL
        SELECT 'event trigger ' || evtname FROM pg_event_trigger WHERE obj_description(oid, 'pg_event_trigger') IS NULL
        ORDER BY 1";
    let rows = database.connect().query(query, &[]).expect(query);
    let without: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert!(without.is_empty(), "without a comment: {without:?}");
}

/// The read path writes nothing and needs no plan: it does not go through SPI.
#[test]
fn queries_on_protected_tables_use_no_spi() {
    let files = [
        "catalog/read.rs",
        "catalog/scan.rs",
        "catalog/state.rs",
        "catalog/snapshot.rs",
        "session",
        "policy/predicate.rs",
        "policy/owners.rs",
        "policy/support.rs",
        "policy/plans.rs",
        "policy/preview.rs",
        "policy/counts.rs",
        "policy/tally.rs",
        "policy/when.rs",
        "policy/records.rs",
        "policy/record_lookup.rs",
    ];
    for file in files {
        none(
            offenders(file, &["Spi::", "catalog::sql"], &[]),
            "no SPI on the read path",
        );
    }
}

/// A string of the source, with the file that it stands in.
struct Text {
    file: String,
    text: String,
}

/// Every string literal of the product. What `core` says is no SQL: it knows no Postgres.
fn texts() -> Vec<Text> {
    let mut found = Vec::new();
    for (file, code) in sources("") {
        if file.starts_with("core/") {
            continue;
        }
        let mut rest = code.as_str();
        while let Some(start) = rest.find(['"', '\'']) {
            let is_text = rest[start..].starts_with('"');
            rest = &rest[start + 1..];
            if !is_text {
                // A character or a lifetime: '"' must not be taken for the beginning of a string.
                rest = rest.strip_prefix("\"'").unwrap_or(rest);
                rest = rest.strip_prefix("\\\"'").unwrap_or(rest);
                continue;
            }
            let mut text = String::new();
            let mut characters = rest.char_indices();
            let end = loop {
                match characters.next() {
                    Some((end, '"')) => break end,
                    Some((_, '\\')) => text.extend(characters.next().map(|(_, next)| next)),
                    Some((_, other)) => text.push(other),
                    None => panic!("{file} has a string without an end"),
                }
            };
            rest = &rest[end + 1..];
            let file = file.clone();
            found.push(Text { file, text });
        }
    }
    found
}

/// Words after which SQL names a relation.
const BEFORE_RELATIONS: [&str; 7] = ["FROM", "JOIN", "INTO", "UPDATE", "USING", "TABLE", "ONLY"];

/// Pairs of words of which the second names no relation.
const OTHERWISE: [(&str, &str); 7] = [
    ("DISTINCT", "FROM"),
    ("FOR", "UPDATE"),
    ("DO", "UPDATE"),
    ("BEFORE", "UPDATE"),
    ("AFTER", "UPDATE"),
    ("ON", "UPDATE"),
    // Of a policy.
    ("PUBLIC", "USING"),
];

/// The relations that an SQL text names, and whatever stands in their place.
fn relations_in(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let word = word.trim_start_matches('(');
        let before = at.checked_sub(1).map_or("", |at| words[at]);
        if !BEFORE_RELATIONS.contains(&word) || OTHERWISE.contains(&(before, word)) {
            continue;
        }
        let lists = |word: &&str| !matches!(*word, "ONLY" | "LATERAL" | "ROWS" | "FROM" | "TABLE");
        let mut after = words[at + 1..].iter().copied().filter(lists);
        while let Some(named) = after.next() {
            found.push(named.trim_end_matches([',', ';']).to_owned());
            // `FROM a x, b y`: another one follows a comma, which may stand behind an alias.
            let is_alias = |word: &str| {
                word.trim_end_matches(',')
                    .chars()
                    .all(char::is_alphanumeric)
            };
            let ends = named.ends_with(',') && !named.contains('(')
                || after
                    .clone()
                    .next()
                    .is_some_and(|next| next.ends_with(',') && is_alias(next));
            if !ends {
                break;
            }
            if !named.ends_with(',') {
                after.next();
            }
        }
    }
    found
}

/// Whether everybody sees by the name alone that it is one of ours or PostgreSQL's: a table, a function,
/// or a statement in parentheses, whose own names are looked at as well.
fn is_ours_by_name(name: &str) -> bool {
    ["sharing.", "pg_catalog.", "(", "unnest("]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// Names that are neither, each with the file where it stands, and why it may.
const NAMED_OTHERWISE: &[(&str, &str, &str)] = &[
    ("api/modules.rs", "instead.", "a hint"),
    ("api/modules.rs", "{table}", "transfer(), as its caller"),
    (
        "policy/protection.rs",
        "{table}",
        "DDL, as the table's owner",
    ),
    ("policy/protection.rs", "PUBLIC", "a role"),
    ("catalog/store/access.rs", "{name}", "a role"),
    (
        "catalog/store/modules.rs",
        "{}",
        "LOCK TABLE, which reads nothing",
    ),
    ("catalog/store/modules.rs", "family", "named by WITH"),
    ("catalog/store/rules.rs", "{RULES_WITH_NAMES}", "a constant"),
    ("catalog/store/groups.rs", "{MEMBERS}", "a constant"),
    ("catalog/audit.rs", "{}", "rows of a change, in parentheses"),
    (
        "catalog/audit.rs",
        "{from}",
        "rows of a change, in parentheses",
    ),
    (
        "catalog/audit.rs",
        "{table}",
        "the rows of a change: old_rows, new_rows",
    ),
    (
        "catalog/audit.rs",
        "pg_event_trigger_dropped_objects()",
        "a function of pg_catalog, which is searched first",
    ),
];

/// Under elevation nothing but the extension's own tables and pg_catalog is read: a statement on another
/// table runs what its owner hung on it.
#[test]
fn statements_read_nothing_but_ours() {
    let mut unused: Vec<_> = NAMED_OTHERWISE.iter().collect();
    let mut offenders = Vec::new();
    for Text { file, text } in texts() {
        for name in relations_in(&text) {
            let is_known =
                |one: &(&str, &str, &str)| (one.0, one.1) == (file.as_str(), name.as_str());
            unused.retain(|one| !is_known(one));
            if !is_ours_by_name(&name) && !NAMED_OTHERWISE.iter().any(is_known) {
                offenders.push(format!("{file}: {name} in: {text}"));
            }
        }
    }
    none(
        offenders,
        "statements name tables of sharing and pg_catalog alone",
    );
    assert!(unused.is_empty(), "no longer there: {unused:?}");
}

/// A cast to a type of the application's runs the checks of a domain.
#[test]
fn statements_cast_to_no_type_of_the_applications() {
    let may = [
        // transfer(), as its caller.
        ("api/modules.rs", "::{key_type}"),
        ("api/modules.rs", "::{}{cleared}"),
        // The base type of a column: see `when_arm`.
        ("api/ddl.rs", "{}::{compared}"),
    ];
    let casts = texts().into_iter().filter(|one| one.text.contains("::{"));
    let offenders = casts.filter(|one| {
        let is_one = |(file, cast): &(&str, &str)| one.file == *file && one.text.contains(cast);
        !may.iter().any(is_one)
    });
    let offenders = offenders.map(|one| format!("{}: {}", one.file, one.text));
    none(
        offenders.collect(),
        "types in statements are PostgreSQL's own",
    );
}

/// What changes a table of the application's runs as its owner, and whoever acts as somebody else does so
/// in one place.
#[test]
fn tables_are_changed_as_their_owners() {
    let ddl = [
        "ALTER ",
        "CREATE ",
        "DROP ",
        "GRANT ",
        "REVOKE ",
        "TRUNCATE ",
        "COMMENT ON ",
        "SECURITY LABEL ",
    ];
    let may = [
        // Made into `catalog::ddl::Ddl`, which runs as the owner of its table.
        "policy/protection.rs",
        // On the extension's own tables, and told to no event trigger.
        "catalog/store/access.rs",
    ];
    let is_ddl = |one: &Text| {
        ddl.iter()
            .any(|word| one.text.trim_start().starts_with(word))
    };
    // In hints, statements are for people.
    let is_hint = |one: &Text| one.text.contains("CREATE TABLE AS") || one.text.ends_with('.');
    let found = texts()
        .into_iter()
        .filter(|one| is_ddl(one) && !is_hint(one));
    let found = found.filter(|one| !may.contains(&one.file.as_str()));
    let found = found.map(|one| format!("{}: {}", one.file, one.text));
    none(found.collect(), "DDL is made for catalog::ddl");
    none(
        offenders_but("SetUserIdAndSecContext", "catalog/elevation.rs"),
        "identities change in elevation.rs",
    );
    none(
        offenders_but("TableOwner::of", "catalog/ddl.rs"),
        "as the owner of a table runs DDL alone",
    );
}

fn offenders_but(word: &str, file: &str) -> Vec<String> {
    offenders("", &[word], &[file])
}
