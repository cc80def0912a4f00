//! What ARCHITECTURE.md promises of the source, and what the catalog has to say of itself, as far as it can be checked:
//! who uses whom, where unsafe code and errors may be, and that everything in the schema says what it is.

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use support::fresh_database;
use support::sources::{Uses, indented_sources, sources, without_tests};

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

/// The rooms of the house, by how their files begin; each uses those before it, and itself.
const ROOMS: [&str; 11] = [
    "core/",
    "pg/",
    "catalog/read/",
    "catalog/write/",
    "session/",
    "policy/",
    "sources/",
    "tables/",
    "api/",
    "executor.rs",
    "lib.rs",
];

fn room(file: &str) -> Option<usize> {
    ROOMS.iter().position(|room| file.starts_with(room))
}

#[test]
fn rooms_use_those_below() {
    let mut found = Vec::new();
    for (file, used) in Uses::of(&sources("")).0 {
        let Some(at) = room(&file) else {
            // What is in no room has none of its own, and holds rooms.
            assert!(
                file.ends_with("/mod.rs") && used.is_empty(),
                "{file} is in no room"
            );
            continue;
        };
        let above = used.iter().filter(|other| room(other) > Some(at));
        found.extend(above.map(|other| format!("{file} uses {other}")));
    }
    none(
        found,
        "who uses whom, from below: core, pg, catalog::read, catalog::write, session, policy, sources, tables, api, executor, lib",
    );
}

#[test]
fn nothing_goes_in_circles() {
    none(
        Uses::of(&sources("")).circles(),
        "files and folders that use each other in a circle",
    );
}

#[test]
fn circles_and_uses_are_recognized() {
    let source = |file: &str, code: &str| (file.to_owned(), code.to_owned());
    let uses = Uses::of(&[
        source("lib.rs", "mod a;"),
        source("a/mod.rs", "pub mod b;\npub mod c;\npub use b::{One, Two};"),
        source("a/b.rs", "use crate::d::{\nself,\ne::{F, G}};"),
        source("a/c.rs", "fn f() { super::Two::make() }"),
        source("d/mod.rs", "pub mod e;"),
        source("d/e.rs", "use crate::a::One;"),
    ]);
    let used = |file: &str| uses.0[file].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(used("a/b.rs"), ["d/e.rs", "d/mod.rs"]);
    assert_eq!(used("a/c.rs"), ["a/b.rs"], "through what mod.rs passes on");
    assert_eq!(used("d/e.rs"), ["a/b.rs"]);
    assert_eq!(
        uses.circles(),
        ["a <-> d: a/b.rs -> d/e.rs", "d <-> a: d/e.rs -> a/b.rs"]
    );
    let tested = "mod a;\n#[cfg(test)]\nmod tests;\n// b\n  c();\n#[cfg(test)]\nmod more {\n}";
    assert_eq!(without_tests(tested), "mod a;\n\nc();");
}

/// What is longer has more than one subject.
#[test]
fn files_have_one_subject() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let length = |file: &str| {
        let text = std::fs::read_to_string(root.join(file)).expect("a readable file");
        text.lines().count()
    };
    let files = sources("")
        .into_iter()
        .map(|(file, _)| (length(&file), file));
    let long = files.filter(|&(length, _)| length > 500);
    none(
        long.map(|(length, file)| format!("{file}: {length} lines"))
            .collect(),
        "files of more than 500 lines",
    );
}

/// What a line declares, by the word before the name: `fn`, `struct`, …
fn declared<'a>(line: &'a str, kinds: &[&str]) -> Option<&'a str> {
    let mut words = line
        .split(|c: char| c.is_whitespace() || "(<:;={".contains(c))
        .filter(|word| !word.is_empty());
    let before = ["pub", "crate)", "super)", "const", "unsafe", "extern"];
    let mut words = words
        .by_ref()
        .skip_while(|word| before.contains(word) || word.starts_with('"'));
    words.next().filter(|word| kinds.contains(word))?;
    words.next()
}

