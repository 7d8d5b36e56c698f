//! What one client, or all of them together, cannot make a world do.
use super::*;

#[test]
fn to_act_as_somebody_else_is_a_failed_attempt() {
    let mut world = healthy();
    world.apply(&changes(r#"[{"lockout":{"failures":2}}]"#), at(0)).unwrap();
    let own = password(&world, "taro");
    let connection = connect(&mut world, ListenerName::Imaps);
    let mut try_as = |authorization, real| {
        let proof = Proof::Password(own.as_bytes());
        let attempt = Attempt { user: "taro", authorization, mechanism: "PLAIN", proof, secured: true };
        world.visit(&connection, real).log_in(&attempt).map(|_| ()).map_err(|refusal| refusal.failure)
    };
    assert_eq!(try_as("taro@postfail.test", at(0)), Ok(()));
    assert_eq!(try_as("hanako", at(1)), Err("bad-password".to_owned()));
    assert_eq!(try_as("nobody", at(2)), Err("bad-password".to_owned()));
    assert_eq!(try_as("", at(3)), Err("account-locked".to_owned()));
    assert_eq!(journal(&world, "log_in").len(), 4);
}
