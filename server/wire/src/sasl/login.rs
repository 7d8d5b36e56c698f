//! LOGIN (draft-murchison-sasl-login): two prompts, two answers. Not standard, and sent by many clients.
use super::mechanism::{Credentials, Step, user_name};

/// The exchange: which answer comes next.
#[derive(Clone, Debug, Default)]
pub struct Login {
    user: Option<String>,
}

impl Login {
    /// The prompt for the answer that is due. Clients match these words, colon included.
    pub(super) fn prompt(&self) -> Vec<u8> {
        if self.user.is_none() { b"Username:".to_vec() } else { b"Password:".to_vec() }
    }

    pub(super) fn step(&mut self, response: &[u8]) -> Step {
        if let Some(user) = self.user.take() {
            let password = response.to_vec();
            return Step::Done(Credentials::Password { authorization: String::new(), user, password });
        }
        match user_name(response) {
            Ok(user) => {
                self.user = Some(user);
                Step::Challenge(self.prompt())
            }
            Err(failure) => Step::Failed(failure),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_then_password() {
        let mut login = Login::default();
        assert_eq!(login.prompt(), b"Username:");
        assert!(login.step(b"tim") == Step::Challenge(b"Password:".to_vec()));
        let wanted = Credentials::Password {
            authorization: String::new(),
            user: "tim".into(),
            password: b"s\0".into(),
        };
        assert!(login.step(b"s\0") == Step::Done(wanted));
        assert!(matches!(Login::default().step(b""), Step::Failed(_)));
    }
}
