//! The program as people and scripts use it.
mod api;
mod autoconfig;
mod captures;
mod ctl;
mod reference;
mod run;
mod serve;
mod served;
mod streams;
mod triggers;
