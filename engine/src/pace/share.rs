//! Splitting a whole number over workers.

/// How much of `whole` worker `index` of `workers` gets: the parts differ by at most one, the first ones are the
/// larger ones, and together they are the whole. `share(10, 0..4)` is 3, 3, 2, 2.
pub fn share(whole: u32, index: usize, workers: usize) -> u32 {
    let workers = u32::try_from(workers.max(1)).unwrap_or(u32::MAX);
    let index = u32::try_from(index).unwrap_or(u32::MAX);
    whole / workers + u32::from(index < whole % workers)
}

/// How much of `whole` worker `index` gets when it has its [`share`] of `vus`: in proportion to its VUs, so that a
/// worker without VUs gets nothing, and together exactly the whole.
///
/// 100 iterations for 3 VUs on 2 workers (2 and 1 VUs) are 66 and 34.
pub fn share_by_vus(whole: u32, vus: u32, index: usize, workers: usize) -> u32 {
    let before: u32 = (0..index).map(|other| share(vus, other, workers)).sum();
    let upto = |vus_so_far: u32| u64::from(whole) * u64::from(vus_so_far) / u64::from(vus.max(1));
    let part = upto(before + share(vus, index, workers)) - upto(before);
    u32::try_from(part).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn shares_sum_to_the_whole_and_are_even(whole in any::<u32>(), workers in 1usize..200) {
            let parts: Vec<u32> = (0..workers).map(|index| share(whole, index, workers)).collect();
            prop_assert_eq!(parts.iter().map(|part| u64::from(*part)).sum::<u64>(), u64::from(whole));
            let (least, most) = (parts.iter().min(), parts.iter().max());
            prop_assert!(most.zip(least).is_some_and(|(most, least)| most - least <= 1));
        }
    }

    #[test]
    fn iterations_follow_the_vus() {
        assert_eq!([0, 1].map(|index| share_by_vus(100, 3, index, 2)), [66, 34]);
        assert_eq!([0, 1, 2].map(|index| share_by_vus(7, 1, index, 3)), [7, 0, 0]);
    }
}
