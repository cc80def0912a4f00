//! What is drawn, whatever the language: boxes in frames, and arrows between boxes.

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

#[derive(Debug, Default)]
pub struct Picture {
    pub frames: Vec<Frame>,
    pub arrows: Vec<Arrow>,
}
