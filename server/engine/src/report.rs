//! Verdicts written down: a table for people, JSON for programs, JUnit for build servers.
pub mod json;
pub mod junit;
pub mod markdown;
pub mod text;

#[cfg(test)]
mod tests;
