//! From credentials to granted or refused: the part all three protocols share (RFC 4422, 4616, 2195, 7628).
