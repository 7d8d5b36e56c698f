//! Sleep until a virtual deadline, and be nudged when something changes: the clock, a mailbox, the server's end.
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use jiff::Timestamp;
use postfail_engine::clock::Clock;
use tokio::time::{Instant, Sleep};

/// Wakes one task, from any thread; a nudge that comes early is kept.
#[derive(Debug, Default)]
pub(crate) struct Nudge {
    pending: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Nudge {
    pub fn nudge(&self) {
        self.pending.store(true, Ordering::Release);
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Ready once for any number of nudges since it was ready last.
    pub fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        if !self.take() {
            let mut waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner);
            if !waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
                *waker = Some(cx.waker().clone());
            }
            drop(waker);
            // It may have come between the look and the registration.
            if !self.take() {
                return Poll::Pending;
            }
        }
        Poll::Ready(())
    }

    fn take(&self) -> bool {
        self.pending.load(Ordering::Acquire) && self.pending.swap(false, Ordering::AcqRel)
    }
}

/// One task's timer. A deadline that moves away with every command costs nothing: the sleep is left as it is and
/// set again when it ends early. Whoever polls it must also be woken when the clock changes.
#[derive(Debug, Default)]
pub(crate) struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Timer {
    /// Ready when the virtual deadline has come; a frozen clock never gets there.
    pub fn poll(&mut self, cx: &mut Context<'_>, deadline: Timestamp, clock: &Clock) -> Poll<()> {
        loop {
            let Some(ahead) = clock.real_until(deadline, Timestamp::now()) else { return Poll::Pending };
            if ahead.is_zero() {
                return Poll::Ready(());
            }
            let now = Instant::now();
            // Deadlines years away need no timer of their own.
            let due = now.checked_add(ahead).unwrap_or_else(|| now + std::time::Duration::from_secs(86_400));
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
            if sleep.deadline() > due || sleep.is_elapsed() {
                sleep.as_mut().reset(due);
            }
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }
}
