//! Address lists, with the examples of RFC 5322 appendix A. Shown as `name|route|mailbox|host`, `-` for NIL.
use super::*;

fn shown(value: &str) -> String {
    let text = |slot: &Option<Bytes>| match slot {
        Some(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        None => "-".to_owned(),
    };
    let one = |a: &Address| [&a.name, &a.route, &a.mailbox, &a.host].map(text).join("|");
    addresses(value.as_bytes()).iter().map(one).collect::<Vec<_>>().join(" ; ")
}

#[test]
fn addresses_good_and_bad() {
    for (value, expected) in [
        ("John Doe <jdoe@machine.example>", "John Doe|-|jdoe|machine.example"),
        ("\"Joe Q. Public\" <john.q.public@example.com>", "Joe Q. Public|-|john.q.public|example.com"),
        ("<boss@nil.test>", "-|-|boss|nil.test"),
        (
            "\"Giant; \\\"Big\\\" Box\" <sysservices@example.net>",
            "Giant; \"Big\" Box|-|sysservices|example.net",
        ),
        (
            "Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
            "Mary Smith|-|mary|x.test ; -|-|jdoe|example.org ; Who?|-|one|y.test",
        ),
        (
            "A Group:Ed Jones <joe@where.test>,joe@where.test,John <jdoe@one.test>;",
            "-|-|A Group|- ; Ed Jones|-|joe|where.test ; -|-|joe|where.test ; John|-|jdoe|one.test ; -|-|-|-",
        ),
        ("Undisclosed recipients:;", "-|-|Undisclosed recipients|- ; -|-|-|-"),
        (
            "(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;",
            "-|-|Hidden recipients|- ; -|-|-|-",
        ),
        ("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "Pete|-|pete|silly.test"),
        (
            "A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n joe@example.org;",
            "-|-|A Group|- ; Chris Jones|-|c|public.example ; -|-|joe|example.org ; -|-|-|-",
        ),
        ("Joe Q. Public <john.q.public@example.com>", "Joe Q. Public|-|john.q.public|example.com"),
        (
            "Mary Smith <@node.test,@example.net:mary@example.net>",
            "Mary Smith|@node.test,@example.net|mary|example.net",
        ),
        ("John Smith <jdoe@machine(comment).  example>", "John Smith|-|jdoe|machine.example"),
        ("jdoe@example.org (John Doe)", "John Doe|-|jdoe|example.org"),
        ("x@[192.0.2.1], y@[IPv6:::1]", "-|-|x|[192.0.2.1] ; -|-|y|[IPv6:::1]"),
        ("\"a b\"@example.org", "-|-|a b|example.org"),
        ("=?UTF-8?B?5pel?= =?UTF-8?B?5pys?= <a@b>", "=?UTF-8?B?5pel?= =?UTF-8?B?5pys?=|-|a|b"),
        ("a@b,,c@d,", "-|-|a|b ; -|-|c|d"),
        // Broken ones.
        ("", ""),
        (",;,", ""),
        ("alice", "-|-|alice|"),
        ("<>", "-|-||"),
        ("Name <>", "Name|-||"),
        ("<alice>", "-|-|alice|"),
        ("Alice <alice@example.org", "Alice|-|alice|example.org"),
        ("alice@example.org <alice@example.org>", "-|-|alice|example.org"),
        ("a@b@c", "-|-|a|b@c"),
        ("<@b>", "-|-||b"),
        ("Group: a@b", "-|-|Group|- ; -|-|a|b ; -|-|-|-"),
        ("G1: G2: a@b;", "-|-|G1|- ; -|-|G2| ; -|-|-|-"),
        ("\"unclosed <a@b>", "-|-|unclosed <a@b>|"),
        ("(unclosed a@b", ""),
        ("a@b; c@d", "-|-|a|b ; -|-|c|d"),
    ] {
        assert_eq!(shown(value), expected, "{value:?}");
    }
}

#[test]
fn addresses_are_bounded() {
    assert_eq!(addresses("a@b,".repeat(20_000).as_bytes()).len(), MOST_ADDRESSES);
}
