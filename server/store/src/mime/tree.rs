//! The tree of parts.
