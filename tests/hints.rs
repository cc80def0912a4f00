//! HINTs and messages name calls: each one in the sources is a function of the schema with such
//! arguments, and those that are filled in when they are raised were raised and run by
//! tests/sql/hints_run.sql, or, as what mends a finding of the doctor, by tests/sql/doctor_*.sql.

mod support;

use std::path::{Path, PathBuf};

/// Every source file, without comments and unit tests.
fn sources() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a readable folder");
            open.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a readable file");
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            let code = text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            let code = code.collect::<Vec<_>>().join("\n");
            files.push((path, code));
        }
    }
    files
}

/// Calls as texts name them: `sharing.create_user(key, name)` as its name and its arguments.
fn calls(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("sharing.") {
        let rest = &text[at + "sharing.".len()..];
        let name: String = rest
            .chars()
            .take_while(|c| c.is_ascii_lowercase() || *c == '_')
            .collect();
        let Some(arguments) = rest[name.len()..].strip_prefix('(') else {
            continue;
        };
        // A part of a call, as in a pattern, is none.
        let arguments = arguments.split(')').next().unwrap_or_default();
        let is_whole = arguments.matches('\'').count() % 2 == 0;
        if is_whole && !name.is_empty() {
            found.push((name, arguments.to_owned()));
        }
    }
    found
}

/// Whether an argument stands for one that the reader has to put in.
fn is_placeholder(argument: &str) -> bool {
    let value = argument.split("=>").last().unwrap_or_default().trim();
    value.starts_with(|c: char| c.is_ascii_lowercase()) && value != "true" && value != "false"
}

/// Whether something is put in when the text is made. JSON has braces, too.
fn is_filled_in(arguments: &str) -> bool {
    let mut holes = arguments.split('{').skip(1);
    holes.any(|rest| rest.starts_with(|c: char| c == '}' || c.is_ascii_lowercase()))
}

/// What the doctor finds, and what mends that: run by tests of its own.
fn is_of_the_doctor(path: &Path) -> bool {
    path.iter()
        .any(|part| part == "checkup" || part == "doctor")
}

/// What tests of these names put out.
fn outputs(is_wanted: impl Fn(&str) -> bool) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expected");
    let entries = std::fs::read_dir(folder).expect("a readable folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let wanted = paths.filter(|path| {
        path.file_name()
            .is_some_and(|name| is_wanted(&name.to_string_lossy()))
    });
    let texts = wanted.map(|path| std::fs::read_to_string(path).expect("a readable file"));
    texts.collect::<Vec<_>>().join("\n")
}

#[test]
fn calls_in_texts_are_calls_of_functions() {
    let database = support::fresh_database("hints");
    let rows = database
        .connect()
        .query(
            "SELECT proname::text, coalesce(proargnames[1:pronargs], '{}')::text[], pronargdefaults::int FROM pg_proc WHERE pronamespace = 'sharing'::regnamespace",
            &[],
        )
        .expect("the functions");
    let functions: Vec<(String, Vec<String>, usize)> = rows
        .iter()
        .map(|row| {
            (
                row.get(0),
                row.get(1),
                usize::try_from(row.get::<_, i32>(2)).unwrap_or(0),
            )
        })
        .collect();
    let fits = |name: &str, arguments: &[&str]| {
        functions
            .iter()
            .filter(|(known, ..)| known == name)
            .any(|(_, names, defaults)| {
                let mut given = vec![false; names.len()];
                for (place, argument) in arguments.iter().enumerate() {
                    let place = match argument.split_once("=>") {
                        Some((named, _)) => names.iter().position(|name| name == named.trim()),
                        // A placeholder says which argument it stands for.
                        None if is_placeholder(argument) => names
                            .iter()
                            .position(|name| name == argument)
                            .filter(|&at| at == place),
                        None => Some(place),
                    };
                    match place.and_then(|place| given.get_mut(place)) {
                        Some(given) => *given = true,
                        None => return false,
                    }
                }
                let required = names.len().saturating_sub(*defaults);
                given.iter().take(required).all(|given| *given)
            })
    };
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (path, code) in sources() {
        for (name, arguments) in calls(&code) {
            seen += 1;
            let arguments: Vec<&str> = arguments
                .split(',')
                .map(str::trim)
                .filter(|a| !a.is_empty())
                .collect();
            // Without arguments a function is only mentioned.
            let is_known = functions.iter().any(|(known, ..)| *known == name);
            if !is_known || !arguments.is_empty() && !fits(&name, &arguments) {
                wrong.push(format!(
                    "{}: sharing.{name}({})",
                    path.display(),
                    arguments.join(", ")
                ));
            }
        }
    }
    assert!(seen > 50, "only {seen} calls were found");
    assert!(wrong.is_empty(), "no such calls:\n{}", wrong.join("\n"));
}

#[test]
fn hints_that_are_filled_in_were_run() {
    let run = outputs(|name| name == "hints_run.out");
    let mended = outputs(|name| name.starts_with("doctor_"));
    let mut missing = Vec::new();
    let mut filled = 0;
    for (path, code) in sources() {
        // What policies and statements say is no advice.
        if path.components().any(|part| part.as_os_str() == "policy") {
            continue;
        }
        let run = match is_of_the_doctor(&path) {
            true => &mended,
            false => &run,
        };
        for (name, arguments) in calls(&code) {
            if !is_filled_in(&arguments) {
                continue;
            }
            filled += 1;
            let template = format!("sharing.{name}({arguments})");
            let pieces: Vec<&str> = template
                .split('{')
                .map(|piece| piece.split_once('}').map_or(piece, |(_, rest)| rest))
                .collect();
            let is_in = |line: &str| {
                let mut rest = line;
                pieces.iter().all(|piece| match rest.find(piece) {
                    Some(at) => {
                        rest = &rest[at + piece.len()..];
                        true
                    }
                    None => false,
                })
            };
            if !run.lines().any(is_in) {
                missing.push(format!("{}: {template}", path.display()));
            }
        }
    }
    assert!(filled > 2, "only {filled} hints are filled in");
    assert!(
        missing.is_empty(),
        "not provoked by tests/sql/hints_run.sql, or doctor_*.sql:\n{}",
        missing.join("\n")
    );
}
