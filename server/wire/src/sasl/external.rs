//! EXTERNAL (RFC 4422 appendix A): who the client is, TLS has shown already; here it says as whom to act.
//!
//! ```abnf
//! external-initial-response = [ *( UTF8-char-no-nul ) ]     ; empty: as the certificate's own identity
//! ```
use super::mechanism::{Credentials, Failure, Step};

pub(super) fn step(response: &[u8]) -> Step {
    match std::str::from_utf8(response) {
        Ok(text) if !text.contains('\0') => {
            Step::Done(Credentials::External { authorization: text.to_owned() })
        }
        Ok(_) => Step::Failed(Failure::ExternalForm),
        Err(_) => Step::Failed(Failure::NotUtf8),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_or_nothing() {
        let done = |name: &str| Step::Done(Credentials::External { authorization: name.to_owned() });
        assert!(step(b"") == done(""));
        assert!(step("花子@postfail.test".as_bytes()) == done("花子@postfail.test"));
        assert!(step(b"a\0b") == Step::Failed(Failure::ExternalForm));
        assert!(step(b"\xff") == Step::Failed(Failure::NotUtf8));
    }
}
