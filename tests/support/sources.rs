//! The extension's source as the tests of its architecture see it: without comments and unit tests, and
//! which file uses which.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Every source file below a folder or file of src/, as (path from src/, text without comments and unit
/// tests).
pub fn sources(folder: &str) -> Vec<(String, String)> {
    read(folder, without_tests)
}

/// The same of all files, with their indentation.
pub fn indented_sources() -> Vec<(String, String)> {
    read("", without_tests_and_comments)
}

fn read(folder: &str, cut: fn(&str) -> String) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut open = vec![root.join(folder)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a readable folder");
            open.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(&root).unwrap_or(&path);
            let name = name.display().to_string();
            if !name
                .split('/')
                .any(|part| part == "tests" || part == "tests.rs")
            {
                let text = std::fs::read_to_string(&path).expect("a readable file");
                files.push((name, cut(&text)));
            }
        }
    }
    files.sort();
    assert!(!files.is_empty(), "src/{folder} has no source");
    files
}

/// A source without comments and indentation, and without unit tests.
pub fn without_tests(text: &str) -> String {
    let text = without_tests_and_comments(text);
    text.lines()
        .map(str::trim_start)
        .collect::<Vec<_>>()
        .join("\n")
}

/// A source without comments, and without unit tests, which stand last in their file.
fn without_tests_and_comments(text: &str) -> String {
    let is_test = |line: &str| line.starts_with("#[cfg(test)]");
    let lines: Vec<&str> = text.lines().collect();
    let mut kept = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let next = lines.get(at + 1).copied().unwrap_or_default();
        match is_test(line) {
            // A declaration of one that has its own file.
            true if next.ends_with(';') => at += 1,
            true => break,
            false if line.trim_start().starts_with("//") => kept.push(""),
            false => kept.push(line),
        }
        at += 1;
    }
    kept.join("\n")
}

/// `a::{b, c::{d, e}}` as `a::b`, `a::c::d`, `a::c::e`.
fn each_path(path: &str) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else {
        let path = path.split(" as ").next().unwrap_or_default();
        return vec![path.trim().to_owned()];
    };
    let inner = rest.rsplit_once('}').map_or(rest, |(inner, _)| inner);
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for character in inner.chars() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().expect("one at least").push(character);
    }
    let parts = parts.iter().filter(|part| !part.trim().is_empty());
    parts
        .flat_map(|part| each_path(&format!("{before}{}", part.trim())))
        .collect()
}

/// The paths that a source imports, with whether it passes them on (`pub use`).
fn imports(code: &str) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    let mut statement: Option<(String, bool)> = None;
    for line in code.lines() {
        if statement.is_none() {
            let is_passed_on = line.starts_with("pub");
            let rest = line.strip_prefix("pub").map_or(line, |rest| {
                rest.trim_start_matches("(crate)")
                    .trim_start_matches("(super)")
                    .trim_start()
            });
            let Some(rest) = rest.strip_prefix("use ") else {
                continue;
            };
            statement = Some((rest.to_owned(), is_passed_on));
        } else if let Some((text, _)) = &mut statement {
            text.push_str(line);
        }
        if line.ends_with(';')
            && let Some((text, is_passed_on)) = statement.take()
        {
            let paths = each_path(text.trim_end_matches(';'));
            found.extend(paths.into_iter().map(|path| (path, is_passed_on)));
        }
    }
    found
}

/// Paths that begin with `crate`, `super` or `self`, wherever they stand.
fn inline_paths(code: &str) -> Vec<String> {
    let is_name = |character: char| character.is_alphanumeric() || "_:".contains(character);
    let words = code.split(|character| !is_name(character));
    let begins = ["crate::", "super::", "self::"];
    words
        .filter(|word| begins.iter().any(|begin| word.starts_with(begin)))
        .map(|word| word.trim_end_matches(':').to_owned())
        .collect()
}

/// Which file uses which, by their paths from src/.
pub struct Uses(pub BTreeMap<String, BTreeSet<String>>);

impl Uses {
    pub fn of(sources: &[(String, String)]) -> Uses {
        let files: BTreeMap<Vec<String>, &str> = sources
            .iter()
            .map(|(file, _)| (module(file), file.as_str()))
            .collect();
        let passed_on = passed_on(sources, &files);
        let mut uses = BTreeMap::new();
        for (file, code) in sources {
            let here = module(file);
            let mut used = BTreeSet::new();
            let imported = imports(code).into_iter().map(|(path, _)| path);
            for path in imported.chain(inline_paths(code)) {
                used.extend(resolve(&path, &here, &files, &passed_on));
            }
            used.remove(file);
            uses.insert(file.clone(), used);
        }
        Uses(uses)
    }

