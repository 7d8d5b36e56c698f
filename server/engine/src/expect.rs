//! What is expected of the client, and the verdict on what it did.
pub mod assertion;
pub mod verdict;

pub use verdict::{Breach, Exit, Finding, Outcome, PhaseVerdict, Run, Verdict};
