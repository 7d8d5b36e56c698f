//! What is wrong with a file: where, the line with a caret, and what would be right.
use std::fmt;
use std::ops::Range;

use crate::words::{UnknownWord, boundary};

/// A file as it is read: its name for messages, and its text.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    pub name: &'a str,
    pub text: &'a str,
}

/// One message about a place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub file: String,
    /// Line and column, from 1; columns count characters.
    pub line: usize,
    pub column: usize,
    pub message: String,
    pub help: Option<String>,
    /// The line itself.
    pub excerpt: String,
    /// How many characters the carets stand under, at least 1.
    pub width: usize,
}

impl Source<'_> {
    /// A message about a range of bytes.
    pub fn at(&self, span: Range<usize>, message: impl Into<String>, help: Option<String>) -> Diagnostic {
        let start = boundary(self.text, span.start);
        let before = &self.text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let excerpt = self.text[line_start..].lines().next().unwrap_or_default();
        let end = boundary(self.text, span.end.max(start)).min(line_start + excerpt.len());
        Diagnostic {
            file: self.name.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: message.into(),
            help,
            excerpt: excerpt.to_owned(),
            width: self.text.get(start..end).map_or(1, |shown| shown.chars().count().max(1)),
        }
    }

    /// What the TOML reader or a value's own reader says, with the nearest of the words it expected.
    pub fn syntax(&self, error: &toml::de::Error) -> Diagnostic {
        let message = error.message().to_owned();
        let span = error.span().unwrap_or(0..0);
        let mut quoted = message.split('`').skip(1).step_by(2);
        let (message, help) = match quoted.next() {
            Some(word) if message.starts_with("unknown field") || message.starts_with("unknown variant") => {
                let unknown = UnknownWord::new("key", word, quoted);
                let kind = if message.starts_with("unknown field") { "key" } else { "word" };
                (format!("unknown {kind} `{word}`"), Some(unknown.help()))
            }
            Some(field) if message.starts_with("missing field") => {
                (message.clone(), Some(format!("add `{field}` here")))
            }
            // Our own readers say `unknown listener ..., did you mean ...`: the second half is the help.
            _ => match message
                .split_once(", did you mean ")
                .map(|(what, help)| (what, format!("did you mean {help}")))
            {
                Some((what, help)) => (what.to_owned(), Some(help)),
                None => match message.split_once("; ") {
                    Some((what, help)) => (what.to_owned(), Some(help.to_owned())),
                    None => (message.clone(), None),
                },
            },
        };
        self.at(span, message.replace('\n', " "), help)
    }

    /// A word outside a closed list; the caret stands under it, looked for within `near`.
    pub fn unknown_word<'w>(
        &self,
        kind: &'static str,
        word: &str,
        valid: impl IntoIterator<Item = &'w str>,
        near: Option<Range<usize>>,
    ) -> Diagnostic {
        let unknown = UnknownWord::new(kind, word, valid);
        self.at(self.find(word, near), format!("unknown {kind} `{word}`"), Some(unknown.help()))
    }

    /// The whole of a table: the range of a `[[...]]` table is its head only, and the rest goes on to the next head.
    pub fn table(&self, range: Range<usize>) -> Range<usize> {
        match self.text.get(range.start..) {
            Some(rest) if rest.starts_with("[[") => {
                let end = rest.find("\n[[").unwrap_or(rest.len());
                range.start..range.start + end
            }
            _ => range,
        }
    }

    /// Where a key stands in the table that begins within a range; the range itself when it does not.
    pub fn find_key(&self, key: &str, table: Range<usize>) -> Range<usize> {
        let whole = self.table(table.clone());
        let Some(rest) = self.text.get(whole) else { return table };
        let end = rest.len();
        let begins = |at: usize| !rest[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '"');
        let ends = |at: usize| rest[at + key.len()..].trim_start_matches([' ', '"']).starts_with(['=', ':']);
        rest[..end]
            .match_indices(key)
            .map(|(at, _)| at)
            .find(|at| begins(*at) && ends(*at))
            .map_or(table.clone(), |at| table.start + at..table.start + at + key.len())
    }

    /// Where a quoted word stands within a range; the range itself when it does not.
    pub fn find(&self, word: &str, near: Option<Range<usize>>) -> Range<usize> {
        let near = near.unwrap_or(0..self.text.len());
        let Some(text) = self.text.get(near.clone()) else { return near };
        [format!("\"{word}\""), format!("'{word}'")]
            .iter()
            .find_map(|quoted| {
                text.find(quoted.as_str()).map(|at| near.start + at..near.start + at + quoted.len())
            })
            .unwrap_or(near)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, message, help, excerpt, width } = self;
        let margin = " ".repeat(line.to_string().len());
        writeln!(f, "error: {message}")?;
        writeln!(f, "{margin}--> {file}:{line}:{column}")?;
        writeln!(f, "{margin} |")?;
        writeln!(f, "{line} | {excerpt}")?;
        // Japanese letters take two columns on a terminal, so what stands before the caret is measured.
        let before: usize = excerpt.chars().take(column - 1).map(columns).sum();
        let under: usize = excerpt.chars().skip(column - 1).take(*width).map(columns).sum();
        write!(f, "{margin} | {}{}", " ".repeat(before), "^".repeat(under.max(1)))?;
        if let Some(help) = help {
            write!(f, "\n{margin} = help: {help}")?;
        }
        Ok(())
    }
}

/// Terminal columns of a letter: two for East Asian wide and full-width ones (Unicode Annex 11, in short).
fn columns(letter: char) -> usize {
    match letter {
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' => 2,
        '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}' => 2,
        _ => 1,
    }
}

impl std::error::Error for Diagnostic {}
