//! The documents are whole: the reference has an entry for everything in the schema `sharing`, as the catalog
//! has it, and no other; every link leads somewhere, and so does what code and tests say of docs/semantics.md.
//! tests/scripts/pages.sh runs their SQL.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

/// A heading, with what stands below it until the next heading of its level or a higher one.
struct Section {
    level: usize,
    title: String,
    /// The first code block, where it has no language, in one line.
    shape: Option<String>,
    /// The first two cells of table rows that begin with a code span: `` `name` `` and what it is.
    rows: Vec<(String, String)>,
    /// The SQL that runs.
    sql: String,
}

struct Page {
    /// From the root of the repository.
    path: PathBuf,
    sections: Vec<Section>,
    /// Relative ones, as they are written.
    links: Vec<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn markdown_below(folder: &str) -> Vec<PathBuf> {
    let mut open = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a readable folder");
            open.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    found
}

/// Every document of the repository.
fn documents() -> Vec<Page> {
    let entries = std::fs::read_dir(root()).expect("a readable folder");
    let top = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<PathBuf> = top
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    paths.extend(markdown_below("docs"));
    paths.extend(markdown_below("bench"));
    paths.sort();
    let pages = paths.into_iter().map(|path| {
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let path = path.strip_prefix(root()).expect("a path below the root");
        read(path, &text)
    });
    pages.collect()
}

/// The pages whose headings of level 3 are entries.
fn reference() -> Vec<Page> {
    let mut pages = documents();
    pages.retain(|page| {
        page.path == Path::new("docs/reference.md") || page.path.starts_with("docs/reference")
    });
    pages
}

fn read(path: &Path, text: &str) -> Page {
    let mut page = Page {
        path: path.to_owned(),
        sections: Vec::new(),
        links: Vec::new(),
    };
    // Of the code block that is open: its language, and whether it runs.
    let mut code: Option<(String, bool)> = None;
    let mut not_run = false;
    let mut block = Vec::new();
    for line in text.lines() {
        if let Some((language, runs)) = &code {
            if line.trim_end() != "```" {
                block.push(line.trim());
                continue;
            }
            for section in open_sections(&mut page.sections) {
                if language.is_empty() && section.sql.is_empty() && section.shape.is_none() {
                    section.shape = Some(block.join(" "));
                } else if language == "sql" && *runs {
                    section.sql.push_str(&block.join("\n"));
                    section.sql.push('\n');
                }
            }
            block.clear();
            code = None;
        } else if let Some(language) = line.strip_prefix("```") {
            code = Some((language.trim().to_owned(), !not_run));
            not_run = false;
        } else {
            not_run = line == "<!-- not run -->";
            let hashes = line.chars().take_while(|c| *c == '#').count();
            if let Some(title) = line[hashes..].strip_prefix(' ').filter(|_| hashes > 0) {
                page.sections.push(Section {
                    level: hashes,
                    title: title.trim().to_owned(),
                    shape: None,
                    rows: Vec::new(),
                    sql: String::new(),
                });
            }
            let mut cells = line.split('|').skip(1).map(str::trim);
            if let (Some(name), Some(what)) = (cells.next().and_then(code_span), cells.next()) {
                for section in open_sections(&mut page.sections) {
                    section.rows.push((name.to_owned(), what.to_owned()));
                }
            }
            page.links.extend(links(line));
        }
    }
    assert!(
        code.is_none(),
        "{}: a code block does not end",
        path.display()
    );
    page
}

/// The last section, and those around it.
fn open_sections(sections: &mut [Section]) -> impl Iterator<Item = &mut Section> {
    let mut below = usize::MAX;
    sections.iter_mut().rev().filter(move |section| {
        let is_around = section.level < below;
        below = below.min(section.level);
        is_around
    })
}

/// The text of something that is one code span.
fn code_span(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('`')?.strip_suffix('`')?;
    (!inside.is_empty() && !inside.contains('`')).then_some(inside)
}

/// A line without its code spans.
fn without_code(line: &str) -> String {
    // Between an odd and an even backtick is code; after a last odd one it is not.
    let parts: Vec<&str> = line.split('`').collect();
    let is_text = |n: usize| n.is_multiple_of(2) || n + 1 == parts.len();
    let texts = parts.iter().enumerate().filter(|(n, _)| is_text(*n));
    texts.map(|(_, text)| *text).collect::<Vec<_>>().join("`")
}

/// Where the links of a line lead, but those to other places than this repository.
fn links(line: &str) -> Vec<String> {
    let line = without_code(line);
    let targets = line
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let here = targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:"));
    here.map(str::to_owned).collect()
}

/// What GitHub makes of a heading, without its count of equal ones.
fn anchor(title: &str) -> String {
    // Of a link, its text.
    let mut text = String::new();
    let mut rest = title;
    while let Some((before, after)) = rest.split_once("](") {
        text.push_str(before);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    let kept = text.to_lowercase();
    let kept = kept
        .chars()
        .filter(|c| c.is_alphanumeric() || "_- ".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn anchors(page: &Page) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let anchors = page.sections.iter().map(|section| {
        let anchor = anchor(&section.title);
        let count = seen.entry(anchor.clone()).or_default();
        *count += 1;
        match *count {
            1 => anchor,
            more => format!("{anchor}-{}", more - 1),
        }
    });
    anchors.collect()
}

/// A path from the root without its `..`, or none where it leaves the repository.
fn resolved(path: &Path) -> Option<PathBuf> {
    let mut to = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => to.push(name),
            Component::CurDir => {}
            Component::ParentDir if to.pop() => {}
            _ => return None,
        }
    }
    Some(to)
}

#[test]
fn every_link_leads_somewhere() {
    let pages = documents();
    let anchors: BTreeMap<&Path, BTreeSet<String>> = pages
        .iter()
        .map(|page| (page.path.as_path(), anchors(page)))
        .collect();
    let leads = |page: &Page, link: &str| {
        let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
        let folder = page.path.parent().unwrap_or(Path::new(""));
        let target = match file {
            "" => Some(page.path.clone()),
            file => resolved(&folder.join(file)),
        };
        let is_there = |path: &PathBuf| root().join(path).exists();
        let has_anchor = |path: &PathBuf| {
            let known = anchors.get(path.as_path());
            anchor.is_empty() || known.is_some_and(|known| known.contains(anchor))
        };
        target.is_some_and(|path| is_there(&path) && has_anchor(&path))
    };
    let all = pages
        .iter()
        .flat_map(|page| page.links.iter().map(move |link| (page, link)));
    let lost: Vec<String> = all
        .clone()
        .filter(|(page, link)| !leads(page, link))
        .map(|(page, link)| format!("{}: {link}", page.path.display()))
        .collect();
    assert!(all.count() > 100, "links are not found any more");
    assert!(
        lost.is_empty(),
        "links that lead nowhere:\n{}",
        lost.join("\n")
    );
}

#[test]
fn documents_are_read_as_github_reads_them() {
    assert_eq!(anchor("`sharing.user_key`"), "sharinguser_key");
    assert_eq!(
        anchor("What waits for what, [and why](x.md)?"),
        "what-waits-for-what-and-why"
    );
    let page = read(
        Path::new("docs/x.md"),
        "# One\n## `f`\n```\nf() → int\n```\n[a](b.md#c) `[no](link)` and [d](https://e)\n```sql\nSELECT f(); -- [g](h)\n```\n\
         <!-- not run -->\n```sql\nSELECT 2;\n```\n### One\n| `x` | text | y |\n## `g`\n",
    );
    assert_eq!(page.links, ["b.md#c"]);
    assert_eq!(
        anchors(&page),
        ["f", "g", "one", "one-1"].map(String::from).into()
    );
    let section = &page.sections[1];
    assert_eq!(section.shape.as_deref(), Some("f() → int"));
    assert_eq!(section.sql, "SELECT f(); -- [g](h)\n");
    assert_eq!(section.rows, [("x".to_owned(), "text".to_owned())]);
    assert!(page.sections[3].rows.is_empty());
    assert_eq!(resolved(Path::new("docs/../a.md")), Some("a.md".into()));
    assert_eq!(resolved(Path::new("docs/../../a.md")), None);
}

/// What the text of a file says of docs/semantics.md, such as `The decision, *Profiles*; Errors`, and in which line.
fn mentions(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for mark in ["(semantics: ", "docs/semantics.md ("] {
            for rest in line.split(mark).skip(1) {
                let said = rest.split(')').next().unwrap_or(rest);
                // What stands in italics right after it belongs to it.
                let after = rest[said.len()..].strip_prefix("), *");
                let part = after.and_then(|rest| rest.split('*').next());
                let part = part.map_or(String::new(), |part| format!(", *{part}*"));
                found.push((number + 1, format!("{said}{part}")));
            }
        }
    }
    found
}

