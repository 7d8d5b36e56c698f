//! PLAIN (RFC 4616): everything in one response.
//!
//! ```abnf
//! message = [authzid] UTF8NUL authcid UTF8NUL passwd
//! ```
use super::mechanism::{Credentials, Failure, Step, user_name};

/// An exchange with no state: the one response decides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

impl Plain {
    pub(super) fn step(self, response: &[u8]) -> Step {
        read(response).map_or_else(Step::Failed, Step::Done)
    }
}

fn read(response: &[u8]) -> Result<Credentials, Failure> {
    let mut parts = response.split(|&byte| byte == 0);
    let (Some(authorization), Some(user), Some(password), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Failure::PlainForm);
    };
    let authorization = std::str::from_utf8(authorization).map_err(|_| Failure::NotUtf8)?;
    Ok(Credentials::Password {
        authorization: authorization.to_owned(),
        user: user_name(user)?,
        password: password.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_parts_and_no_more() {
        let done = |authorization: &str, user: &str, password: &[u8]| {
            Step::Done(Credentials::Password {
                authorization: authorization.into(),
                user: user.into(),
                password: password.into(),
            })
        };
        assert!(Plain.step(b"\0tim\0tanstaaftanstaaf") == done("", "tim", b"tanstaaftanstaaf"));
        assert!(Plain.step(b"Ursel\0Kurt\0xipj3plmq") == done("Ursel", "Kurt", b"xipj3plmq"));
        assert!(Plain.step(b"\0u\0\xff") == done("", "u", b"\xff"));
        for (bad, why) in [
            (&b""[..], Failure::PlainForm),
            (b"tim\0secret", Failure::PlainForm),
            (b"\0tim\0sec\0ret", Failure::PlainForm),
            (b"\0\0secret", Failure::NoUser),
            (b"\0\xff\0secret", Failure::NotUtf8),
        ] {
            assert!(Plain.step(bad) == Step::Failed(why), "{bad:?}");
        }
    }
}