    /// In each folder, which of its files and folders use each other in a circle: a circle among files
    /// shows in the folder that holds them all, and so does one among folders whose files form none.
    pub fn circles(&self) -> Vec<String> {
        let mut folders: BTreeMap<&str, BTreeMap<&str, BTreeMap<&str, String>>> = BTreeMap::new();
        for (file, used) in &self.0 {
            for other in used {
                let common = common_folder(file, other);
                let child =
                    |path: &'_ str| path[common.len()..].find('/').map(|at| common.len() + at);
                let one = &file[..child(file).unwrap_or(file.len())];
                let two = &other[..child(other).unwrap_or(other.len())];
                let inside = folders.entry(common).or_default();
                let edge = inside.entry(one).or_default().entry(two);
                edge.or_insert_with(|| format!("{file} -> {other}"));
            }
        }
        folders.values().flat_map(circles_in).collect()
    }
}

/// The path of the module that a file is.
fn module(file: &str) -> Vec<String> {
    let name = file.trim_end_matches(".rs");
    let name = match name {
        "lib" => "",
        name => name.strip_suffix("/mod").unwrap_or(name),
    };
    let parts = name.split('/').filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// What modules pass on of others: by the module and the name, where it comes from.
fn passed_on(
    sources: &[(String, String)],
    files: &BTreeMap<Vec<String>, &str>,
) -> BTreeMap<(Vec<String>, String), String> {
    let mut found = BTreeMap::new();
    for (file, code) in sources {
        let here = module(file);
        for (path, is_passed_on) in imports(code) {
            let name = path.rsplit("::").next().unwrap_or_default().to_owned();
            if is_passed_on
                && let Some(from) = resolve(&path, &here, files, &BTreeMap::new())
                && from != *file
            {
                found.insert((here.clone(), name), from);
            }
        }
    }
    found
}

/// The file that a path leads to, seen from a module.
fn resolve(
    path: &str,
    here: &[String],
    files: &BTreeMap<Vec<String>, &str>,
    passed_on: &BTreeMap<(Vec<String>, String), String>,
) -> Option<String> {
    let mut parts: Vec<&str> = path.split("::").collect();
    let mut base = here.to_vec();
    match parts[0] {
        "crate" => base.clear(),
        "self" => {}
        "super" => {
            while parts.first() == Some(&"super") {
                base.pop();
                parts.remove(0);
            }
            parts.insert(0, "super");
        }
        first => {
            base.push(first.to_owned());
            if !files.contains_key(&base) {
                return None;
            }
        }
    }
    let full: Vec<String> = match parts[0] {
        "crate" | "self" | "super" => base
            .into_iter()
            .chain(parts[1..].iter().map(|part| (*part).to_owned()))
            .collect(),
        _ => base
            .into_iter()
            .chain(parts[1..].iter().map(|part| (*part).to_owned()))
            .collect(),
    };
    for length in (0..=full.len()).rev() {
        let (module, rest) = full.split_at(length);
        if let Some(file) = files.get(module) {
            let name = rest.first().cloned().unwrap_or_default();
            let from = passed_on.get(&(module.to_vec(), name));
            return Some(from.cloned().unwrap_or_else(|| (*file).to_owned()));
        }
    }
    None
}

/// The folder, with its slash, that holds both.
fn common_folder<'a>(one: &'a str, other: &str) -> &'a str {
    let same = one
        .bytes()
        .zip(other.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let end = one[..same].rfind('/').map_or(0, |slash| slash + 1);
    &one[..end]
}

/// The circles of a graph whose edges have words, each as the edges on it.
fn circles_in(graph: &BTreeMap<&str, BTreeMap<&str, String>>) -> Vec<String> {
    let reached = |from: &str| {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(one) = open.pop() {
            for (&next, _) in graph.get(one).into_iter().flatten() {
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        graph.keys().map(|&one| (one, reached(one))).collect();
    let mut found = Vec::new();
    for (&one, edges) in graph {
        for (&other, words) in edges {
            if reached.get(other).is_some_and(|back| back.contains(one)) {
                found.push(format!("{one} <-> {other}: {words}"));
            }
        }
    }
    found
}
