//! One Japanese spelling per word: loanwords in -er, -or and -ar end with a long vowel, those in -y do not, as in the
//! menus of the programs that the lessons speak of.
use super::{Complaint, Tree};

/// Words that want a `ー` behind them.
const LONG: &[&str] = &[
    "サーバ",
    "ユーザ",
    "ブラウザ",
    "フォルダ",
    "プロバイダ",
    "バッファ",
    "ルータ",
    "プリンタ",
    "コンピュータ",
];
/// Words that stand for another, which is behind them.
const OTHERWISE: &[(&str, &str)] = &[
    ("セキュリティー", "セキュリティ"),
    ("ライブラリー", "ライブラリ"),
    ("提供元", "プロバイダー"),
    ("受信箱", "受信トレイ"),
];
/// What others wrote, and this list.
const QUOTED: &[&str] = &["scenarios/mail/", "scenarios/profiles/", "xtask/src/tidy/spelling.rs"];

pub fn check(tree: &Tree) -> Vec<Complaint> {
    let ours = tree.files().filter(|(path, _)| !QUOTED.iter().any(|quoted| path.starts_with(quoted)));
    let lines = ours.flat_map(|(path, text)| (1..).zip(text.lines()).map(move |(n, line)| (path, n, line)));
    lines.filter_map(|(path, n, line)| Some(format!("{path}:{n}: {}", misspelt(line)?))).collect()
}

fn misspelt(line: &str) -> Option<String> {
    let is_short =
        |word: &&&str| line.match_indices(**word).any(|(at, _)| !line[at + word.len()..].starts_with('ー'));
    if let Some(word) = LONG.iter().find(is_short) {
        return Some(format!("`{word}` is written `{word}ー` here"));
    }
    let (wrong, right) = OTHERWISE.iter().find(|(wrong, _)| line.contains(wrong))?;
    Some(format!("`{wrong}` is written `{right}` here"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_written_in_one_way() {
        let of = |text: &str| {
            check(&Tree::of(&[("scenarios/tls/x.toml", text), ("scenarios/mail/y.eml", "サーバ")]))
        };
        assert_eq!(of("サーバーとユーザーのセキュリティ"), [""; 0]);
        assert_eq!(of("\nサーバーとサーバ"), ["scenarios/tls/x.toml:2: `サーバ` is written `サーバー` here"]);
        assert_eq!(
            of("セキュリティー"),
            ["scenarios/tls/x.toml:1: `セキュリティー` is written `セキュリティ` here"]
        );
    }
}
