//! The configuration as a picture: roles as a tree, groups and offices beside it, rules as arrows between what
//! they name, and how modules hang together.
//!
//! [`picture`] says what is drawn, from the same configuration as the document; [`mermaid`] and [`dot`] write it
//! down, by the rules of their languages for text that anybody may have typed.

mod dot;
mod mermaid;
mod modules;
mod picture;
mod roles;
#[cfg(test)]
mod tests;
mod text;

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

/// The picture of everything, or of one module and what concerns it.
pub fn diagram(document: &Document, format: Format, module: Option<&str>) -> String {
    let picture = picture::Picture::of(document, module);
    match format {
        Format::Mermaid => mermaid::write(&picture),
        Format::Dot => dot::write(&picture),
    }
}
