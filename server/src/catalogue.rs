//! The scenarios, profiles and sample mail that are built in, and scenario files from elsewhere.
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use postfail_engine::profile::Profile;
use postfail_engine::scenario::{self, Causes, Diagnostic, Library, Scenario};
use postfail_engine::words::UnknownWord;
use rust_embed::RustEmbed;
use serde_json::{Value, json};

#[derive(RustEmbed)]
#[folder = "../scenarios"]
#[include = "*.toml"]
#[include = "*.eml"]
struct Embedded;

/// A scenario's text, and what it goes by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The path below `scenarios/` without `.toml`: `tls/tls-1-0-and-1-1-off`. Of a file from elsewhere, its stem.
    pub id: String,
    /// For messages: the file's path.
    pub file: String,
    pub text: String,
}

/// Why a scenario is not there.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error("there is no scenario `{name}`{}; `postfail list` shows them, and a file is named by its path", .nearest.as_ref().map(|near| format!(", did you mean `{near}`?")).unwrap_or_default())]
    Unknown { name: String, nearest: Option<String> },
    #[error("cannot read {}: {source}", .path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{0}; `postfail list --profiles` shows them")]
    UnknownProfile(#[from] UnknownWord),
    /// Everything that is wrong with a file, each with line, column and caret.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n\n"))]
    Wrong(Vec<Diagnostic>),
}

/// Every built-in scenario, read and checked.
///
/// # Errors
/// When one of them is spoilt.
pub fn scenarios() -> Result<Vec<Scenario>, CatalogueError> {
    ids().iter().filter_map(|id| built_in(id)).map(|source| source.scenario()).collect()
}

/// What a program is told of a scenario that chooses among them.
#[must_use]
pub fn entry(scenario: &Scenario) -> Value {
    json!({
        "id": scenario.id,
        "title": scenario.title,
        "diagnosis": scenario.diagnosis,
        "profiles": scenario.profiles,
        "phases": scenario.phases.iter().map(|phase| &phase.name).collect::<Vec<_>>(),
    })
}

/// The identifiers of all built-in scenarios, in order.
#[must_use]
pub fn ids() -> Vec<String> {
    // Which cases a file has only its text says, and texts do not change.
    static IDS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let mut files: Vec<String> =
            Embedded::iter().filter_map(|path| scenario_id(&path).map(str::to_owned)).collect();
        files.sort();
        files.iter().filter_map(|id| source_of(id)).flat_map(cases).map(|source| source.id).collect()
    });
    IDS.clone()
}

/// A file is one scenario, or each of its cases: `FILE#CASE`.
fn cases(source: Source) -> Vec<Source> {
    let names = scenario::case::names(&source.text);
    if names.is_empty() {
        return vec![source];
    }
    let case = |name: String| Source { id: format!("{}#{name}", source.id), ..source.clone() };
    names.into_iter().map(case).collect()
}

/// Does this word name one scenario (an identifier or a file), rather than a folder, a pattern or `all`?
#[must_use]
pub fn names_one(name: &str) -> bool {
    if is_file(name) {
        return read(Path::new(name)).is_ok_and(|source| scenario::case::names(&source.text).is_empty());
    }
    ids().iter().any(|id| id == stem(name))
}

fn is_file(name: &str) -> bool {
    let path = Path::new(name);
    path.extension().is_some_and(|extension| extension == "toml") && path.is_file()
}

fn stem(name: &str) -> &str {
    let stem = name.trim_end_matches('/');
    stem.strip_suffix(".toml").unwrap_or(stem)
}

/// `*` stands for any letters, a slash among them.
fn matches(pattern: &str, id: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == id,
        Some((before, rest)) => id.strip_prefix(before).is_some_and(|tail| {
            tail.char_indices().map(|(at, _)| at).chain([tail.len()]).any(|at| matches(rest, &tail[at..]))
        }),
    }
}

