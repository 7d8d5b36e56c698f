//! Why a recovery form was rejected, for the person: which kinds of facts fell short, never which answers were right.
use super::recovery::{Score, TOO_FEW};
use super::request::Language;

/// A form below the mark is not looked at; any other was, before it was rejected.
pub(super) fn reason(score: Score, language: Language) -> String {
    let kinds = [
        (
            score.created < Score::FULL.created,
            language.of("when the account was made", "アカウントの作成時期"),
        ),
        (score.old_passwords < Score::FULL.old_passwords, language.of("old passwords", "以前のパスワード")),
        (score.subjects < Score::FULL.subjects, language.of("recent subjects", "最近のメールの件名")),
        (score.recipients < Score::FULL.recipients, language.of("recent correspondents", "最近の送信先")),
        (score.payment < Score::FULL.payment, language.of("payment digits", "お支払いカードの番号")),
    ];
    let short: Vec<&str> = kinds.into_iter().filter_map(|(short, kind)| short.then_some(kind)).collect();
    let how = if score.total() < TOO_FEW {
        language.of(
            "Rejected without a review: too little of what you told us matches our records.",
            "審査に進めませんでした。登録内容と一致する情報が少なすぎます。",
        )
    } else {
        language.of(
            "Rejected after a review: what you told us does not quite show that the account is yours.",
            "審査の結果、承認できませんでした。ご本人であることを確認するには、情報がもう少し必要です。",
        )
    };
    let list = short.join(language.of(", ", "、"));
    match language {
        Language::En => format!("{how} Missing, incomplete or not matching: {list}."),
        Language::Ja => format!("{how}不足または一致しない項目: {list}。"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_names_the_kinds_that_fell_short_and_whether_it_was_looked_at() {
        let at_once = Score { created: 8, ..Score::default() };
        let reviewed = Score { created: 20, payment: 20, ..Score::default() };
        let said = reason(at_once, Language::En);
        assert!(said.contains("without a review") && said.contains("when the account was made"), "{said}");
        assert!(said.contains("payment digits") && said.contains("old passwords"), "{said}");
        let said = reason(reviewed, Language::En);
        assert!(said.contains("after a review") && said.contains("recent subjects"), "{said}");
        assert!(!said.contains("payment digits") && !said.contains("when the account"), "{said}");
        let (said, later) = (reason(at_once, Language::Ja), reason(reviewed, Language::Ja));
        assert!(said.contains("審査に進め") && said.contains("お支払いカード"), "{said}");
        assert!(later.contains("審査の結果") && !later.contains("お支払いカード"), "{later}");
    }
}
