//! What pictures show, and that no text breaks out of its place.

use super::*;
use crate::core::document::tests::parse;

/// Names that would be more than text.
const HOSTILE: [&str; 16] = [
    "a\"b",
    "c\"]; evil --> r0 %%",
    "back\\slash\\",
    "\\N \\G \\l",
    "<script>alert(1)</script>",
    "<b>bold</b><br>",
    "#quot; #35; #lt;",
    "&amp; &lt;b&gt; &#39;",
    "line\nbreak\r\n\tand tab",
    "%%{init: {\"theme\": \"dark\"}}%%",
    "style x:#fff; end",
    "`*markdown* _x_`",
    "1. list",
    "- list",
    "\u{202e}turned\u{2066} \u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{645}\u{631}\u{62d}\u{628}\u{627}",
    "end",
];

fn hostile_document() -> String {
    let names: Vec<String> = HOSTILE
        .iter()
        .map(|name| (*name).to_owned())
        .chain([
            "x".repeat(200),
            "\u{e9}".repeat(200),
            "\u{1f600}".repeat(63),
        ])
        .collect();
    let roles: Vec<_> = names.iter().enumerate().map(|(at, name)| {
        serde_json::json!({"name": name, "parent": (at > 0).then(|| &names[at - 1]), "profiles": [name]})
    }).collect();
    let each =
        |make: &dyn Fn(&String) -> serde_json::Value| names.iter().map(make).collect::<Vec<_>>();
    serde_json::json!({
        "version": 1,
        "roles": roles,
        "profiles": each(&|name| serde_json::json!({"name": name})),
        "offices": each(&|name| serde_json::json!({"name": name, "security": true})),
        "groups": each(&|name| serde_json::json!({"key": name, "name": name, "members": [format!("role:{name}")]})),
        "modules": each(&|name| serde_json::json!({"name": name, "table": format!("public.{name}"), "owner": name})),
        "relations": each(&|name| serde_json::json!({"child": name, "via": name, "parent": names[0], "when": {"column": name, "value": name}})),
        "rules": each(&|name| serde_json::json!({"module": name, "owned_by": format!("role:{name}"), "shared_with": format!("group:{name}"), "access": "read_only",
            "related": {name: "read_write"}})),
    })
    .to_string()
}

/// The text of a diagram without what stands between quotes; `escapes`: a backslash takes the next character
/// along.
fn without_strings(text: &str, escapes: bool) -> String {
    let mut outside = String::new();
    let mut inside = false;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => {
                inside = !inside;
                outside.push('"');
            }
            '\\' if inside && escapes => {
                rest.next();
            }
            '\n' if inside => panic!("a string goes on in the next line: {text}"),
            c if !inside => outside.push(c),
            _ => {}
        }
    }
    assert!(!inside, "a string does not end: {text}");
    outside
}

#[test]
fn hostile_names_stay_text() {
    let document = parse(&hostile_document());
    for module in [None, Some(HOSTILE[0]), Some(HOSTILE[4])] {
        let dot = diagram(&document, Format::Dot, module);
        let outside = without_strings(&dot, true);
        // Nothing of what people typed stands outside of strings.
        assert!(outside.is_ascii(), "{outside}");
        for word in ["evil", "script", "alert", "theme", "bold"] {
            assert!(!outside.contains(word), "{word}: {outside}");
        }
        assert_eq!(outside.matches('{').count(), outside.matches('}').count());

        let mermaid = diagram(&document, Format::Mermaid, module);
        let outside = without_strings(&mermaid, false);
        assert!(outside.is_ascii(), "{outside}");
        for line in mermaid.lines() {
            let Some((_, label)) = line.split_once('"') else {
                continue;
            };
            let label = label.rsplit_once('"').map_or(label, |(label, _)| label);
            let text = label
                .replace("<b>", "")
                .replace("</b>", "")
                .replace("<br>", "");
            for forbidden in [
                '<', '>', '&', '"', '`', '*', '[', ']', '{', '}', '%', ':', '\\', '|',
            ] {
                assert!(!text.contains(forbidden), "{forbidden} in {line}");
            }
            // A number sign begins the number of a character.
            for (at, _) in text.match_indices('#') {
                let number: String = text[at + 1..]
                    .chars()
                    .take_while(char::is_ascii_digit)
                    .collect();
                assert!(
                    !number.is_empty() && text[at + 1 + number.len()..].starts_with(';'),
                    "{line}"
                );
            }
        }
        assert!(!mermaid.contains('\u{202e}') && !dot.contains('\u{202e}'));
    }
}

