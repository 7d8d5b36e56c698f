//! Commands by table.