/// One word, one thing: nobody who reads a type's name has to ask which of several it is.
#[test]
fn each_type_has_a_name_of_its_own() {
    let mut types: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (file, code) in indented_sources() {
        for line in code.lines() {
            // Those with indentation are the types that a trait asks for.
            let name = declared(line, &["type"])
                .filter(|_| !line.starts_with(' '))
                .or_else(|| declared(line.trim_start(), &["struct", "enum", "trait", "union"]));
            if let Some(name) = name {
                types.entry(name.to_owned()).or_default().push(file.clone());
            }
        }
    }
    assert!(types.len() > 200, "{} types", types.len());
    let repeated = types.iter().filter(|(_, files)| files.len() > 1);
    none(
        repeated
            .map(|(name, files)| format!("{name}: {}", files.join(", ")))
            .collect(),
        "types of the same name",
    );
}

/// Lines of code, without comments, from the name of a function to its last brace.
fn lengths_of_functions(code: &str) -> Vec<(&str, usize)> {
    let lines: Vec<&str> = code.lines().collect();
    let mut lengths = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = declared(line.trim_start(), &["fn"]) else {
            continue;
        };
        let indentation = &line[..line.len() - line.trim_start().len()];
        let is_end = |line: &&str| {
            let rest = line.strip_prefix(indentation).unwrap_or_default();
            rest == "}" || rest.ends_with(';') && !rest.starts_with(' ')
        };
        let rest = &lines[at..];
        let length = rest.iter().position(is_end).unwrap_or_default();
        let counted = rest[..=length]
            .iter()
            .filter(|line| !line.trim().is_empty());
        lengths.push((name, counted.count()));
    }
    lengths
}

/// What is longer has more than one subject.
#[test]
fn functions_have_one_subject() {
    let (mut functions, mut long) = (0, Vec::new());
    for (file, code) in indented_sources() {
        for (name, length) in lengths_of_functions(&code) {
            functions += 1;
            if length > 80 {
                long.push(format!("{file}: {name}: {length} lines"));
            }
        }
    }
    assert!(functions > 1000, "{functions} functions");
    none(long, "functions of more than 80 lines");
}

#[test]
fn declarations_are_recognized() {
    for (line, expected) in [
        ("pub(super) const unsafe fn one<T>(a: T) {", Some("one")),
        ("pub unsafe extern \"C-unwind\" fn two(", Some("two")),
        ("struct Three(u8);", None),
        ("let fn_extra = 1;", None),
    ] {
        assert_eq!(declared(line, &["fn"]), expected, "{line}");
    }
    assert_eq!(
        declared("pub type Four<'a> = &'a u8;", &["type"]),
        Some("Four")
    );
    let code = "fn a();\n    fn b() {\n        {\n        }\n\n        c();\n    }\nfn d() {\n}";
    assert_eq!(lengths_of_functions(code), [("a", 1), ("b", 5), ("d", 2)]);
}

/// A statement is read on a screen.
#[test]
fn statements_fit_a_screen() {
    let words = ["SELECT ", " FROM ", " JOIN ", " WHERE ", "INSERT INTO "];
    let long = indented_sources().into_iter().flat_map(|(file, code)| {
        let lines: Vec<String> = code
            .lines()
            .filter(|line| {
                line.chars().count() > 160 && words.iter().any(|word| line.contains(word))
            })
            .map(|line| format!("{file}: {line}"))
            .collect();
        lines
    });
    none(long.collect(), "lines of SQL with more than 160 characters");
}

