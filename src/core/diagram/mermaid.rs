//! The language of Mermaid: what Markdown shows on many sites.
//!
//! Text stands between double quotes. What could be more than text there (quotes, HTML, Markdown, entities,
//! directives) is written as the number of its character: `#34;` is a quote.

use crate::core::diagram::picture::{Arrow, ArrowKind, Frame, Looks, NamedBox, Picture};
use crate::core::diagram::text::lines;
use std::fmt::Write;

pub fn write(picture: &Picture) -> String {
    let mut text = String::from("flowchart LR\n");
    for frame in &picture.frames {
        let Frame { name, title, boxes } = frame;
        let _ = writeln!(text, "  subgraph frame_{name}[\"{title}\"]");
        for one in boxes {
            write_box(one, &mut text);
        }
        text.push_str("  end\n");
    }
    for arrow in &picture.arrows {
        write_arrow(arrow, &mut text);
    }
    write_looks(picture, &mut text);
    text
}

fn write_box(one: &NamedBox, text: &mut String) {
    let (open, close) = match one.looks {
        Looks::Role | Looks::Office | Looks::ClosedOffice => ("(", ")"),
        Looks::Group => ("([", "])"),
        Looks::Module => ("[", "]"),
    };
    let title = escaped(&lines(&one.title));
    let rest: Vec<String> = one.lines.iter().flat_map(|line| lines(line)).collect();
    let rest = match rest.is_empty() {
        true => String::new(),
        false => format!("<br>{}", escaped(&rest)),
    };
    let _ = writeln!(text, "    {}{open}\"<b>{title}</b>{rest}\"{close}", one.id);
}

fn write_arrow(arrow: &Arrow, text: &mut String) {
    let line = match arrow.kind {
        ArrowKind::Above => "---",
        ArrowKind::Rule | ArrowKind::Relation => "-->",
        ArrowKind::StagedRule | ArrowKind::StagedRelation => "-.->",
        ArrowKind::ControlledBy => "==>",
        ArrowKind::Follows => "--o",
    };
    let all: Vec<String> = arrow.lines.iter().flat_map(|line| lines(line)).collect();
    let label = match all.is_empty() {
        true => String::new(),
        false => format!("|\"{}\"|", escaped(&all)),
    };
    let _ = writeln!(text, "  {} {line}{label} {}", arrow.from, arrow.to);
}

/// Colours, where there is something that has them.
fn write_looks(picture: &Picture, text: &mut String) {
    for (looks, colours) in [
        (Looks::Role, "fill:#e8f0f8,stroke:#5b6770"),
        (Looks::Group, "fill:#eaf5ea,stroke:#5b6770"),
        (Looks::Office, "fill:#f4f1ea,stroke:#5b6770"),
        (
            Looks::ClosedOffice,
            "fill:#f3dcd7,stroke:#5b6770,stroke-width:3px",
        ),
        (Looks::Module, "fill:#fbf6e3,stroke:#5b6770"),
    ] {
        let boxes = picture.frames.iter().flat_map(|frame| &frame.boxes);
        let ids: Vec<&str> = boxes
            .filter(|one| one.looks == looks)
            .map(|one| one.id.as_str())
            .collect();
        if !ids.is_empty() {
            let class = format!("{looks:?}").to_lowercase();
            let _ = writeln!(text, "  classDef {class} {colours},color:#1d2429");
            let _ = writeln!(text, "  class {} {class}", ids.join(","));
        }
    }
    for (at, arrow) in picture.arrows.iter().enumerate() {
        let colour = match arrow.kind {
            ArrowKind::Rule => "#1f6fb2",
            ArrowKind::StagedRule | ArrowKind::StagedRelation => "#b25f1f",
            _ => continue,
        };
        let _ = writeln!(text, "  linkStyle {at} stroke:{colour},color:{colour}");
    }
}

/// Lines as they stand between quotes.
fn escaped(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| escaped_line(line)).collect();
    lines.join("<br>")
}

fn escaped_line(line: &str) -> String {
    let mut escaped = String::new();
    let mut before = ' ';
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        // Elsewhere than within a word, these could begin a list or emphasis.
        let after = rest.peek().copied().unwrap_or(' ');
        let within = before.is_alphanumeric() && after.is_alphanumeric();
        let is_text = match c {
            '.' | '_' | '-' => within,
            ' ' | ',' | '(' | ')' | '/' => true,
            c => c.is_alphanumeric(),
        };
        if is_text {
            escaped.push(c);
        } else {
            let _ = write!(escaped, "#{};", u32::from(c));
        }
        before = c;
    }
    escaped
}
