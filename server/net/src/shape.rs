//! How fast and how far bytes go out: what faults make of a connection (`throttle`, `drip`, `truncate`).
use std::time::Duration;

use postfail_session::world::{Shape, Then};

/// The shapes in force on a connection; together they act all at once.
#[derive(Debug, Default)]
pub(crate) struct Shaping {
    rate: Option<u64>,
    drip: Option<(usize, Duration)>,
    /// Bytes that may still go out, and what happens then.
    left: Option<(usize, Then)>,
}

/// What to do with bytes that are ready.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Write so many of them, then pause this long in virtual time.
    Write(usize, Duration),
    /// Write none of them.
    Cut(Then),
}

/// A throttled line gives out its bytes in pieces of about a tenth of a second.
const PIECES_A_SECOND: u64 = 10;

impl Shaping {
    /// One more; of two of a kind the later one holds.
    pub fn add(&mut self, shape: Shape) {
        match shape {
            Shape::Throttle { rate } => self.rate = Some(rate.max(1)),
            Shape::Drip { bytes, every } => self.drip = Some((bytes.max(1), every)),
            Shape::Truncate { after, then } => self.left = Some((after, then)),
        }
    }

    /// What goes out next of so many bytes, at least one.
    pub fn piece(&mut self, ready: usize) -> Piece {
        let (mut size, mut pause) = (ready, Duration::ZERO);
        if let Some((bytes, every)) = self.drip {
            size = size.min(bytes);
            pause = every;
        }
        if let Some(rate) = self.rate {
            let most = usize::try_from((rate / PIECES_A_SECOND).max(1)).unwrap_or(usize::MAX);
            size = size.min(most);
        }
        if let Some((left, then)) = &mut self.left {
            if *left == 0 {
                return Piece::Cut(*then);
            }
            size = size.min(*left);
            *left -= size;
        }
        if let Some(rate) = self.rate {
            let nanos = (size as u128 * 1_000_000_000).div_ceil(rate.into());
            pause = pause.max(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)));
        }
        Piece::Write(size, pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shaping(shapes: &[Shape]) -> Shaping {
        let mut shaping = Shaping::default();
        shapes.iter().for_each(|shape| shaping.add(*shape));
        shaping
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_throttle_takes_its_time_for_every_byte() {
        for (rate, ready) in [(1, 5), (300, 1_000), (1_000_000, 3_000_000), (7, 100)] {
            let mut shaping = shaping(&[Shape::Throttle { rate }]);
            let (mut left, mut time) = (ready, Duration::ZERO);
            while left > 0 {
                let Piece::Write(size, pause) = shaping.piece(left) else { panic!("nothing is cut") };
                left -= size;
                time += pause;
            }
            let exact = SECOND.mul_f64(ready as f64 / rate as f64);
            assert!(time >= exact && time - exact < SECOND / 100, "{ready} bytes at {rate}/s: {time:?}");
        }
    }

    #[test]
    fn a_drip_is_so_many_bytes_and_a_pause() {
        let mut shaping = shaping(&[Shape::Drip { bytes: 2, every: SECOND }]);
        assert_eq!([shaping.piece(3), shaping.piece(1)], [Piece::Write(2, SECOND), Piece::Write(1, SECOND)]);
    }

    #[test]
    fn nothing_goes_out_behind_the_cut() {
        let mut shaping = shaping(&[Shape::Truncate { after: 5, then: Then::Reset }]);
        assert_eq!(shaping.piece(3), Piece::Write(3, Duration::ZERO));
        assert_eq!(shaping.piece(3), Piece::Write(2, Duration::ZERO));
        assert_eq!(shaping.piece(1), Piece::Cut(Then::Reset));
    }

    #[test]
    fn shapes_act_together() {
        let cut = Shape::Truncate { after: 3, then: Then::Hang };
        let mut shaping =
            shaping(&[cut, Shape::Drip { bytes: 2, every: SECOND }, Shape::Throttle { rate: 1 }]);
        assert_eq!(shaping.piece(9), Piece::Write(1, SECOND));
        assert_eq!(shaping.piece(8), Piece::Write(1, SECOND));
        assert_eq!(shaping.piece(7), Piece::Write(1, SECOND));
        assert_eq!(shaping.piece(6), Piece::Cut(Then::Hang));
    }
}
