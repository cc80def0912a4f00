//! The configuration as a picture: roles as a tree, groups and offices beside it, rules as arrows between what
//! they name, and how modules hang together.
//!
//! [`roles`] and [`modules`] say what is drawn, from the same configuration as the document; [`mermaid`] and [`dot`]
//! write it down, by the rules of their languages for text that anybody may have typed.

mod dot;
mod mermaid;
mod modules;
mod picture;
mod roles;
#[cfg(test)]
mod tests;
mod text;

use crate::core::diagram::picture::Picture;
use crate::core::document::Document;
use crate::core::{Error, Result};

/// The languages in which pictures are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Mermaid,
    Dot,
}

impl Format {
    pub fn parse(text: &str) -> Result<Format> {
        match text {
            "mermaid" => Ok(Format::Mermaid),
            "dot" => Ok(Format::Dot),
            _ => Err(
                Error::bad_value(format!("\"{text}\" is not a format of diagrams"))
                    .hint("It is one of: mermaid, dot (Graphviz)."),
            ),
        }
    }
}

/// The picture of everything, or of one module: then of the roles and groups between which its rules are, and of
/// the modules on which it hangs and which hang on it.
pub fn diagram(document: &Document, format: Format, module: Option<&str>) -> String {
    let mut picture = Picture::default();
    let shown = modules::concerned(document, module);
    roles::draw(document, module.is_some(), &shown, &mut picture);
    modules::draw(document, &shown, &mut picture);
    picture.frames.retain(|frame| !frame.boxes.is_empty());
    match format {
        Format::Mermaid => mermaid::write(&picture),
        Format::Dot => dot::write(&picture),
    }
}
