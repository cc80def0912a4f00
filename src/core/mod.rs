//! The decision of who may do what with which record, in pure Rust.
//!
//! This folder knows no PostgreSQL: rows become the types of [`org`], and every answer the
//! extension gives (predicates, rule preview, explanations) comes from [`decision::Sight`].
#![forbid(unsafe_code)]

pub mod access;
pub mod carrying;
pub mod checkup;
pub mod criteria;
pub mod cycles;
pub mod decision;
pub mod diagram;
pub mod document;
pub mod error;
pub mod expectation;
pub mod forest;
mod json_object;
pub mod lease;
pub mod matrix;
pub mod ordinary;
pub mod org;
pub mod overview;
pub mod principal;
pub mod record_id;
pub mod related;
pub mod search;
pub mod sources;
pub mod staged;
pub mod standbys;
pub mod time;
pub mod token;
pub mod trust;
pub mod version;

#[cfg(test)]
mod tests;

pub use access::{
    Action, GlobalAccess, Level, LinkStatus, Permissions, RelatedAccess, Right, Rights, RuleAccess,
    ShareAccess,
};
pub use error::{Error, Result, Sqlstate};
pub use principal::Principal;