/// What several files would otherwise spell out, each in its own way.
#[test]
fn what_is_needed_often_is_in_one_place() {
    for (word, file, rule) in [
        (
            "get_namespace_name",
            "pg/names.rs",
            "names of tables with their schemas",
        ),
        (
            "fn_extra",
            "policy/rows/call_site.rs",
            "what a call keeps from row to row",
        ),
        (
            "xactCompletionCount",
            "pg/compat.rs",
            "how many transactions were completed",
        ),
        (
            "shared_memory::store",
            "catalog/read/shared.rs",
            "what sessions share",
        ),
        (
            "acl_ok",
            "policy/planner/estimates.rs",
            "what may be asked of statistics",
        ),
        (
            "configuration.tables.get(&relation",
            "catalog/read/state.rs",
            "the table of a module",
        ),
    ] {
        none(offenders("", &[word], &[file]), rule);
        assert!(
            !offenders(file, &[word], &[]).is_empty(),
            "{word} in {file}"
        );
    }
}

#[test]
fn core_knows_no_postgres() {
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
}

#[test]
fn errors_are_values_until_the_edge() {
    // Nothing below api may use it, by the rooms.
    let reporting = ["ErrorReport", "ereport!", "error!(", "PgLogLevel"];
    none(
        offenders("", &reporting, &["api/raise.rs", "pg/notices.rs"]),
        "errors are raised in api/raise.rs alone",
    );
    none(
        offenders(
            "pg/notices.rs",
            &["PgLogLevel::ERROR", "FATAL", "PANIC"],
            &[],
        ),
        "notices keep nobody from going on",
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

/// Records in shards of Citus are read through Citus, as the caller, by nothing that policies ask.
const SHARDS: &str = "policy/records/shards.rs";

/// The read path writes nothing and needs no plan: it does not go through SPI.
#[test]
fn queries_on_protected_tables_use_no_spi() {
    for room in ["catalog/read", "session", "policy"] {
        none(
            offenders(room, &["Spi", "write::sql"], &[SHARDS]),
            "no SPI on the read path",
        );
    }
    let elsewhere = ROOMS.iter().filter(|&&room| room != "catalog/write/");
    for room in elsewhere {
        none(
            offenders(room, &["Spi"], &[SHARDS]),
            "statements run by what catalog::write has",
        );
    }
}

/// What mends something that the doctor finds is for people to run, and is run nowhere in these files.
fn is_for_people(file: &str) -> bool {
    let rooms = ["core/checkup/", "tables/doctor/", "catalog/write/doctor/"];
    rooms.iter().any(|room| file.starts_with(room))
}

/// The doctor only reads.
#[test]
fn the_doctor_changes_nothing() {
    let rooms = ["core/checkup", "tables/doctor", "catalog/write/doctor"];
    let words = [
        "Change::", "Ddl", "run_all", "execute(", " rows(", "update(",
    ];
    for room in rooms {
        assert!(!sources(room).is_empty(), "{room}");
        none(
            offenders(room, &words, &[]),
            "the doctor reads by read_rows",
        );
    }
    let reads_only = "ReadsOnly::begin()";
    let file = "tables/doctor/examination.rs";
    assert!(!offenders(file, &[reads_only], &[]).is_empty(), "{file}");
}

/// What is looked for by an index that is gone is not found.
#[test]
fn the_doctor_looks_after_the_indexes_that_are_asked() {
    let doctor = &sources("catalog/write/doctor/own.rs")[0].1;
    let ends = ["_idx", "_pkey", "_key"];
    let is_index = |name: &str| !name.contains('.') && ends.iter().any(|end| name.ends_with(end));
    let mut indexes = std::collections::BTreeSet::new();
    for (_, code) in sources("") {
        let names = code
            .split("c\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        indexes.extend(names.filter(|name| is_index(name)).map(str::to_owned));
    }
    assert!(indexes.len() > 15, "{indexes:?}");
    let list = doctor
        .split("unnest('{")
        .nth(1)
        .and_then(|rest| rest.split('}').next());
    let list: Vec<&str> = list.unwrap_or_default().split(',').map(str::trim).collect();
    let missing: Vec<String> = indexes
        .into_iter()
        .filter(|name| !list.contains(&name.as_str()))
        .collect();
    none(missing, "indexes that are asked and not looked after");
}

/// Whoever wants to know what our tables say asks the catalog.
#[test]
fn statements_on_our_tables_are_in_the_catalog() {
    let ours = [
        " sharing.",
        "(sharing.",
        "'sharing.",
        ",sharing.",
        "\"sharing.",
    ];
    let begins = [
        "SELECT ",
        "INSERT ",
        "UPDATE ",
        "DELETE ",
        "LOCK ",
        "WITH ",
        "TRUNCATE ",
    ];
    let mut found = Vec::new();
    for (file, code) in sources("") {
        if file.starts_with("catalog/") || is_for_people(&file) {
            continue;
        }
        let statements = literals(&code).into_iter().filter(|text| {
            begins
                .iter()
                .any(|word| text.trim_start().starts_with(word))
                && ours.iter().any(|name| text.contains(name))
        });
        found.extend(statements.map(|text| format!("{file}: {text}")));
    }
    none(
        found,
        "statements on tables of sharing outside of the catalog",
    );
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
    (
        "catalog/write/conversions.rs",
        "dependent",
        "a subquery with a name",
    ),
    ("catalog/write/renewal.rs", "new", "a subquery with a name"),
    (SHARDS, "{table}", "as the caller, before a record is held"),
    (SHARDS, "{table}{condition}", "as the caller"),
    (
        "catalog/write/doctor/sources.rs",
        "family",
        "the tables of sources and of what belongs to them, by their own query",
    ),
    (
        "catalog/write/held.rs",
        "{sources}",
        "a subquery on sharing.sources without those that are leaving",
    ),
    (
        "catalog/write/source_views.rs",
        "{view}",
        "as the view's owner, in a security-restricted operation",
    ),
    (
        "catalog/write/sources.rs",
        "{}",
        "locked by their names, which reads nothing of them",
    ),
    (
        "catalog/write/source_members.rs",
        "within",
        "a subquery with a name",
    ),
    (
        "catalog/write/source_members.rs",
        "edges",
        "a subquery with a name",
    ),
    (
        "catalog/write/source_parts.rs",
        "family",
        "a subquery with a name, on our tables and pg_catalog",
    ),
    (
        "catalog/write/source_parts.rs",
        "named",
        "a subquery with a name, on pg_catalog",
    ),
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
        "tables/transfer.rs",
        "{table}",
        "transfer() acts as its caller",
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
/// them that PostgreSQL would run with their rights.
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
        SHARDS,                            // To the type below all domains, as the caller.
        "tables/record_keys.rs",           // transfer() acts as its caller.
        "tables/transfer.rs",              // The same.
        "tables/module_policies.rs",       // To the type below all domains.
        "policy/text/criteria.rs",         // To the type below all domains.
        "catalog/write/partition_keys.rs", // To the type below all domains, as the table's owner.
        "catalog/write/without_owner.rs",  // A hint: whoever follows it acts as themselves.
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
        "policy/text/triggers.rs",
        "sources/triggers.rs",
        "catalog/write/source_parts.rs",
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
        if file.starts_with("core/") || is_for_people(&file) {
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
            "as the owner of a table runs DDL alone, and what chooses its partitions; as that of a view, what it shows",
        ),
    ] {
        none(
            offenders(
                "",
                &[word],
                &[
                    file,
                    "catalog/write/partition_keys.rs",
                    "catalog/write/source_views.rs",
                ],
            ),
            rule,
        );
    }
}

/// The code spans of a document, outside of its code blocks.
fn code_spans(text: &str) -> Vec<&str> {
    let mut is_code = false;
    let prose = text.lines().filter(|line| {
        is_code ^= line.starts_with("```");
        !is_code
    });
    prose
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect()
}

/// Whether a name such as `folder::file::Thing` is declared below src/.
fn is_declared(name: &str) -> bool {
    let mut place = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut names = name.split("::").peekable();
    while let Some(name) = names.peek().filter(|name| {
        let inside = place.join(name);
        inside.is_dir() || inside.with_extension("rs").is_file()
    }) {
        place.push(name);
        names.next();
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    if place == root {
        return false;
    }
    let folder = place.strip_prefix(&root).expect("a place below src");
    let mut files = Vec::new();
    for path in [folder.to_owned(), folder.with_extension("rs")] {
        if root.join(&path).exists() {
            files.extend(sources(&path.display().to_string()));
        }
    }
    let declares = |code: &str, name: &str| {
        let words: Vec<&str> = code
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .collect();
        let kinds = ["fn", "struct", "enum", "trait", "const", "static", "type"];
        words
            .windows(2)
            .any(|pair| kinds.contains(&pair[0]) && pair[1] == name)
    };
    names.all(|name| files.iter().any(|(_, code)| declares(code, name)))
}

/// What the documents name of the repository is there, so that somebody new finds it.
#[test]
fn every_name_in_the_documents_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("ARCHITECTURE.md"), root.join("CONTRIBUTING.md")];
    let mut open = vec![root.join("docs")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).expect("a readable folder") {
            let path = entry.expect("an entry").path();
            match path.extension() {
                None if path.is_dir() => open.push(path),
                Some(extension) if extension == "md" => pages.push(path),
                _ => {}
            }
        }
    }
    let is_name = |span: &str| {
        span.contains("::")
            && span.split("::").all(|part| {
                !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_')
            })
    };
    // Other pages also name things of other people.
    let is_room = |span: &str| {
        let first = span.split("::").next().unwrap_or_default();
        root.join("src").join(first).is_dir()
    };
    let folders = ["src/", "tests/", "docs/", "scripts/", "sql/", "bench/"];
    let (mut paths, mut names, mut lost) = (0, 0, Vec::new());
    for page in pages {
        let text = std::fs::read_to_string(&page).expect("a readable file");
        for span in code_spans(&text) {
            let leads = if folders.iter().any(|folder| span.starts_with(folder)) {
                paths += 1;
                // Of a pattern, its folder.
                let path = span.split('*').next().unwrap_or_default();
                root.join(path).exists()
            } else if is_name(span) && (page.ends_with("ARCHITECTURE.md") || is_room(span)) {
                names += 1;
                is_declared(span)
            } else {
                true
            };
            if !leads {
                lost.push(format!("{}: {span}", page.display()));
            }
        }
    }
    assert!(paths > 20 && names > 40, "{paths} paths, {names} names");
    none(lost, "what documents name is there");
}

