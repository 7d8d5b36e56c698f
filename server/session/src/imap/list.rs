//! LIST and LSUB (RFC 3501 sections 6.3.8 and 6.3.9) with LIST-EXTENDED (RFC 5258), CHILDREN (RFC 3348),
//! SPECIAL-USE (RFC 6154) and LIST-STATUS (RFC 5819).
mod pattern;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Unbounded};

use bytes::Bytes;
use postfail_store::mailbox::name::{DELIMITER, is_inferior, superiors};
use postfail_store::{AccountId, Mailbox as Stored, Store};
use postfail_wire::imap::command::{List, Mailbox, StatusItem};
use postfail_wire::imap::response::{Listed, Response};

use self::pattern::Pattern;
use super::completion::{Completion, Outcome};
use super::{Imap, status};
use crate::World;

/// Most patterns of one LIST: each is compared with every mailbox.
const MOST_PATTERNS: usize = 32;

/// What an extended LIST asked for. Children and special uses are always told: both are allowed without request.
#[derive(Clone, Copy, Debug, Default)]
struct Options {
    /// Only subscribed names; those without a mailbox too.
    subscribed: bool,
    /// Only mailboxes with a special use.
    special_use: bool,
    /// Also names above such ones that match the pattern when those themselves do not.
    recursive: bool,
    /// Tell `\Subscribed`.
    tell_subscribed: bool,
}

/// One name that may be listed.
struct Entry<'s> {
    name: &'s str,
    mailbox: Option<&'s Stored>,
    subscribed: bool,
    /// It is what the selection options ask for.
    chosen: bool,
}

impl Imap {
    pub(super) fn list(&mut self, list: &List, world: &mut dyn World) -> Outcome {
        let account = self.state.account()?;
        let options = Options::read(list)?;
        status::known(&list.status)?;
        if list.patterns.len() > MOST_PATTERNS {
            return Err(Completion::no(format!("At most {MOST_PATTERNS} patterns")).word("LIMIT"));
        }
        let mut responses = Vec::new();
        if !list.extended && list.patterns.iter().all(|pattern| pattern.is_empty()) {
            // "Special request to return the hierarchy delimiter and the root name" (RFC 3501 6.3.8).
            responses.push(Response::List(listed("", vec!["\\Noselect"])));
        } else {
            let patterns: Vec<_> =
                list.patterns.iter().map(|one| Pattern::new(&list.reference, one)).collect();
            walk(world.store(), account, &patterns, options, &list.status, &mut responses);
        }
        responses.iter().for_each(|response| self.say(response, world));
        Ok(Some(Completion::ok("LIST completed")))
    }

    /// Subscribed names that match; with `%` also the names above those that do not, `\Noselect` (RFC 3501 6.3.9).
    pub(super) fn lsub(&mut self, reference: &[u8], pattern: &[u8], world: &mut dyn World) -> Outcome {
        let account = self.state.account()?;
        let wanted = Pattern::new(reference, pattern);
        let store = world.store();
        // Name, and whether it can be selected.
        let mut found: BTreeMap<&str, bool> = BTreeMap::new();
        for name in store.subscriptions(account) {
            if wanted.matches(name) {
                found.insert(name, store.mailbox(account, name).is_ok_and(|mailbox| !mailbox.no_select()));
            } else {
                let above = superiors(name).filter(|above| wanted.matches(above) && pattern.ends_with(b"%"));
                above.for_each(|above| _ = found.entry(above).or_insert(false));
            }
        }
        let response = |(name, selectable): (&str, bool)| {
            Response::Lsub(listed(name, if selectable { Vec::new() } else { vec!["\\Noselect"] }))
        };
        let responses: Vec<Response> = found.into_iter().map(response).collect();
        responses.iter().for_each(|response| self.say(response, world));
        Ok(Some(Completion::ok("LSUB completed")))
    }
}

impl Options {
    /// ```text
    /// list-select-base-opt = "SUBSCRIBED" / "SPECIAL-USE"
    /// list-select-mod-opt  = "RECURSIVEMATCH"       ; only beside a base option (RFC 5258 section 3.1)
    /// return-option        = "SUBSCRIBED" / "CHILDREN" / "SPECIAL-USE" / "STATUS" SP "(" ... ")"
    /// ```
    fn read(list: &List) -> Result<Options, Completion> {
        let mut options = Options::default();
        for option in &list.select {
            match option.as_str() {
                "SUBSCRIBED" => (options.subscribed, options.tell_subscribed) = (true, true),
                "SPECIAL-USE" => options.special_use = true,
                "RECURSIVEMATCH" => options.recursive = true,
                "REMOTE" => {}
                other => return Err(Completion::bad(format!("LIST selection option {other} is not known"))),
            }
        }
        for option in list.returns.iter().flatten() {
            match option.as_str() {
                "SUBSCRIBED" => options.tell_subscribed = true,
                "CHILDREN" | "SPECIAL-USE" | "STATUS" => {}
                other => return Err(Completion::bad(format!("LIST return option {other} is not known"))),
            }
        }
        if options.recursive && !options.subscribed && !options.special_use {
            return Err(Completion::bad("RECURSIVEMATCH needs SUBSCRIBED or SPECIAL-USE beside it"));
        }
        Ok(options)
    }

