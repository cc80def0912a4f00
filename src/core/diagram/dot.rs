//! The language of Graphviz: `dot -Tsvg`.
//!
//! Text stands between double quotes, where a backslash and a quote are written with a backslash before them,
//! and `&` as an entity, since labels know entities.

use crate::core::diagram::picture::{Arrow, ArrowKind, Frame, Looks, NamedBox, Picture};
use crate::core::diagram::text::lines;
use std::fmt::Write;

const HEAD: &str = "digraph sharing {
  rankdir=LR
  ranksep=0.9
  nodesep=0.18
  fontname=\"Helvetica,Arial,sans-serif\"
  fontsize=13
  node [shape=box, style=\"rounded,filled\", fillcolor=white, color=\"#5b6770\", fontname=\"Helvetica,Arial,sans-serif\", fontsize=11, margin=\"0.12,0.06\"]
  edge [color=\"#5b6770\", fontname=\"Helvetica,Arial,sans-serif\", fontsize=9, arrowsize=0.7]
";

pub fn write(picture: &Picture) -> String {
    let mut text = HEAD.to_owned();
    // What comes first is drawn at the bottom.
    for frame in picture.frames.iter().rev() {
        write_frame(frame, &mut text);
    }
    for arrow in &picture.arrows {
        write_arrow(arrow, &mut text);
    }
    text.push_str("}\n");
    text
}

fn write_frame(frame: &Frame, text: &mut String) {
    let Frame { name, title, boxes } = frame;
    let _ = write!(
        text,
        "  subgraph cluster_{name} {{\n    label={}\n    style=rounded\n    color=\"#c3c9cd\"\n",
        quoted(&[(*title).to_owned()])
    );
    for one in boxes {
        write_box(one, text);
    }
    // Groups stand in a column beside the roles.
    let groups: Vec<&str> = boxes
        .iter()
        .filter(|one| one.looks == Looks::Group)
        .map(|one| one.id.as_str())
        .collect();
    if !groups.is_empty() {
        let _ = writeln!(text, "    {{ rank=same; {} }}", groups.join("; "));
    }
    text.push_str("  }\n");
}

fn write_box(one: &NamedBox, text: &mut String) {
    let mut all = lines(&one.title);
    all.extend(one.lines.iter().flat_map(|line| lines(line)));
    let looks = match one.looks {
        Looks::Role => ", fillcolor=\"#e8f0f8\"",
        Looks::Group => {
            ", shape=ellipse, style=filled, fillcolor=\"#eaf5ea\", margin=\"0.02,0.02\""
        }
        Looks::Office => ", fillcolor=\"#f4f1ea\"",
        Looks::ClosedOffice => ", fillcolor=\"#f3dcd7\", penwidth=2.2",
        Looks::Module => ", style=filled, fillcolor=\"#fbf6e3\"",
    };
    let _ = writeln!(text, "    {} [label={}{looks}]", one.id, quoted(&all));
}

fn write_arrow(arrow: &Arrow, text: &mut String) {
    let looks = match arrow.kind {
        ArrowKind::Above => "arrowhead=none",
        ArrowKind::Rule => "color=\"#1f6fb2\", fontcolor=\"#1f6fb2\", penwidth=1.3",
        ArrowKind::StagedRule => {
            "color=\"#b25f1f\", fontcolor=\"#b25f1f\", penwidth=1.3, style=dashed"
        }
        ArrowKind::Relation => "color=\"#5b6770\"",
        ArrowKind::StagedRelation => "color=\"#b25f1f\", fontcolor=\"#b25f1f\", style=dashed",
        ArrowKind::ControlledBy => "penwidth=2.4",
        ArrowKind::Follows => "arrowhead=odot",
    };
    let all: Vec<String> = arrow.lines.iter().flat_map(|line| lines(line)).collect();
    let label = match all.is_empty() {
        true => String::new(),
        false => format!(", label={}", quoted(&all)),
    };
    // The tree alone says where roles stand.
    let is_rule = matches!(arrow.kind, ArrowKind::Rule | ArrowKind::StagedRule);
    let place = match is_rule && !(arrow.from.starts_with('r') && arrow.to.starts_with('g')) {
        true => ", constraint=false",
        false => "",
    };
    let _ = writeln!(
        text,
        "  {} -> {} [{looks}{place}{label}]",
        arrow.from, arrow.to
    );
}

/// A string of the language that shows these lines.
fn quoted(lines: &[String]) -> String {
    let mut quoted = String::from("\"");
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            quoted.push_str("\\n");
        }
        for c in line.chars() {
            match c {
                '"' => quoted.push_str("\\\""),
                '\\' => quoted.push_str("\\\\"),
                '&' => quoted.push_str("&amp;"),
                c => quoted.push(c),
            }
        }
    }
    quoted.push('"');
    quoted
}
