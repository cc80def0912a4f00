//! Plans that depend on who asks, and what the workers of a parallel plan are given.

pub mod carried;
pub mod dependent;
pub mod handover;
pub mod switching;
pub mod unfiltered;