/// Of a mention, what is no heading of the semantics, and in italics no heading or beginning of a paragraph.
fn unknown_parts(mention: &str, headings: &BTreeSet<&str>, parts: &BTreeSet<&str>) -> Vec<String> {
    let mut unknown = Vec::new();
    for named in mention.split("; ") {
        let heading = named.split([',', ':']).next().unwrap_or(named);
        if !headings.contains(heading) {
            unknown.push(heading.to_owned());
        }
        let italics = named.split('*').skip(1).step_by(2);
        unknown.extend(
            italics
                .filter(|part| !parts.contains(part))
                .map(str::to_owned),
        );
    }
    unknown
}

#[test]
fn what_code_says_of_the_semantics_is_there() {
    let path = Path::new("docs/semantics.md");
    let text = std::fs::read_to_string(root().join(path)).expect("docs/semantics.md");
    let page = read(path, &text);
    let titled = |levels: &[usize]| -> BTreeSet<&str> {
        let sections = page.sections.iter();
        let wanted = sections.filter(|section| levels.contains(&section.level));
        wanted.map(|section| section.title.as_str()).collect()
    };
    let headings = titled(&[2]);
    // A paragraph may have a name, too.
    let bold = text.split("**").skip(1).step_by(2);
    let parts: BTreeSet<&str> = titled(&[3])
        .into_iter()
        .chain(bold.map(|part| part.trim_end_matches('.')))
        .collect();

    let mut open: Vec<PathBuf> = ["src", "tests", "sql", "bench", "scripts", "demo"]
        .iter()
        .map(|folder| root().join(folder))
        .collect();
    let mut all = 0;
    let mut lost = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a readable folder");
            open.extend(entries.map(|entry| entry.expect("an entry").path()));
            continue;
        }
        // This file has examples.
        if path.ends_with(file!()) {
            continue;
        }
        let text = std::fs::read(&path).expect("a readable file");
        for (line, mention) in mentions(&String::from_utf8_lossy(&text)) {
            all += 1;
            for part in unknown_parts(&mention, &headings, &parts) {
                lost.push(format!("{}:{line}: {part}", path.display()));
            }
        }
    }
    assert!(
        all > 100,
        "mentions of the semantics are not found any more"
    );
    assert!(
        lost.is_empty(),
        "docs/semantics.md has no such heading:\n{}",
        lost.join("\n")
    );
}

