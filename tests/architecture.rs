//! What ARCHITECTURE.md promises of the source, and what the catalog has to say of itself, as far as it can be checked:
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
        "crate::tables",
        "crate::pg::",
        "crate::executor",
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
            &[
                "crate::policy",
                "crate::api",
                "crate::session",
                "crate::tables",
            ],
            &[],
        ),
        "catalog uses core alone",
    );
    none(
        offenders(
            "session",
            &["crate::policy", "crate::api", "crate::tables"],
            &[],
        ),
        "session uses catalog and core",
    );
    none(
        offenders("policy", &["crate::api", "crate::tables"], &[]),
        "policy uses neither tables nor api",
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
        offenders("", &words, &["pg/compat.rs"]),
        "only pg/compat.rs knows versions",
    );
}

#[test]
fn everything_in_the_schema_says_what_it_is() {
    let database = fresh_database("architecture");
    let query = "
        SELECT 'function ' || p.oid::regprocedure FROM pg_proc p
        WHERE p.pronamespace IN ('sharing'::regnamespace, 'sharing_internal'::regnamespace) AND obj_description(p.oid, 'pg_proc') IS NULL
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
        SELECT 'schema ' || n FROM unnest('{sharing,sharing_internal}'::regnamespace[]) n WHERE obj_description(n, 'pg_namespace') IS NULL
        UNION ALL
        SELECT 'event trigger ' || evtname FROM pg_event_trigger WHERE obj_description(oid, 'pg_event_trigger') IS NULL
        ORDER BY 1";
    let rows = database.connect().query(query, &[]).expect(query);
    let without: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert!(without.is_empty(), "without a comment: {without:?}");
}

/// Who may do what is decided in core alone: a grant that is added there holds everywhere.
#[test]
fn nothing_but_core_decides() {
    let words = [
        "Right::",
        "global_access",
        "view_all",
        "edit_all",
        "Permissions",
        "RuleAccess",
    ];
    none(
        offenders("policy", &words, &[]),
        "policy asks core::decision and core::ordinary, and knows no grant by its name",
    );
}

/// The read path writes nothing and needs no plan: it does not go through SPI.
#[test]
fn queries_on_protected_tables_use_no_spi() {
    let files = [
        "catalog/read/configuration.rs",
        "catalog/read/scan.rs",
        "catalog/read/state.rs",
        "catalog/read/snapshot.rs",
        "session",
        "policy/rows/predicate.rs",
        "policy/sets/owners.rs",
        "policy/planner/support.rs",
        "policy/plans/dependent.rs",
        "policy/preview/changes.rs",
        "policy/preview/counts.rs",
        "policy/preview/tally.rs",
        "policy/records/when.rs",
        "policy/records/reading.rs",
        "policy/records/record_lookup.rs",
    ];
    for file in files {
        none(
            offenders(file, &["Spi::", "catalog::write::sql"], &[]),
            "no SPI on the read path",
        );
    }
}

/// The string literals of a source.
fn literals(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut characters = code.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            // A character, which may be a quote; a lifetime has no end of that kind.
            '\'' => {
                let rest: Vec<char> = characters.clone().take(3).collect();
                let skipped = match rest.as_slice() {
                    ['\\', _, '\''] => 3,
                    [_, '\'', ..] => 2,
                    _ => 0,
                };
                characters.by_ref().take(skipped).for_each(drop);
            }
            '"' => {
                let mut literal = String::new();
                while let Some(character) = characters.next() {
                    match character {
                        '"' => break,
                        '\\' => literal.extend(characters.next()),
                        other => literal.push(other),
                    }
                }
                found.push(literal);
            }
            _ => {}
        }
    }
    found
}

/// The values of the constants of a source that are one literal, by their names.
fn constants(code: &str) -> Vec<(String, String)> {
    let declared = code.split("const ").skip(1).filter_map(|rest| {
        let (name, rest) = rest.split_once(": &str =")?;
        let value = literals(rest.split_once(';')?.0).into_iter().next()?;
        Some((name.to_owned(), value))
    });
    declared.collect()
}

/// Words with the dots, braces and dollar signs in them, and everything else character by character.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut in_word = false;
    for character in text.chars() {
        let is_word = character.is_alphanumeric() || "_.{}$".contains(character);
        match tokens.last_mut() {
            Some(last) if is_word && in_word => last.push(character),
            _ if !character.is_whitespace() => tokens.push(character.to_string()),
            _ => {}
        }
        in_word = is_word;
    }
    tokens
}

