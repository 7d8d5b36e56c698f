//! `{imap.port}`, `{ca}`, `{client.url}` in the arguments of the client under test.
use std::fmt;

use postfail::Variable;

/// A placeholder that looks like one of ours and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    name: String,
    valid: Vec<String>,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the client's arguments hold `{{{}}}`, which is no placeholder; there are", self.name)?;
        self.valid.iter().try_for_each(|name| write!(f, " {{{name}}}"))
    }
}

/// Put the values in. Braces around anything that does not begin with one of our names, such as `{}` or `{print $1}`,
/// are left as they are.
pub fn fill(text: &str, variables: &[Variable]) -> Result<String, Unknown> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        filled.push_str(before);
        let name_end =
            from[1..].find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '_'));
        let name = name_end.map(|end| &from[1..=end]).filter(|name| from[1 + name.len()..].starts_with('}'));
        let Some(name) = name else {
            filled.push('{');
            rest = &from[1..];
            continue;
        };
        match variables.iter().find(|variable| variable.name == name) {
            Some(variable) => filled.push_str(&variable.value),
            None if is_ours(name, variables) => {
                let valid = variables.iter().map(|variable| variable.name.clone()).collect();
                return Err(Unknown { name: name.to_owned(), valid });
            }
            None => filled.push_str(&from[..name.len() + 2]),
        }
        rest = &from[name.len() + 2..];
    }
    filled.push_str(rest);
    Ok(filled)
}

/// Does the part before the dot name one of our things (`imap`, `client`, `ca`)?
fn is_ours(name: &str, variables: &[Variable]) -> bool {
    let space = |name: &str| name.split('.').next().map(str::to_owned);
    variables.iter().any(|variable| space(&variable.name) == space(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Vec<Variable> {
        [
            ("imap.port", "40001"),
            ("ca", "/tmp/ca.pem"),
            ("user", "taro"),
            ("client.url", "imap://localhost:40001"),
        ]
        .map(|(name, value)| Variable { name: name.to_owned(), value: value.to_owned() })
        .to_vec()
    }

    #[test]
    fn ours_are_filled_and_others_left() {
        let table = [
            ("--cacert={ca}", "--cacert=/tmp/ca.pem"),
            ("{user}:{imap.port}{user}", "taro:40001taro"),
            ("{client.url}/INBOX", "imap://localhost:40001/INBOX"),
            ("{}", "{}"),
            ("{print $1}", "{print $1}"),
            ("{tag} {{user}} {", "{tag} {taro} {"),
            ("%{http_code} {User} {user", "%{http_code} {User} {user"),
            ("日本{ca}語", "日本/tmp/ca.pem語"),
            ("", ""),
        ];
        for (text, wanted) in table {
            assert_eq!(fill(text, &variables()).as_deref(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn a_slip_in_one_of_ours_names_the_valid_ones() {
        for (text, name) in [
            ("{imap.prot}", "imap.prot"),
            ("x{imap}", "imap"),
            ("{client.uri}", "client.uri"),
            ("{ca.file}", "ca.file"),
        ] {
            let unknown = fill(text, &variables()).unwrap_err();
            assert_eq!(unknown.name, name);
            assert!(unknown.to_string().contains("{imap.port}"), "{unknown}");
        }
    }
}