/// The rooms of ARCHITECTURE.md are those that there are.
#[test]
fn the_rooms_are_drawn_as_they_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("ARCHITECTURE.md")).expect("a readable file");
    assert!(text.lines().count() < 150, "ARCHITECTURE.md is to be read");
    let drawing = text.split("```").nth(1).expect("a drawing");
    let mut drawn = Vec::new();
    let mut above = String::new();
    for line in drawing.lines().filter(|line| line.contains('/')) {
        let name = line.split_whitespace().next().unwrap_or_default();
        let is_inside = line.starts_with("  ") && !line.starts_with("   ");
        if is_inside && name.ends_with('/') {
            drawn.push(format!("{above}{name}"));
        } else if line.starts_with(name) && name.contains('/') {
            name.clone_into(&mut above);
            drawn.push(name.to_owned());
        }
    }
    let lost: Vec<String> = drawn
        .iter()
        .filter(|path| !root.join(path).exists())
        .cloned()
        .collect();
    none(lost, "drawn rooms are there");
    let folders = |folder: &str| {
        let entries = std::fs::read_dir(root.join(folder)).expect("a readable folder");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        let folders = paths.filter(|path| path.is_dir());
        let named = folders.map(|path| format!("{}/", path.strip_prefix(root).unwrap().display()));
        named.collect::<Vec<String>>()
    };
    let rooms = ["src", "src/catalog", "src/policy"].map(folders).concat();
    let missing: Vec<String> = rooms
        .into_iter()
        .filter(|room| !drawn.contains(room))
        .collect();
    none(missing, "every room is drawn");
}