/// The scenarios behind one word: an identifier, a file, a folder of identifiers (`tls`), the cases of one
/// (`starttls/imap-tampering`), a pattern (`auth/*-disabled`), or `all`.
///
/// # Errors
/// When nothing goes by that name, or the file cannot be read.
pub fn select(name: &str) -> Result<Vec<Source>, CatalogueError> {
    if is_file(name) {
        return read(Path::new(name)).map(cases);
    }
    let stem = stem(name);
    let (folder, file) = (format!("{stem}/"), format!("{stem}#"));
    let is_within = |id: &String| id.starts_with(&folder) || id.starts_with(&file);
    let wanted = |id: &String| name == "all" || matches(stem, id) || is_within(id);
    let found: Vec<Source> = ids().iter().filter(|id| wanted(id)).filter_map(|id| built_in(id)).collect();
    if found.is_empty() {
        let ids = ids();
        let words = ids.iter().map(String::as_str);
        let nearest = postfail_engine::words::nearest(stem, words).map(str::to_owned);
        return Err(CatalogueError::Unknown { name: name.to_owned(), nearest });
    }
    Ok(found)
}

/// A scenario file from anywhere.
///
/// # Errors
/// When it cannot be read as UTF-8 text.
pub fn read(path: &Path) -> Result<Source, CatalogueError> {
    let unreadable = |source| CatalogueError::Unreadable { path: path.to_owned(), source };
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Source { id, file: path.display().to_string(), text })
}

/// A built-in scenario.
#[must_use]
pub fn built_in(id: &str) -> Option<Source> {
    let source = source_of(id.split('#').next()?)?;
    cases(source).into_iter().find(|source| source.id == id)
}

/// A built-in file, whatever its cases.
fn source_of(id: &str) -> Option<Source> {
    let file = format!("{id}.toml");
    scenario_id(&file)?;
    let text = embedded_text(&file)?;
    Some(Source { id: id.to_owned(), file: format!("scenarios/{file}"), text })
}

/// The names of all built-in profiles, in order.
#[must_use]
pub fn profiles() -> Vec<String> {
    let name = |path: Cow<'_, str>| path.strip_prefix("profiles/")?.strip_suffix(".toml").map(str::to_owned);
    let mut names: Vec<String> = Embedded::iter().filter_map(name).collect();
    names.sort();
    names
}

/// A built-in profile: a provider's wording and limits.
///
/// # Errors
/// When there is none of that name.
pub fn profile(name: &str) -> Result<Profile, CatalogueError> {
    let file = format!("profiles/{name}.toml");
    let names = profiles();
    let unknown = || UnknownWord::new("profile", name, names.iter().map(String::as_str));
    let text =
        embedded_text(&file).filter(|_| names.iter().any(|known| known == name)).ok_or_else(unknown)?;
    let source = scenario::Source { name: &format!("scenarios/{file}"), text: &text };
    Profile::parse(name, &source).map_err(|wrong| CatalogueError::Wrong(vec![wrong]))
}

/// Each `id` of the profiles' responses, behind the name of its profile.
fn responses() -> &'static [(String, String)] {
    static RESPONSES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
        let profiles = profiles().into_iter().filter_map(|name| profile(&name).ok());
        let ids = |profile: Profile| {
            profile.responses.into_iter().map(move |response| (profile.id.clone(), response.id))
        };
        profiles.flat_map(ids).collect()
    });
    &RESPONSES
}

/// The closed list of causes and remedies.
///
/// # Errors
/// When the built-in list is spoilt.
pub fn causes() -> Result<Causes, CatalogueError> {
    let text = embedded_text("causes.toml").unwrap_or_default();
    let source = scenario::Source { name: "scenarios/causes.toml", text: &text };
    Causes::parse(&source).map_err(|wrong| CatalogueError::Wrong(vec![wrong]))
}

