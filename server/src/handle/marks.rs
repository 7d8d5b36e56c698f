//! What faults said of their own, told apart from everything else by their markers.
use postfail_engine::fault::marker::{self, Marker};
use postfail_engine::journal::{Entry, Filter, Place, What};

use super::Handle;

impl Handle {
    /// The markers of the faults that acted behind this entry: look for them in what the client shows and keeps.
    #[must_use]
    pub fn markers(&self, since: u64) -> Vec<Marker> {
        self.bench.server.with(|world, _| {
            let filter = Filter::since(since);
            let entries: Vec<&Entry> = world.journal().entries(&filter).collect();
            marker::fired(&entries, world.seed())
        })
    }

    /// A marker was found there: the verdict will count it.
    pub fn note_shown(&self, marker: &Marker, place: Place) {
        let what = What::Shown { marker: marker.word.clone(), place };
        self.bench.server.with(|world, real| world.note(None, what, real));
    }
}
