//! What a connection is told of its listener: the policy, in the profile's words of the day.
use std::sync::Arc;

use jiff::civil::Date;
use postfail_session::world::{Capabilities, Granted, Listing, Policy, Protocol, Stage};

use super::World;
use crate::listener::{Listener, ListenerName};
use crate::profile::{Baseline, Occasion, Profile, Under, placeholder};

/// The policy of a listener on a day. Its greeting is still a pattern.
pub(super) fn policy(listener: &Listener, profile: &Profile, day: Date) -> Policy {
    Policy {
        protocol: listener.protocol,
        security: listener.security,
        host: profile.host.clone(),
        mechanisms: listener.mechanisms.clone(),
        require_tls: listener.require_tls,
        // RFC 6409 section 4.3: submission takes mail from those it knows.
        require_login: matches!(listener.name, ListenerName::Submission | ListenerName::Smtps),
        greeting: profile.greeting_pattern(listener.protocol).to_owned(),
        capabilities: capabilities(profile, listener.protocol, day),
        limits: profile.limits(listener.protocol),
    }
}

impl World {
    /// Make all policies anew when a day has begun on which providers may say something else.
    pub(super) fn follow_day(&mut self, day: Date) {
        if self.day != day {
            self.day = day;
            ListenerName::ALL.into_iter().for_each(|name| self.refresh(name));
        }
    }

    pub(super) fn refresh(&mut self, name: ListenerName) {
        let policy = policy(&self.listeners[name as usize], &self.profile, self.day);
        self.policies[name as usize] = Arc::new(policy);
    }

    /// The policy of one connection: shared, unless the words name the client or the hour.
    pub(super) fn policy_of(&self, name: ListenerName, occasion: &Occasion) -> Arc<Policy> {
        let mut policy = Arc::clone(&self.policies[name as usize]);
        let greeting = self.profile.greeting(policy.protocol, occasion);
        if greeting != policy.greeting {
            Arc::make_mut(&mut policy).greeting = greeting;
        }
        let value = |name: &str| occasion.value(name, &self.profile.host);
        let Capabilities { plain, tls, authenticated, .. } = &policy.capabilities;
        let texts = [plain, tls, authenticated].into_iter().flatten().filter_map(|list| list.text.as_deref());
        if texts.flat_map(placeholder::names).any(|name| value(name).is_some()) {
            let Capabilities { plain, tls, authenticated, .. } = &mut Arc::make_mut(&mut policy).capabilities;
            for text in
                [plain, tls, authenticated].into_iter().flatten().filter_map(|list| list.text.as_mut())
            {
                *text = placeholder::fill(text, value);
            }
        }
        policy
    }
}

/// The provider's lists of capabilities, as far as they are known.
fn capabilities(profile: &Profile, protocol: Protocol, day: Date) -> Capabilities {
    let list = |under| profile.baseline(protocol, Stage::Capability, under, day).map(listing);
    let mut capabilities = Capabilities {
        plain: list(Under::Plain),
        tls: list(Under::Tls),
        authenticated: list(Under::Authenticated),
        mechanisms: profile.mechanisms.of(protocol).clone(),
        ..Capabilities::default()
    };
    if protocol != Protocol::Imap {
        return capabilities;
    }
    if let Some(greeting) = profile.greeting.imap.as_ref() {
        let listed = greeting.on(day).capabilities();
        // The neutral profile does what saves clients a round trip; a provider what it was seen to do.
        capabilities.unasked = profile.is_neutral() || listed.is_some();
        if let Some(words) = listed {
            let before_tls = words.contains(&"STARTTLS");
            let seen = if before_tls { &mut capabilities.plain } else { &mut capabilities.tls };
            let words = words.into_iter().map(str::to_owned).collect();
            seen.get_or_insert(Listing { words, text: None });
        }
    }
    if let Some(granted) = profile.baseline(protocol, Stage::Auth, Under::Authenticated, day) {
        let list = listing(granted);
        let listed = !list.words.is_empty();
        capabilities.granted = list.text.clone().map(|text| Granted { listed, text });
        if listed {
            capabilities.authenticated.get_or_insert(Listing { text: None, ..list });
        }
    }
    capabilities
}

fn listing(baseline: &Baseline) -> Listing {
    let words = baseline.capabilities().into_iter().map(str::to_owned).collect();
    Listing { words, text: baseline.text_around().map(str::to_owned) }
}

#[cfg(test)]
mod tests;
