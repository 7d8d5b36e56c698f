//! Flows and bad input.