#[test]
fn text_comes_back_as_it_was() {
    let decoded = |mermaid: &str| {
        let mut text = String::new();
        let mut rest = mermaid;
        while let Some(at) = rest.find('#') {
            text.push_str(&rest[..at]);
            let (number, after) = rest[at + 1..].split_once(';').unwrap();
            text.push(char::from_u32(number.parse().unwrap()).unwrap());
            rest = after;
        }
        text + rest
    };
    let document =
        parse(r#"{"version": 1, "roles": [{"name": "R&D \"<Süd>\" #1: 50% of `x_y`"}]}"#);
    let mermaid = diagram(&document, Format::Mermaid, None);
    let label = mermaid.lines().find(|line| line.contains("r0(")).unwrap();
    let shown = decoded(label).replace("<br>", " ");
    assert!(
        shown.contains("<b>R&D \"<Süd>\" #1: 50% of `x_y`</b> nobody"),
        "{shown}"
    );
    let dot = diagram(&document, Format::Dot, None);
    assert!(
        dot.contains(r#"R&amp;D \"<Süd>\" #1: 50% of `x_y`"#),
        "{dot}"
    );
}

const COMPANY: &str = r#"{"version": 1,
    "offices": [{"name": "Paris", "security": true}, {"name": "Lyon", "parent": "Paris"}],
    "roles": [{"name": "boss"}, {"name": "rep", "parent": "boss"}, {"name": "aide", "parent": "boss"}, {"name": "intern", "parent": "rep"}],
    "users": [{"key": "1", "name": "ann", "role": "rep", "office": "Lyon"}, {"key": "2", "name": "bob", "role": "rep"}],
    "groups": [{"key": "g1", "name": "inner", "members": ["user:1", "role_and_subordinates:rep"]}, {"key": "g2", "name": "other"}],
    "modules": [{"name": "leads", "table": "public.leads", "owner": "owner"}, {"name": "accounts", "table": "public.accounts", "owner": "owner"},
                {"name": "quotes", "table": "public.quotes", "owner": "owner"}, {"name": "calls", "table": "public.calls", "owner": "owner", "global_access": "public_read_only"},
                {"name": "lines", "table": "public.lines", "controlled_by": "quotes", "via": "quote"}],
    "relations": [{"child": "quotes", "via": "lead", "parent": "leads"}],
    "rules": [{"module": "leads", "owned_by": "role_and_subordinates:rep", "shared_with": "group:inner", "access": "read_only", "related": {"quotes": "read_write"}},
              {"module": "accounts", "owned_by": "role:rep", "shared_with": "group:inner", "access": "read_write"},
              {"module": "calls", "owned_by": "role:rep", "shared_with": "group:inner", "access": "read_write"},
              {"module": "calls", "owned_by": "role:aide", "shared_with": "role:boss", "access": "read_only", "staged": "added"}]}"#;

#[test]
fn everything_is_drawn() {
    let mermaid = diagram(&parse(COMPANY), Format::Mermaid, None);
    for line in [
        r#"    r1("<b>rep</b><br>2 users")"#,
        r#"    g0(["<b>inner</b><br>1 user<br>rep and below"])"#,
        r#"    o0("<b>Paris</b><br>closed")"#,
        r#"    m3["<b>calls</b><br>Public#58; Read Only"]"#,
        "  r0 --- r1",
        "  o0 --- o1",
        // Rules that say the same stand together.
        r#"  r1 -->|"leads#58; Read Only, their quotes#58;<br>Read/Write, of it and below<br>accounts, calls#58; Read/Write"| g0"#,
        r#"  r2 -.->|"calls#58; Read Only, to be added"| r0"#,
        r#"  m4 ==>|"controlled by quote"| m2"#,
        r#"  m2 -->|"lead"| m0"#,
        "  class o0 closedoffice",
    ] {
        assert!(mermaid.lines().any(|one| one == line), "{line}\n{mermaid}");
    }
}

#[test]
fn a_module_narrows() {
    // Lines are as quotes, which hang on leads: their rules decide, and no others.
    let mermaid = diagram(&parse(COMPANY), Format::Mermaid, Some("lines"));
    for shown in [
        "<b>rep</b><br>2 users<br>and 1 role below",
        "<b>boss</b>",
        "<b>inner</b>",
        "<b>lines</b>",
        "<b>quotes</b>",
        "<b>leads</b>",
    ] {
        assert!(mermaid.contains(shown), "{shown}\n{mermaid}");
    }
    for hidden in ["aide", "intern", "other", "Paris", "accounts", "calls"] {
        assert!(!mermaid.contains(hidden), "{hidden}\n{mermaid}");
    }
    let calls = diagram(&parse(COMPANY), Format::Dot, Some("calls"));
    assert!(
        calls.contains("style=dashed") && !calls.contains("leads"),
        "{calls}"
    );
}

#[test]
fn nothing_is_a_picture_too() {
    let nothing = parse(r#"{"version": 1}"#);
    assert_eq!(diagram(&nothing, Format::Mermaid, None), "flowchart LR\n");
    assert!(diagram(&nothing, Format::Dot, None).ends_with("}\n"));
    assert!(Format::parse("svg").is_err());
}
