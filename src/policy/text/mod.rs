//! What a policy says: written by `protect`, read back by whoever asks which columns decide.

pub mod calls;
pub mod columns;
pub mod comparison;
pub mod criteria;
pub mod protection;
pub mod triggers;
