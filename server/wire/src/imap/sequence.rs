//! Sequence sets (RFC 3501 section 9, `sequence-set`): message sequence numbers or UIDs, never expanded to a list.
use std::fmt;
use std::ops::RangeInclusive;

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::combinator::{map, opt};
use nom::multi::separated_list1;
use nom::sequence::preceded;

use super::token::{Reading, expect, nz_number};

/// Numbers and ranges as sent; `None` is `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SequenceSet(pub Vec<(Option<u32>, Option<u32>)>);

/// ```text
/// sequence-set = (seq-number / seq-range) *("," sequence-set)
/// seq-number   = nz-number / "*"
/// seq-range    = seq-number ":" seq-number
/// ```
pub fn sequence_set(input: &[u8]) -> Reading<'_, SequenceSet> {
    let member =
        map((number, opt(preceded(tag(":"), number))), |(first, last)| (first, last.unwrap_or(first)));
    expect("sequence-set", map(separated_list1(tag(","), member), SequenceSet)).parse(input)
}

fn number(input: &[u8]) -> Reading<'_, Option<u32>> {
    alt((map(tag("*"), |_| None), map(nz_number, Some))).parse(input)
}

impl SequenceSet {
    /// Reads a whole text; `None` when it is no sequence set.
    pub fn parse(text: &[u8]) -> Option<SequenceSet> {
        match sequence_set(text) {
            Ok((b"", set)) => Some(set),
            _ => None,
        }
    }

    /// The shortest set that names exactly these numbers, given in rising order (COPYUID, RFC 4315 section 3).
    /// An empty input makes an empty set, which has no form on the wire.
    pub fn from_sorted(numbers: impl IntoIterator<Item = u32>) -> SequenceSet {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for number in numbers {
            match ranges.last_mut() {
                Some((_, last)) if number == *last || last.checked_add(1) == Some(number) => *last = number,
                _ => ranges.push((number, number)),
            }
        }
        SequenceSet(ranges.into_iter().map(|(first, last)| (Some(first), Some(last))).collect())
    }

    /// What the set means in a mailbox whose highest number (or UID) is `highest`: `*` is that number, a range may
    /// be written backwards. With `highest` 0 (an empty mailbox) `*` names nothing. The work and the memory go by
    /// the number of ranges written, not by the numbers they span.
    pub fn resolve(&self, highest: u32) -> Ranges {
        let mut list: Vec<(u32, u32)> = self
            .0
            .iter()
            .map(|(a, b)| (a.unwrap_or(highest), b.unwrap_or(highest)))
            .map(|(a, b)| (a.min(b).max(1), a.max(b)))
            .filter(|(first, last)| first <= last)
            .collect();
        list.sort_unstable();
        let mut merged: Vec<RangeInclusive<u32>> = Vec::with_capacity(list.len());
        for (first, last) in list {
            match merged.last_mut() {
                Some(previous) if first <= previous.end().saturating_add(1) => {
                    *previous = *previous.start()..=last.max(*previous.end());
                }
                _ => merged.push(first..=last),
            }
        }
        Ranges(merged)
    }

    /// Whether `number` is in the set, `*` being `highest`. For many questions use [`SequenceSet::resolve`] once.
    pub fn contains(&self, number: u32, highest: u32) -> bool {
        self.0.iter().any(|(a, b)| {
            let (a, b) = (a.unwrap_or(highest), b.unwrap_or(highest));
            number != 0 && (a.min(b)..=a.max(b)).contains(&number)
        })
    }

    /// Whether the set names a number above `highest`: for message sequence numbers a client's error.
    pub fn exceeds(&self, highest: u32) -> bool {
        self.0.iter().any(|(a, b)| a.max(b).is_some_and(|number| number > highest) || highest == 0)
    }
}

impl fmt::Display for SequenceSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (first, last)) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(",")?;
            }
            let show = |f: &mut fmt::Formatter<'_>, number: &Option<u32>| match number {
                Some(number) => write!(f, "{number}"),
                None => f.write_str("*"),
            };
            show(f, first)?;
            if first != last {
                f.write_str(":")?;
                show(f, last)?;
            }
        }
        Ok(())
    }
}

/// Ranges in rising order that neither overlap nor touch; made by [`SequenceSet::resolve`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges(Vec<RangeInclusive<u32>>);

impl Ranges {
    /// Whether `number` is within one of the ranges; logarithmic.
    pub fn contains(&self, number: u32) -> bool {
        let place = self.0.partition_point(|range| *range.end() < number);
        self.0.get(place).is_some_and(|range| range.contains(&number))
    }

    /// The ranges, rising.
    pub fn as_slice(&self) -> &[RangeInclusive<u32>] {
        &self.0
    }

    /// Every number up to `highest`, rising, made one by one: a client may well have asked for four billion.
    pub fn numbers(&self, highest: u32) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().flat_map(move |range| *range.start()..=(*range.end()).min(highest))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
