//! `postfail serve`: a world for people to point their mail program at, until Ctrl-C.
use std::path::{Path, PathBuf};

use postfail::change::{Change, IdentityChange};
use postfail::{Handle, Postfail, ready};

use super::Failure;
use super::args::{Serve, WorldArgs};
use super::output::{self, Colour, paint};
use super::stop::Stop;
use super::streams;

pub fn serve(asked: Serve) -> Result<(), Failure> {
    let world = world(&asked)?;
    super::runtime()?.block_on(async {
        let mut stop = Stop::listen()?;
        let handle = world.start().await.map_err(super::start_failure)?;
        let ready_file = announce(&handle, &asked)?;
        stop.asked().await;
        // Nobody must find a server that is going.
        if let Some(path) = ready_file {
            let _ = std::fs::remove_file(path);
        }
        handle.stop().await;
        Ok(())
    })
}

fn world(asked: &Serve) -> Result<Postfail, Failure> {
    let world = match &asked.scenario {
        Some(name) => Postfail::scenario(name),
        None => Postfail::healthy(),
    };
    let mut world = with(world, &asked.world)?.ports(asked.ports.into()).bind(asked.bind);
    world = world.triggers(asked.until);
    for name in &asked.control_name {
        world = world.control_name(name);
    }
    if let Some(file) = &asked.journal {
        world = world.journal_file(file);
    }
    Ok(world)
}

/// The settings that `serve` and `run` share.
pub fn with(mut world: Postfail, asked: &WorldArgs) -> Result<Postfail, Failure> {
    world = world.verify_on_drop(false);
    if let Some(profile) = asked.profile.as_deref().filter(|profile| *profile != "all") {
        world = world.profile(profile);
    }
    if let Some(era) = asked.era {
        world = world.era(era);
    }
    if let Some(seed) = asked.seed {
        world = world.seed(seed);
    }
    if let Some(folder) = &asked.ca_dir {
        world = world.ca_dir(folder);
    }
    if let Some(folder) = &asked.capture_dir {
        world = world.capture_dir(folder);
    }
    if let Some(file) = &asked.keylog {
        world = world.key_log(file);
    }
    if let Some(pace) = asked.pace {
        world = world.pace(pace);
    }
    if asked.auto_consent {
        let identity = IdentityChange { auto_consent: Some(true), ..IdentityChange::default() };
        world = world.change(Change::Identity(identity));
    }
    for change in &asked.changes {
        world = world.change(change.parse::<Change>().map_err(Failure::usage)?);
    }
    Ok(world)
}

/// The ready file first: who waits for the table on stdout may read the file at once.
fn announce(handle: &Handle, asked: &Serve) -> Result<Option<PathBuf>, Failure> {
    let path = asked.ready_file.clone().or_else(|| ready::usual_place().filter(|path| has_folder(path)));
    if let Some(path) = &path {
        let cannot =
            |error| Failure::usage(format!("cannot write the ready file {}: {error}", path.display()));
        ready::write(path, &handle.variables()).map_err(cannot)?;
    }
    // Mail programs are served with or without somebody who reads this.
    if let Err(Failure { message, .. }) = streams::print(&table(handle, path.as_deref())) {
        streams::tell(&format!("postfail: {message}\n"));
    }
    if !asked.bind.is_loopback() {
        streams::tell(&format!(
            "{} bound to {}: whoever reaches this machine can log in to the accounts above, fill its memory with \
             mail, and, with the token, change the server. Without --bind only this machine can.\n",
            paint(Colour::Yellow, "warning:"),
            asked.bind
        ));
    }
    Ok(path)
}

/// The usual place is used where there is one; nobody asked us to make folders.
fn has_folder(path: &Path) -> bool {
    path.parent().is_some_and(Path::is_dir)
}

fn table(handle: &Handle, ready_file: Option<&Path>) -> String {
    let rows: Vec<Vec<String>> = handle
        .listeners()
        .iter()
        .map(|listener| {
            let place = handle.place(listener.name);
            let security = postfail::variables::security_word(listener.security);
            let address = format!("{}:{}", place.host(), place.address.port());
            let state = listener.state.to_string();
            vec![listener.name.to_string(), security.to_owned(), address, listener.window.to_string(), state]
        })
        .collect();
    let accounts: Vec<Vec<String>> =
        handle.accounts().into_iter().map(|account| vec![account.address, account.password]).collect();
    let mut text = format!("{}\n\n", paint(Colour::Bold, &handle.title()));
    text.push_str(&output::table(&["protocol", "security", "address", "TLS", "state"], &rows));
    text.push('\n');
    text.push_str(&output::table(&["account", "password"], &accounts));
    let token = match ready_file {
        Some(path) => format!("POSTFAIL_CONTROL_TOKEN in {}", path.display()),
        None => format!("token {}", handle.control_token()),
    };
    text.push_str(&format!("\nCA       {}  for clients to trust\n", handle.ca_file().display()));
    text.push_str(&format!("control  {}  {token}\n", handle.control_url()));
    text.push_str(&format!(
        "sign-in  {}  OAuth 2.0; the same at the control address\n",
        handle.identity_url()
    ));
    let settings = handle.autoconfig_url();
    text.push_str(&format!(
        "settings {settings}  for mail programs that set themselves up\n\
         portal   {settings}/portal/  for people who forgot a password\n\nCtrl-C stops it.\n"
    ));
    text
}
