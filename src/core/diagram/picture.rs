//! What is drawn, whatever the language: boxes in frames, and arrows between boxes.

use crate::core::diagram::{modules, roles};
use crate::core::document::Document;

/// A frame with boxes in it. One without boxes is not drawn.
#[derive(Debug)]
pub struct Frame {
    pub name: &'static str,
    pub title: &'static str,
    pub boxes: Vec<NamedBox>,
}

#[derive(Debug)]
pub struct NamedBox {
    /// Letters and digits.
    pub id: String,
    pub looks: Looks,
    pub title: String,
    /// What else stands in it.
    pub lines: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looks {
    Role,
    Group,
    Office,
    ClosedOffice,
    Module,
}

#[derive(Debug)]
pub struct Arrow {
    pub from: String,
    pub to: String,
    pub kind: ArrowKind,
    pub lines: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrowKind {
    /// From above to below, in a tree of roles or offices: a line.
    Above,
    /// From those who own records to those with whom they are shared.
    Rule,
    /// The same, while it waits to be applied.
    StagedRule,
    /// From a record to the one it belongs to.
    Relation,
    /// The same, while something waits to carry over it.
    StagedRelation,
    ControlledBy,
    Follows,
}

#[derive(Debug)]
pub struct Picture {
    pub frames: Vec<Frame>,
    pub arrows: Vec<Arrow>,
}

impl Picture {
    /// Of everything, or of one module: then of the roles and groups between which its rules are, and of the
    /// modules on which it hangs and which hang on it.
    pub fn of(document: &Document, module: Option<&str>) -> Picture {
        let mut picture = Picture {
            frames: Vec::new(),
            arrows: Vec::new(),
        };
        let shown = modules::concerned(document, module);
        roles::draw(document, module.is_some(), &shown, &mut picture);
        modules::draw(document, &shown, &mut picture);
        picture.frames.retain(|frame| !frame.boxes.is_empty());
        picture
    }
}