/// What stands where SQL names relations: everything that is not certainly of the extension, of
/// pg_catalog, a function, or a subquery, whose own names stand further on.
fn foreign_relations(sql: &str) -> Vec<String> {
    let tokens = tokens(sql);
    let at = |n: usize| tokens.get(n).map_or("", String::as_str);
    let mut foreign = Vec::new();
    for (n, word) in tokens.iter().enumerate() {
        let (before, next) = (n.checked_sub(1).map_or("", at), at(n + 1));
        let names_relation = match word.as_str() {
            "FROM" => before != "DISTINCT" && !sql.contains("REVOKE "),
            "JOIN" | "INTO" => true,
            "USING" => next != "(",
            "UPDATE" => before != "FOR" && next != "SET" && sql.contains(" SET "),
            "TABLE" => before == "LOCK" || before == "TRUNCATE",
            _ => false,
        };
        if !names_relation {
            continue;
        }
        let mut place = n + 1;
        loop {
            while ["ONLY", "LATERAL", "ROWS", "FROM"].contains(&at(place)) {
                place += 1;
            }
            // Inside of parentheses either a subquery begins, or a function's arguments, or a hole.
            if at(place) == "(" && at(place + 1).starts_with('{') {
                place += 1;
            }
            let name = at(place);
            let is_call =
                at(place + 1) == "(" && ["FROM", "JOIN", "USING"].contains(&word.as_str());
            let is_known = name.starts_with("sharing.") && name.len() > "sharing.".len()
                || name.starts_with("pg_catalog.")
                || name == "("
                || is_call && !name.contains('{');
            if !is_known {
                foreign.push(name.to_owned());
            }
            // To the comma after this item, if another follows.
            let mut depth = 0;
            while place < tokens.len() {
                match at(place) {
                    "(" => depth += 1,
                    ")" => depth -= 1,
                    _ => {}
                }
                let ends = [
                    "WHERE", "JOIN", "ON", "SET", "GROUP", "ORDER", "SELECT", "IN", "UNION",
                ];
                if depth < 0 || depth == 0 && (at(place) == "," || ends.contains(&at(place))) {
                    break;
                }
                place += 1;
            }
            // INSERT INTO and UPDATE name one relation.
            if at(place) != ","
                || depth != 0
                || !["FROM", "USING", "TABLE"].contains(&word.as_str())
            {
                break;
            }
            place += 1;
        }
    }
    foreign
}

/// Where statements name other relations than those of the extension and of pg_catalog, and why they may.
const OTHER_RELATIONS: &[(&str, &str, &str)] = &[
    ("catalog/write/renewal.rs", "new", "a subquery with a name"),
    (
        "catalog/write/foreign_version.rs",
        "family",
        "a subquery with a name, on pg_catalog",
    ),
    (
        "catalog/write/foreign_version.rs",
        "named",
        "a subquery with a name, on pg_catalog",
    ),
    (
        "api/transfer.rs",
        "{table}",
        "transfer() acts as its caller",
    ),
    (
        "catalog/write/audit.rs",
        "{table}",
        "a table of the extension or a transition table of one",
    ),
    ("catalog/write/audit.rs", "{from}", "subqueries on these"),
    ("catalog/write/audit.rs", "{}", "subqueries on these"),
    (
        "catalog/write/tables.rs",
        "family",
        "a subquery with a name, on pg_catalog",
    ),
    ("catalog/write/change.rs", "{}", "LOCK TABLE reads nothing"),
    (
        "catalog/write/own_tables.rs",
        "family",
        "a subquery with a name, on pg_catalog",
    ),
    (
        "catalog/write/readers.rs",
        "readers",
        "a subquery with a name, on pg_catalog",
    ),
    ("policy/text/protection.rs", "", "the USING of a policy"),
];

/// What runs as the extension's owner reads nobody else's tables: their owners could hang code on
/// them that PostgreSQL would run with his rights.
#[test]
fn statements_read_tables_of_the_extension_alone() {
    let mut found = Vec::new();
    let sources = sources("");
    let elsewhere: Vec<_> = sources
        .iter()
        .flat_map(|(_, code)| constants(code))
        .collect();
    for (file, code) in &sources {
        let constants: Vec<_> = constants(code)
            .into_iter()
            .chain(elsewhere.clone())
            .collect();
        for mut literal in literals(code) {
            // A constant may hold others.
            for (name, value) in constants.iter().chain(&constants) {
                literal = literal.replace(&format!("{{{name}}}"), value);
            }
            found.extend(
                foreign_relations(&literal)
                    .into_iter()
                    .map(|name| (file.clone(), name, literal.clone())),
            );
        }
    }
    let is_excepted = |file: &str, name: &str| {
        let mut all = OTHER_RELATIONS.iter();
        all.any(|(in_file, relation, _)| *in_file == file && *relation == name)
    };
    let offenders: Vec<String> = found
        .iter()
        .filter(|(file, name, _)| !is_excepted(file, name))
        .map(|(file, name, literal)| format!("{file}: {name} in {literal}"))
        .collect();
    none(
        offenders,
        "statements name relations by sharing. or pg_catalog.",
    );
    for &(file, relation, reason) in OTHER_RELATIONS {
        assert!(
            found
                .iter()
                .any(|(in_file, name, _)| in_file == file && name == relation),
            "{file} names {relation} no longer ({reason}): strike it from the exceptions"
        );
    }
}

