//! What the fuzz targets share: an input cut into pieces, a whole conversation, and the form of what is answered.
pub mod answer;
pub mod conversation;

/// The stream to send, in pieces: the first byte says how many bytes behind it are lengths of pieces, taken in turn
/// until the stream is used up. A length of 0 is a pause. So the fuzzer finds cuts as it finds bytes.
pub fn pieces(input: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (count, rest) =
        input.split_first().map_or((0, input), |(count, rest)| (usize::from(*count % 16), rest));
    let (lengths, stream) = rest.split_at(count.min(rest.len()));
    let mut lengths = lengths.iter().copied().chain([u8::MAX]).cycle();
    let mut left = stream;
    std::iter::from_fn(move || {
        let length = usize::from(lengths.next()?).min(left.len());
        let (piece, rest) = left.split_at(length);
        if left.is_empty() {
            return None;
        }
        left = rest;
        Some(piece)
    })
}
