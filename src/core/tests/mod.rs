//! The decision against an independent model of docs/semantics.md (The decision): in random worlds, and in
//! the examples of docs/semantics.md (Examples that must hold).

mod examples;
mod facts;
#[path = "../../../tests/support/model.rs"]
mod model;
mod random_worlds;
