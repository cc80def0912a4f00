//! Single records judged for anybody: what decides about them is read, and asked of `core::decision`.

pub mod loaded;
pub mod loading;
pub mod rows;
pub mod verdict;
pub mod who;