/// A conversion to a type that a statement does not spell out may be one to a domain, whose checks are
/// somebody's code.
#[test]
fn statements_convert_to_types_that_they_name() {
    let excepted = [
        "api/transfer.rs",                 // transfer() acts as its caller.
        "tables/module_policies.rs",       // To the type below all domains.
        "catalog/write/partition_keys.rs", // To the type below all domains, as the table's owner.
        "catalog/write/without_owner.rs",  // A hint: whoever follows it acts as himself.
    ];
    let converts = |literal: &String| {
        literal.contains("::{") || literal.contains("CAST(") && literal.contains("AS {")
    };
    for (file, code) in sources("") {
        let found: Vec<String> = literals(&code).into_iter().filter(converts).collect();
        if excepted.contains(&file.as_str()) {
            assert!(!found.is_empty(), "strike {file} from the exceptions");
        } else {
            none(
                found,
                &format!("{file} converts to a type that may be a domain"),
            );
        }
    }
}

#[test]
fn foreign_relations_are_recognized() {
    for (sql, expected) in [
        ("SELECT FROM sharing.users u, pg_catalog.pg_class c", vec![]),
        ("SELECT FROM sharing.users u, leads", vec!["leads"]),
        (
            "SELECT FROM unnest($1::int4[]) d (a, b) JOIN leads l ON true",
            vec!["leads"],
        ),
        (
            "SELECT FROM ONLY {table} WHERE id = $1 FOR KEY SHARE",
            vec!["{table}"],
        ),
        (
            "DELETE FROM sharing.shares s USING {table} t",
            vec!["{table}"],
        ),
        ("SELECT EXISTS (SELECT FROM leads)", vec!["leads"]),
        (
            "SELECT a IS DISTINCT FROM b FROM ({rows}) r",
            vec!["{rows}"],
        ),
        ("INSERT INTO leads (a) SELECT 1", vec!["leads"]),
        ("UPDATE leads SET a = 1", vec!["leads"]),
        (
            "LOCK TABLE sharing.links, leads IN SHARE MODE",
            vec!["leads"],
        ),
        ("SELECT FROM {}", vec!["{}"]),
    ] {
        assert_eq!(foreign_relations(sql), expected, "{sql}");
    }
    assert_eq!(
        literals(r#"let a = '"'; f("one \"two\"", 'x', "three")"#),
        ["one \"two\"", "three"]
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
        "policy/text/protection.rs",
        "catalog/write/ours.rs",
        "catalog/write/own_tables.rs",
        "catalog/write/dropped_tables.rs",
        "catalog/write/access.rs",
    ];
    // Inside of format() as well, which fills in names.
    let is_ddl = |text: &String| {
        let text = text.trim_start();
        let formatted = text.split_once("format('").map_or("", |(_, rest)| rest);
        ddl.iter()
            .any(|word| text.starts_with(word) || formatted.starts_with(word))
    };
    // A tag of a command is none, and in hints, statements are for people.
    let is_hint = |text: &String| text.split(' ').count() < 3 || text.ends_with('.');
    let mut found = Vec::new();
    for (file, code) in sources("") {
        if file.starts_with("core/") {
            continue;
        }
        let statements: Vec<String> = literals(&code)
            .into_iter()
            .filter(|text| is_ddl(text) && !is_hint(text))
            .collect();
        if may.contains(&file.as_str()) {
            let is_made_to_run = code.contains("Ddl") || code.contains("run_quietly");
            assert!(
                !statements.is_empty() && is_made_to_run,
                "strike {file} from the exceptions"
            );
        } else {
            found.extend(statements.into_iter().map(|one| format!("{file}: {one}")));
        }
    }
    none(found, "DDL is made for catalog::write::ddl");
    for (word, file, rule) in [
        (
            "SetUserIdAndSecContext",
            "catalog/write/elevation.rs",
            "identities change in elevation.rs",
        ),
        (
            "TableOwner::of",
            "catalog/write/ddl.rs",
            "as the owner of a table runs DDL alone, and what chooses its partitions",
        ),
    ] {
        none(
            offenders("", &[word], &[file, "catalog/write/partition_keys.rs"]),
            rule,
        );
    }
}
