//! What this library asks of PostgreSQL in ways of its own.

pub mod attempt;
pub mod clock;
pub mod compat;
pub mod image;
pub mod list;
pub mod names;
pub mod notices;
pub mod pages;
pub mod plan_items;
pub mod process;
pub mod setting;
mod shared_area;
pub mod shared_memory;