#[test]
fn mentions_of_the_semantics_are_read() {
    let text = "/// Who (semantics: The decision, *Profiles*; Errors: 2BP01).\n\
        -- docs/semantics.md (The decision), *Office security*; docs/semantics.md (Nothing)";
    let found = mentions(text);
    let said = |line: usize, mention: &str| (line, mention.to_owned());
    assert_eq!(
        found,
        [
            said(1, "The decision, *Profiles*; Errors: 2BP01"),
            said(2, "The decision, *Office security*"),
            said(2, "Nothing")
        ]
    );
    let headings = BTreeSet::from(["The decision", "Errors"]);
    let parts = BTreeSet::from(["Office security"]);
    let unknown = |n: usize| unknown_parts(&found[n].1, &headings, &parts);
    assert_eq!(unknown(0), ["Profiles"]);
    assert!(unknown(1).is_empty());
    assert_eq!(unknown(2), ["Nothing"]);
}

/// What the schema has that people use: its kind, its name, and what it is made of: a function's arguments
/// and result, the columns of a table or view, the labels of a type. Functions that take a key in
/// another type are forms of the one that takes text.
const EVERYTHING: &str = r"
    SELECT 'function', p.proname::text, p.proname || '('
        || regexp_replace(pg_get_function_arguments(p.oid), '::(timestamp with time zone|[a-z_.]+)', '', 'g') || ') → ' || pg_get_function_result(p.oid)
    FROM pg_proc p WHERE p.pronamespace = 'sharing'::regnamespace
      AND NOT (p.prosqlbody IS NOT NULL AND EXISTS (SELECT FROM pg_proc o WHERE o.pronamespace = p.pronamespace AND o.proname = p.proname AND o.prosqlbody IS NULL))
    UNION ALL
    SELECT CASE c.relkind WHEN 'v' THEN 'view' ELSE 'table' END, c.relname::text,
        (SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
         FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
    FROM pg_class c WHERE c.relnamespace = 'sharing'::regnamespace AND c.relkind NOT IN ('i', 'I', 'S', 't')
    UNION ALL
    SELECT 'type', t.typname::text, (SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)
    FROM pg_type t WHERE t.typnamespace = 'sharing'::regnamespace AND t.typrelid = 0 AND t.typelem = 0
    UNION ALL
    SELECT 'setting', s.name, NULL FROM pg_settings s WHERE s.name LIKE 'sharing.%'";

/// The page of the doctor tells every check as the doctor does.
#[test]
fn the_checks_of_the_doctor_are_told() {
    let database = support::fresh_database("documents_doctor");
    let query = "SELECT check_name, severity || ' ' || about FROM sharing.doctor_checks()";
    let rows = database.connect().query(query, &[]).expect(query);
    let checks: BTreeSet<(String, String)> =
        rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert!(checks.len() > 50 && checks.len() == rows.len());
    let path = root().join("docs/reference/doctor.md");
    let text = std::fs::read_to_string(path).expect("docs/reference/doctor.md");
    let lines = text.lines().filter(|line| line.starts_with("| `"));
    let told: BTreeSet<(String, String)> = lines
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let name = code_span(cells[0]).expect("a name of a check");
            (name.to_owned(), cells[1..].join(" "))
        })
        .collect();
    let differ: Vec<_> = checks.symmetric_difference(&told).collect();
    assert!(differ.is_empty(), "{differ:#?}");
    // Every page that names a check names one that there is.
    for page in ["README.md", "docs/security.md", "docs/operations.md"] {
        let text = std::fs::read_to_string(root().join(page)).expect("a page");
        for rest in text.split("(doctor: ").skip(1) {
            let named = rest.split(')').next().unwrap_or_default();
            for name in named.split(", ") {
                let name = name.trim_matches('`');
                let is_check = |(check, _): &(String, String)| check == name;
                assert!(checks.iter().any(is_check), "{page}: {name}");
            }
        }
    }
}

