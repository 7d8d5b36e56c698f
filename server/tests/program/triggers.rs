//! Phases that move on by themselves: `run --keep-running`, and `serve` with a world that breaks by itself.
use postfail::files::Folder;

use crate::served::{Served, done, scenario_file};

const LOCKED: &str = "account/locked-after-failures";
const CLIENT: &str = env!("CARGO_BIN_EXE_postfail");
/// Two visits that go well around one that does not, and then it stays until somebody ends it.
const STAYS: &str = "\"$0\" client {client.url}; \"$0\" client {client.url}; \"$0\" client {client.url}; exec tail -f /dev/null";

/// The lock-out's story, each phase with its end.
fn moving() -> String {
    let mut text = postfail::catalogue::built_in(LOCKED).unwrap().text;
    for (phase, end) in [("works", "logins"), ("breaks", "failed_logins"), ("mended", "logins")] {
        let name = format!("name = \"{phase}\"\n");
        text = text.replace(&name, &format!("{name}until = {{ {end} = 1 }}\n"));
    }
    text
}

#[test]
fn one_run_of_the_client_goes_through_all_phases() {
    let folder = Folder::new().unwrap();
    let own = scenario_file(folder.path(), &moving());
    let run = ["run", own.to_str().unwrap(), "--keep-running", "--", "sh", "-c", STAYS, CLIENT];
    let (code, stdout, stderr) = done(&run);
    assert_eq!(code, 0, "{stdout}{stderr}");
    for phase in ["works ", "breaks", "mended"] {
        let line = stdout.lines().find(|line| line.trim_start().starts_with(phase)).unwrap_or_default();
        assert!(line.contains("passed") && line.contains("got: ran on"), "{stdout}");
    }
    assert!(stderr.contains("[1/1] own (dovecot): all phases\n") && stderr.contains("refused: "), "{stderr}");
}

#[test]
fn a_client_that_ends_early_did_not_reach_the_rest() {
    let folder = Folder::new().unwrap();
    let own = scenario_file(folder.path(), &moving());
    let run = ["run", own.to_str().unwrap(), "--keep-running", "--", CLIENT, "client", "{client.url}"];
    let (code, stdout, _) = done(&run);
    // Its log-in began `breaks`; it ended there, well, where it should have failed.
    assert_eq!(code, 1, "{stdout}");
    assert!(stdout.contains("say so, got exit code 0") && stdout.contains("mended  not reached"), "{stdout}");
}

#[test]
fn what_cannot_move_on_is_told_before_anything_starts() {
    for (arguments, told) in [
        (vec!["run", LOCKED, "--keep-running", "--", "true"], "nothing ends phase `works` of account/locked"),
        (vec!["run", LOCKED, "--keep-running", "--until", "logins=1"], "the built-in one looks once"),
        (vec!["run", LOCKED, "--keep-running", "--until", "login=1", "--", "true"], "did you mean `logins`?"),
        (vec!["run", LOCKED, "--until", "logins=1", "--", "true"], "--keep-running"),
    ] {
        let (code, _, stderr) = done(&arguments);
        assert!(code == 2 && stderr.contains(told), "{arguments:?}: {code} {stderr}");
    }
}

#[test]
fn a_served_world_breaks_by_itself_after_the_first_log_in() {
    let served = Served::start(&[LOCKED, "--until", "logins=1"]);
    let address = format!("imap+starttls://localhost:{}", served.port("POSTFAIL_IMAP_PORT"));
    let visit = || {
        let (user, password) = (served.text("POSTFAIL_USER"), served.text("POSTFAIL_PASSWORD"));
        let ca = served.text("POSTFAIL_CA_FILE");
        done(&["client", &address, "--user", user, "--password", password, "--ca", ca])
    };
    let (code, stdout, stderr) = visit();
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert_eq!(visit().0, 77, "locked");
    let (_, phases, _) = served.ctl(&["phase"]);
    assert!(phases.contains("breaks"), "{phases}");
    assert_eq!(served.ctl(&["phase", "next"]).0, 0);
    assert_eq!(visit().0, 0, "mended, by hand");
}
