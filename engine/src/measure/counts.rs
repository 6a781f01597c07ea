//! The counts of a distribution: open for more, or packed because nobody expects any.
//!
//! An open one takes 8 bytes for each of its buckets, whether something is in them or not: some ten KiB for each
//! doubling of the largest value. Packed it takes one or two bytes for each bucket that has something in it, which is
//! what is left of a version of a scenario that no virtual user runs any more. Packing takes some 100 µs.

use std::borrow::Cow;
use std::io::Cursor;

use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer, V2Serializer};

/// Where the values of a distribution are counted.
#[derive(Clone, Debug, Default)]
pub(super) enum Counts {
    /// There are none.
    #[default]
    None,
    /// More may come.
    Open(Histogram<u64>),
    /// HdrHistogram's V2 encoding, uncompressed: one that has been read back once.
    Packed {
        /// How many values.
        count: u64,
        bytes: Box<[u8]>,
    },
}

impl Counts {
    /// The number of values.
    pub fn len(&self) -> u64 {
        match self {
            Counts::None => 0,
            Counts::Open(histogram) => histogram.len(),
            Counts::Packed { count, .. } => *count,
        }
    }

    /// The histogram; nothing without values.
    pub fn histogram(&self) -> Option<Cow<'_, Histogram<u64>>> {
        let histogram = match self {
            Counts::None => return None,
            Counts::Open(histogram) => Cow::Borrowed(histogram),
            Counts::Packed { bytes, .. } => Cow::Owned(unpacked(bytes)?),
        };
        (!histogram.is_empty()).then_some(histogram)
    }

    /// The histogram, open; one of this precision is made where there is none.
    pub fn open(&mut self, digits: u8) -> Option<&mut Histogram<u64>> {
        match self {
            Counts::Open(_) => {}
            Counts::None => *self = Counts::Open(Histogram::new(digits).ok()?),
            Counts::Packed { bytes, .. } => *self = Counts::Open(unpacked(bytes)?),
        }
        match self {
            Counts::Open(histogram) => Some(histogram),
            Counts::None | Counts::Packed { .. } => None,
        }
    }

    /// Packs what is open. A histogram that could not be read back as it is stays as it is.
    pub fn pack(&mut self) {
        let Counts::Open(histogram) = self else { return };
        let mut bytes = Vec::new();
        if V2Serializer::new().serialize(histogram, &mut bytes).is_ok()
            && unpacked(&bytes).as_ref() == Some(histogram)
        {
            *self = Counts::Packed { count: histogram.len(), bytes: bytes.into() };
        }
    }
}

fn unpacked(bytes: &[u8]) -> Option<Histogram<u64>> {
    let mut histogram = Deserializer::new().deserialize(&mut Cursor::new(bytes)).ok()?;
    // One that was read is as large as what was written of it; others that are merged into it may be larger.
    Histogram::auto(&mut histogram, true);
    Some(histogram)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn open(values: &[u64]) -> Counts {
        let mut counts = Counts::default();
        for value in values {
            counts.open(3).expect("a histogram").record(*value).expect("room");
        }
        counts
    }

    proptest! {
        #[test]
        fn what_was_packed_is_what_it_was_and_takes_more(
            values in proptest::collection::vec(0u64..3_600_000_000, 0..200),
            later in proptest::collection::vec(0u64..3_600_000_000, 0..50),
        ) {
            let (whole, mut packed) = (open(&values), open(&values));
            packed.pack();
            prop_assert_eq!(matches!(packed, Counts::Packed { .. }), !values.is_empty());
            prop_assert_eq!(packed.len(), whole.len());
            prop_assert_eq!(packed.histogram(), whole.histogram());
            for value in &later {
                packed.open(3).expect("a histogram").record(*value).expect("room");
            }
            let all = open(&[values, later].concat());
            prop_assert_eq!(packed.histogram(), all.histogram());
        }
    }

    #[test]
    fn a_thousand_values_between_1_and_50_ms_take_less_than_four_kib() {
        let values: Vec<u64> = (1..=1000).map(|nth| 1000 + nth * nth % 49_000).collect();
        let mut counts = open(&values);
        counts.pack();
        let Counts::Packed { bytes, .. } = counts else { panic!("it is not packed") };
        assert!(bytes.len() < 4096, "{} bytes", bytes.len());
    }
}
