//! What people read on the terminal: aligned tables, and colour where stdout is a terminal.
use std::fmt::Write as _;
use std::io::IsTerminal;

/// Rows under a heading, columns as wide as their widest cell. Wide characters (CJK) count as two.
pub fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = heading.iter().map(|cell| width(cell)).collect();
    for row in rows {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = width(cell).max(*widest);
        }
    }
    let mut text = String::new();
    let heading: Vec<String> = heading.iter().map(|&cell| cell.to_owned()).collect();
    for row in std::iter::once(&heading).chain(rows) {
        let mut line = String::new();
        for (cell, &widest) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell}{}", " ".repeat(widest - width(cell) + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Columns of a terminal that a text takes.
fn width(text: &str) -> usize {
    text.chars().map(width_of).sum()
}

/// East Asian wide and full-width letters take two columns (Unicode Annex 11, in short).
fn width_of(c: char) -> usize {
    match u32::from(c) {
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f => 2,
        0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// How wide a line may be: `COLUMNS`, where that is set to 80 or more, else 120.
pub fn columns() -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    asked.filter(|columns| *columns >= 80).unwrap_or(120)
}

/// A text in at most so many columns, with an ellipsis where something is left out.
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut taken = 1;
    let fits = |c: &char| {
        taken += width_of(*c);
        taken <= columns
    };
    let kept: String = text.chars().take_while(fits).collect();
    format!("{}…", kept.trim_end())
}

/// Break a text into lines of at most `columns`, at blanks, and between letters that are written without blanks.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for piece in paragraph.split_inclusive(|c: char| c == ' ' || width_of(c) == 2) {
            let full = width(&line) + width(piece.trim_end()) > columns;
            // Closing marks do not begin a line, and opening ones do not end it (JIS X 4051).
            if full && !line.is_empty() && !piece.starts_with(['、', '。', '」', '）', ')']) {
                let end = line.trim_end_matches(['「', '『', '（']).len();
                let opening = if end > 0 { line.split_off(end) } else { String::new() };
                lines.push(std::mem::replace(&mut line, opening).trim_end().to_owned());
            }
            line.push_str(piece);
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// The colours in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    Green,
    Red,
    Yellow,
    Bold,
}

/// Colour a text when stdout is a terminal and NO_COLOR is not set (no-color.org).
pub fn paint(colour: Colour, text: &str) -> String {
    let plain = !std::io::stdout().is_terminal()
        || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if plain {
        return text.to_owned();
    }
    let code = match colour {
        Colour::Green => 32,
        Colour::Red => 31,
        Colour::Yellow => 33,
        Colour::Bold => 1,
    };
    format!("\x1b[{code}m{text}\x1b[0m")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows =
            vec![vec!["imap".to_owned(), "STARTTLS".to_owned()], vec!["日本".to_owned(), String::new()]];
        assert_eq!(table(&["protocol", "tls"], &rows), "protocol  tls\nimap      STARTTLS\n日本\n");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(width("ａ日本x"), 7);
        let rows = vec![vec!["日本".to_owned(), "x".to_owned()], vec!["ab".to_owned(), "y".to_owned()]];
        assert_eq!(table(&["", ""], &rows).lines().skip(1).collect::<Vec<_>>(), ["日本  x", "ab    y"]);
    }

    #[test]
    fn what_does_not_fit_is_cut_at_a_letter() {
        for (text, columns, cut_to) in [
            ("password", 8, "password"),
            ("password", 7, "passwo…"),
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"),
        ] {
            assert_eq!(cut(text, columns), cut_to);
        }
        assert_eq!(width(&cut("日本語", 4)), 3);
    }

    #[test]
    fn lines_break_at_blanks_and_between_wide_letters() {
        assert_eq!(wrap("one two three\nfour", 8), ["one two", "three", "four"]);
        assert_eq!(wrap("TLSは仕組みです。", 8), ["TLSは仕", "組みです。"]);
        assert_eq!(wrap("これは「はい」", 8), ["これは", "「はい」"]);
        assert_eq!(wrap("incomprehensibilities a", 5), ["incomprehensibilities", "a"]);
    }
}