    fn choose(self, subscribed: bool, mailbox: Option<&Stored>) -> bool {
        (!self.subscribed || subscribed)
            && (!self.special_use || mailbox.is_some_and(|mailbox| mailbox.special_use().is_some()))
            && (self.subscribed || mailbox.is_some())
    }

    /// CHILDINFO's word for what was looked for (RFC 5258 section 3.5).
    fn child_info(self) -> &'static str {
        if self.subscribed { "SUBSCRIBED" } else { "SPECIAL-USE" }
    }
}

/// Put the LIST, and STATUS, responses for every name that fits into `responses`, sorted by name.
fn walk(
    store: &Store,
    account: AccountId,
    patterns: &[Pattern],
    options: Options,
    status: &[StatusItem],
    responses: &mut Vec<Response>,
) {
    let subscriptions: BTreeSet<&str> = store.subscriptions(account).collect();
    let mut entries: BTreeMap<&str, Entry<'_>> = BTreeMap::new();
    for mailbox in store.mailboxes(account) {
        let (name, subscribed) = (mailbox.name(), subscriptions.contains(mailbox.name()));
        let chosen = options.choose(subscribed, Some(mailbox));
        entries.insert(name, Entry { name, mailbox: Some(mailbox), subscribed, chosen });
    }
    if options.subscribed {
        for &name in &subscriptions {
            let chosen = options.choose(true, None);
            entries.entry(name).or_insert(Entry { name, mailbox: None, subscribed: true, chosen });
            for name in superiors(name) {
                entries.entry(name).or_insert(Entry {
                    name,
                    mailbox: None,
                    subscribed: false,
                    chosen: false,
                });
            }
        }
    }
    let fits = |entry: &Entry<'_>| patterns.iter().any(|pattern| pattern.matches(entry.name));
    let matching: BTreeSet<&str> =
        entries.values().filter(|entry| fits(entry)).map(|entry| entry.name).collect();
    for entry in entries.values().filter(|entry| matching.contains(entry.name)) {
        // Told only where a chosen name below is not itself told: RFC 5258 section 3 asks to leave out the rest.
        let unseen_below = options.recursive
            && inferiors(&entries, entry.name).any(|below| below.chosen && !matching.contains(below.name));
        if !entry.chosen && !unseen_below {
            continue;
        }
        let has_children = inferiors(&entries, entry.name).any(|below| below.mailbox.is_some());
        let mut told = listed(entry.name, attributes(entry, has_children, options));
        if unseen_below {
            told.child_info.push(options.child_info().to_owned());
        }
        responses.push(Response::List(told));
        if let Some(mailbox) = entry.mailbox.filter(|mailbox| !status.is_empty() && !mailbox.no_select()) {
            responses.push(status::response(mailbox, status));
        }
    }
}

/// The entries below `name`.
fn inferiors<'e, 's>(
    entries: &'e BTreeMap<&'s str, Entry<'s>>,
    name: &'e str,
) -> impl Iterator<Item = &'e Entry<'s>> {
    // Names such as `name-x` sort between `name` and `name/x`.
    let below = entries.range::<str, _>((Excluded(name), Unbounded)).map(|(_, entry)| entry);
    below
        .take_while(move |entry| entry.name.starts_with(name))
        .filter(move |entry| is_inferior(entry.name, name))
}

fn attributes(entry: &Entry<'_>, has_children: bool, options: Options) -> Vec<&'static str> {
    let mut attributes = Vec::with_capacity(4);
    match entry.mailbox {
        None => attributes.push("\\NonExistent"),
        Some(mailbox) if mailbox.no_select() => attributes.push("\\Noselect"),
        Some(_) => {}
    }
    attributes.push(if has_children { "\\HasChildren" } else { "\\HasNoChildren" });
    if options.tell_subscribed && entry.subscribed {
        attributes.push("\\Subscribed");
    }
    attributes.extend(entry.mailbox.and_then(Stored::special_use).map(|special| special.attribute()));
    attributes
}

fn listed(name: &str, attributes: Vec<&'static str>) -> Listed {
    Listed {
        attributes: attributes.into_iter().map(str::to_owned).collect(),
        delimiter: Some(DELIMITER),
        mailbox: Mailbox(Bytes::copy_from_slice(name.as_bytes())),
        child_info: Vec::new(),
    }
}
