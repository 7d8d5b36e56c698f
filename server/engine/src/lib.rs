//! The laboratory: what happens when. World, clock, changes, faults, scenarios, journal, verdicts.
//!
//! Sans-IO: no sockets, no files, no clock of its own. Real time is passed in; virtual time is made of it.
pub mod clock;
pub mod listener;
pub mod seed;
pub mod span;
pub mod words;
