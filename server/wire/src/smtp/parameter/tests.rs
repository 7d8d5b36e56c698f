use super::*;

fn mail(text: &str) -> Result<MailParameters, Refused> {
    MailParameters::read(&read(text).expect(text))
}

fn rcpt(text: &str) -> Result<RcptParameters, Refused> {
    RcptParameters::read(&read(text).expect(text))
}

#[test]
fn order_and_unknown_words_are_kept() {
    let keywords: Vec<_> = read(" size=1  X-NEW=a=b Y").expect("parameters").into_iter().collect();
    let named = |keyword: &str, value: Option<&str>| Parameter {
        keyword: keyword.into(),
        value: value.map(str::to_owned),
    };
    assert_eq!(keywords, [named("SIZE", Some("1")), named("X-NEW", Some("a=b")), named("Y", None)]);
    assert_eq!(read("").expect("nothing"), []);
}

#[test]
fn what_cannot_be_read() {
    for (text, at) in [("SIZE=1", 0), (" =1", 1), (" -A", 1), (" SIZE=", 6), (" é=1", 1), (" A=\u{7}", 3)] {
        assert_eq!(read(text).map_err(|error| error.at), Err(at), "{text}");
    }
}

#[test]
fn parameters_of_mail() {
    let all = mail(" SIZE=1000 body=8bitmime SMTPUTF8 RET=hdrs ENVID=QQ+31+2B AUTH=e+3Dmc2@example.com")
        .expect("all");
    assert_eq!(all.size, Some(1000));
    assert_eq!(all.body.as_deref(), Some("8BITMIME"));
    assert!(all.smtputf8);
    assert_eq!(all.ret.as_deref(), Some("HDRS"));
    assert_eq!(all.envid.as_deref(), Some("QQ1+"));
    assert_eq!(all.auth.as_deref(), Some("e=mc2@example.com"));
    assert_eq!(mail(" AUTH=<>").expect("nobody").auth.as_deref(), Some("<>"));
    assert_eq!(mail(" SIZE=99999999999999999999").expect("large").size, Some(u64::MAX));
}

#[test]
fn parameters_of_rcpt() {
    let all = rcpt(" NOTIFY=success,FAILURE ORCPT=rfc822;Bob+2Bx@ivory.edu").expect("all");
    assert_eq!(all.notify, ["SUCCESS", "FAILURE"]);
    assert_eq!(all.orcpt.as_deref(), Some("rfc822;Bob+x@ivory.edu"));
    assert_eq!(rcpt(" NOTIFY=NEVER").expect("never").notify, ["NEVER"]);
    assert_eq!(rcpt(" ORCPT=utf-8;é@é").expect("utf-8").orcpt.as_deref(), Some("utf-8;é@é"));
}

#[test]
fn refusals_name_the_parameter() {
    assert_eq!(mail(" XYZ=1"), Err(Refused::Unknown("XYZ".into())));
    assert_eq!(mail(" NOTIFY=NEVER"), Err(Refused::Unknown("NOTIFY".into())));
    assert_eq!(mail(" RET=FULL RET=HDRS"), Err(Refused::Twice("RET".into())));
    for text in [
        " SIZE",
        " SIZE=a",
        " SIZE=-1",
        " BODY=BINARYMIME",
        " SMTPUTF8=1",
        " RET=ALL",
        " ENVID=a+b",
        " AUTH=a=b",
    ] {
        assert!(matches!(mail(text), Err(Refused::Value { .. })), "{text}");
    }
    for text in [" NOTIFY=NEVER,DELAY", " NOTIFY=SOON", " ORCPT=bob@x", " ORCPT=rfc822;a+2"] {
        assert!(matches!(rcpt(text), Err(Refused::Value { .. })), "{text}");
    }
}
