//! IMAP framing: any bytes in any cuts give the same pieces as the bytes in one, and no more is held than allowed.
#![no_main]
use libfuzzer_sys::fuzz_target;
use postfail_fuzz::pieces;
use postfail_wire::imap::framing::{Framing, Limits, Piece};

const LIMITS: Limits = Limits { line: 256, literal: 512, command: 2_048 };

fuzz_target!(|input: &[u8]| {
    let whole: Vec<u8> = pieces(input).flatten().copied().collect();
    let cut = run(pieces(input));
    assert_eq!(cut, run([whole.as_slice()].into_iter()), "the cuts change what is read");
});

/// The pieces, and how long the stream they came from was.
fn run<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Piece> {
    let mut framing = Framing::new(LIMITS);
    let mut found = Vec::new();
    for piece in pieces {
        framing.push(piece);
        while let Some(piece) = framing.next() {
            if let Piece::Announcement(announcement) = &piece
                && !(announcement.fits && framing.accept())
            {
                framing.refuse();
            }
            found.push(piece);
        }
        assert!(
            framing.held() <= LIMITS.command + LIMITS.line + LIMITS.literal as usize,
            "{} held",
            framing.held()
        );
    }
    found
}
