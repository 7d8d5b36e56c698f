//! Entries side by side on one terminal: each is shown whole once its turn in the order has come, and below stands
//! a line that says what runs.
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::Instant;

use super::super::streams;

/// Columns of the line: it must not wrap, or it could not be taken back.
const COLUMNS: usize = 79;

/// What is shown on stderr while a run goes on.
pub struct Progress {
    of: usize,
    /// Whether the line is drawn: entries run side by side, and somebody looks.
    is_drawn: bool,
    started: Instant,
    failed: usize,
    /// What entries that are over have said, until those before them are over too.
    waiting: BTreeMap<usize, String>,
    shown: usize,
    /// Running entries and their phases.
    running: BTreeMap<usize, String>,
}

impl Progress {
    /// Of this many entries, this many side by side.
    pub fn new(of: usize, jobs: usize) -> Self {
        Self {
            of,
            is_drawn: jobs > 1 && std::io::stderr().is_terminal(),
            started: Instant::now(),
            failed: 0,
            waiting: BTreeMap::new(),
            shown: 0,
            running: BTreeMap::new(),
        }
    }

    /// An entry is in this phase.
    pub fn now(&mut self, at: usize, what: String) {
        self.running.insert(at, what);
        self.draw();
    }

    /// An entry is over; what it said is shown now or once its turn comes.
    pub fn over(&mut self, at: usize, said: String, passed: bool) {
        self.running.remove(&at);
        self.failed += usize::from(!passed);
        self.waiting.insert(at, said);
        while let Some(said) = self.waiting.remove(&self.shown) {
            streams::tell(&said);
            self.shown += 1;
        }
        self.draw();
    }

    /// Nothing runs any more: show what waits for entries that never came to their end.
    pub fn end(&mut self) {
        for said in std::mem::take(&mut self.waiting).into_values() {
            streams::tell(&said);
        }
        self.is_drawn = false;
    }

    /// Seconds have passed.
    pub fn draw(&self) {
        if self.is_drawn {
            streams::draw(&self.line(self.started.elapsed().as_secs()));
        }
    }

    fn line(&self, seconds: u64) -> String {
        let over = self.shown + self.waiting.len();
        let failed = if self.failed > 0 { format!(", {} failed", self.failed) } else { String::new() };
        let running: Vec<&str> = self.running.values().map(String::as_str).collect();
        let line = format!("[{over}/{}{failed}, {seconds} s] {}", self.of, running.join("; "));
        line.chars().take(COLUMNS).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_how_far_it_is_and_never_wraps() {
        let mut progress = Progress { is_drawn: false, ..Progress::new(120, 2) };
        progress.now(0, "tls/old (dovecot): works".to_owned());
        progress.now(1, "tls/old (postfix): works".to_owned());
        assert_eq!(progress.line(3), "[0/120, 3 s] tls/old (dovecot): works; tls/old (postfix): works");
        progress.over(1, String::new(), false);
        assert_eq!(progress.line(4), "[1/120, 1 failed, 4 s] tls/old (dovecot): works");
        progress.over(0, String::new(), true);
        progress.now(2, "日".repeat(200));
        assert_eq!(progress.line(5).chars().count(), COLUMNS);
        assert!(progress.line(5).starts_with("[2/120, 1 failed, 5 s] 日"));
    }
}