impl Source {
    /// Read it, and check every name in it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn scenario(&self) -> Result<Scenario, CatalogueError> {
        let causes = causes()?;
        let profiles = profiles();
        let mail = mail();
        let library = Library {
            causes: &causes,
            profiles: &profiles.iter().map(String::as_str).collect::<Vec<_>>(),
            responses: &responses()
                .iter()
                .map(|(profile, id)| (profile.as_str(), id.as_str()))
                .collect::<Vec<_>>(),
            mail: &mail.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        };
        let source = scenario::Source { name: &self.file, text: &self.text };
        Scenario::parse(&self.id, &source, &library).map_err(CatalogueError::Wrong)
    }
}

/// The sample mail: file name and bytes, in order of the names; the first that anybody reads is a plain one.
#[must_use]
pub fn mail() -> Vec<(String, Cow<'static, [u8]>)> {
    let mut mail: Vec<_> = Embedded::iter()
        .filter_map(|path| {
            let name = path.strip_prefix("mail/")?.to_owned();
            Some((name, Embedded::get(&path)?.data))
        })
        .collect();
    mail.sort_by(|(a, _), (b, _)| (a != "welcome.eml", a).cmp(&(b != "welcome.eml", b)));
    mail
}

/// A scenario lies in a folder of its layer; profiles and closed lists of words do not count.
fn scenario_id(path: &str) -> Option<&str> {
    let id = path.strip_suffix(".toml")?;
    (id.contains('/') && !id.starts_with("profiles/")).then_some(id)
}

fn embedded_text(file: &str) -> Option<String> {
    Embedded::get(file).and_then(|found| String::from_utf8(found.data.into_owned()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(name: &str) -> Vec<String> {
        select(name).unwrap().into_iter().map(|source| source.id).collect()
    }

    #[test]
    fn by_identifier_folder_and_all() {
        let id = "plaintext/pop3-110-closed-use-995";
        assert_eq!(selected(id), [id]);
        assert_eq!(selected("plaintext/pop3-110-closed-use-995.toml"), [id]);
        assert!(selected("plaintext").contains(&id.to_owned()));
        assert_eq!(selected("plaintext/"), selected("plaintext"));
        assert_eq!(selected("plaintext/pop3-*-closed-*"), [id]);
        assert_eq!(selected("*/pop3-110*"), [id]);
        assert_eq!(selected("*"), ids());
        assert!(select("plaintext/pop3-*-open").is_err());
        assert!(names_one(id) && !names_one("plaintext") && !names_one("all") && !names_one("*"));
        assert_eq!(selected("all"), ids());
        assert!(ids().len() >= 3, "{:?}", ids());
    }

    #[test]
    fn a_slip_is_told_with_the_nearest() {
        let told = select("plaintext/pop3-110-close-use-995").unwrap_err().to_string();
        assert!(told.contains("did you mean `plaintext/pop3-110-closed-use-995`?"), "{told}");
        let told = select("nothing-like-it").unwrap_err().to_string();
        assert!(told.contains("there is no scenario `nothing-like-it`;"), "{told}");
    }

    #[test]
    fn a_file_goes_by_its_stem() {
        let path =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/plaintext/pop3-110-closed-use-995.toml");
        let source = select(path).unwrap().remove(0);
        assert_eq!((source.id.as_str(), source.file.as_str()), ("pop3-110-closed-use-995", path));
        assert_eq!(
            Some(source.text),
            built_in("plaintext/pop3-110-closed-use-995").map(|source| source.text)
        );
    }

    #[test]
    fn every_built_in_scenario_is_right() {
        for id in ids() {
            let scenario = built_in(&id).unwrap().scenario().unwrap_or_else(|wrong| panic!("{wrong}"));
            assert_eq!(scenario.id, id);
        }
    }

    #[test]
    fn profiles_and_mail_are_built_in() {
        assert!(profiles().contains(&"dovecot".to_owned()), "{:?}", profiles());
        for name in profiles() {
            assert_eq!(profile(&name).unwrap().id, name);
        }
        let told = profile("dovecott").unwrap_err().to_string();
        assert!(told.contains("did you mean `dovecot`?"), "{told}");
        assert!(mail().len() >= 50 && mail().iter().all(|(name, _)| name.ends_with(".eml")));
        assert!(built_in("profiles/dovecot").is_none());
    }
}
