//! The laboratory: what happens when. World, clock, changes, faults, scenarios, journal, captures, verdicts.
//!
//! Sans-IO: no sockets, no files, no clock of its own. Real time is passed in; virtual time is made of it.
pub mod autoconfig;
pub mod capture;
pub mod certificates;
pub mod change;
pub mod clock;
pub mod conduct;
pub mod expect;
pub mod fault;
pub mod journal;
pub mod listener;
pub mod names;
pub mod profile;
pub mod report;
pub mod scenario;
pub mod schema;
pub mod seed;
pub mod span;
pub mod words;
pub mod world;

pub use change::{Change, ChangeError};
pub use journal::Journal;
pub use postfail_identity::portal;
pub use profile::Profile;
pub use scenario::Scenario;
pub use world::{Connection, Visit, World};