#[test]
fn the_reference_has_an_entry_for_everything() {
    let database = support::fresh_database("documents");
    let mut client = database.connect();
    // The settings are there once the library is loaded.
    client
        .execute("SELECT sharing.current_user_key()", &[])
        .expect("a call");
    let rows = client.query(EVERYTHING, &[]).expect(EVERYTHING);
    assert!(rows.len() > 80, "the schema has less than it had");

    let pages = reference();
    let entries = || {
        let sections = pages.iter().flat_map(|page| &page.sections);
        sections.filter(|section| section.level == 3)
    };
    let mut faults = Vec::new();
    let mut names = BTreeSet::new();
    for row in rows {
        let (kind, name): (String, String) = (row.get(0), row.get(1));
        let made_of: Option<String> = row.get(2);
        names.insert(name.clone());
        let titled: Vec<&Section> = entries()
            .filter(|entry| code_span(&entry.title) == Some(&name))
            .collect();
        let [entry] = titled.as_slice() else {
            faults.push(format!("{kind} {name} has {} entries", titled.len()));
            continue;
        };
        let says = match kind.as_str() {
            "setting" => None,
            "table" => {
                let columns = entry.rows.iter().map(|(name, of)| format!("{name} {of}"));
                Some(columns.collect::<Vec<_>>().join(", "))
            }
            _ => entry.shape.clone(),
        };
        if kind != "setting" && says != made_of {
            faults.push(format!(
                "{kind} {name} is\n  {}\nand not\n  {}",
                made_of.unwrap_or_default(),
                says.unwrap_or_default()
            ));
        }
        let call = match kind.as_str() {
            "function" => format!("sharing.{name}("),
            "setting" => name.clone(),
            _ => format!("sharing.{name}"),
        };
        if !entry.sql.contains(&call) {
            faults.push(format!("{kind} {name} has no example with {call}"));
        }
    }
    for entry in entries() {
        if !code_span(&entry.title).is_some_and(|name| names.contains(name)) {
            faults.push(format!("there is no {}", entry.title));
        }
    }
    let index = pages
        .iter()
        .find(|page| page.path == Path::new("docs/reference.md"));
    let index = index.expect("docs/reference.md");
    for page in &pages {
        let path = page.path.strip_prefix("docs").expect("a path below docs");
        for entry in page.sections.iter().filter(|section| section.level == 3) {
            let link = format!("{}#{}", path.display(), anchor(&entry.title));
            if !index.links.contains(&link) {
                faults.push(format!("docs/reference.md has no link to {link}"));
            }
        }
    }
    assert!(faults.is_empty(), "docs/reference:\n{}", faults.join("\n"));
}
