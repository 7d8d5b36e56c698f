//! A byte of what the server writes: by its number, or the end of the ServerHello.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `1200`, or `"server-hello"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "a number of bytes, or \"server-hello\"")]
pub enum Point {
    Bytes(u32),
    Named(Named),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Named {
    ServerHello,
}

impl Default for Point {
    fn default() -> Self {
        Self::Bytes(0)
    }
}

impl Point {
    /// `None`: the end of the ServerHello, wherever that is.
    pub fn byte(self) -> Option<usize> {
        match self {
            Self::Bytes(bytes) => Some(bytes as usize),
            Self::Named(Named::ServerHello) => None,
        }
    }

    pub fn is_start(&self) -> bool {
        *self == Self::default()
    }
}
