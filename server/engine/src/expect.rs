//! What is expected of the client, and the verdict on what it did.
pub mod assertion;
