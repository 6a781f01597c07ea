//! What a run of several layers comes to: how much of it is there at the same time, and how long it takes.
//!
//! Layers wait for others (`after`), and those of which neither waits for the other can run at the same time. The most that
//! they can have together is a maximum-weight antichain of that order: by Dilworth all weight less the most that can flow
//! from layers to layers that wait for them.

use std::collections::VecDeque;
use std::time::Duration;

use super::LayerPlan;

/// The most weight that layers of a run can have at the same time, and whose it is.
///
/// With layers a (3), b (4) and c (5), of which c waits for both: 7, of a and b.
pub fn together(layers: &[LayerPlan], weight: impl Fn(&LayerPlan) -> u64) -> (u64, Vec<usize>) {
    let weights: Vec<u64> = layers.iter().map(weight).collect();
    let before = ancestors(layers);
    let mut flow = Flow::new(&weights, &before);
    let moved = flow.run();
    let reached = flow.reached();
    let free =
        |index: &usize| reached.ups.get(*index) == Some(&true) && reached.downs.get(*index) == Some(&false);
    let total: u64 = weights.iter().sum();
    (total - moved, (0..layers.len()).filter(free).collect())
}

/// How long iterations may start in a run, from the first layer's beginning to the last one's end, and the layers that
/// make it so long.
pub fn longest(layers: &[LayerPlan]) -> (Duration, Vec<usize>) {
    let mut ends: Vec<(Duration, Vec<usize>)> = vec![Default::default(); layers.len()];
    for index in order(layers) {
        let Some(layer) = layers.get(index) else { continue };
        let waited = layer.after.iter().filter_map(|before| ends.get(*before)).max_by_key(|(end, _)| *end);
        let (start, mut way) = waited.cloned().unwrap_or_default();
        let stages = layer.stages.iter().map(|stage| stage.load.duration());
        let end = stages.fold(start.saturating_add(layer.start_time), Duration::saturating_add);
        way.push(index);
        set(&mut ends, index, (end, way));
    }
    ends.into_iter().max_by_key(|(end, _)| *end).unwrap_or_default()
}

/// The layers, each behind those that it waits for; a file may name them in another order.
fn order(layers: &[LayerPlan]) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(layers.len());
    loop {
        let before = order.len();
        for (index, layer) in layers.iter().enumerate() {
            if !order.contains(&index) && layer.after.iter().all(|one| order.contains(one)) {
                order.push(index);
            }
        }
        if order.len() == before {
            return order;
        }
    }
}

/// For each layer those that must have ended before it.
fn ancestors(layers: &[LayerPlan]) -> Vec<Vec<bool>> {
    let mut all: Vec<Vec<bool>> = vec![Vec::new(); layers.len()];
    for index in order(layers) {
        let mut of: Vec<bool> = vec![false; layers.len()];
        for before in layers.get(index).map(|layer| layer.after.as_slice()).unwrap_or_default() {
            let theirs = all.get(*before).cloned().unwrap_or_default();
            of.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine |= theirs);
            set(&mut of, *before, true);
        }
        set(&mut all, index, of);
    }
    all
}

/// Weight flows from each layer (`ups`) to those that wait for it (`downs`), as much as both have.
struct Flow<'b> {
    /// What is left of each layer to be sent, and to be taken.
    sends: Vec<u64>,
    takes: Vec<u64>,
    /// `sent[up][down]`.
    sent: Vec<Vec<u64>>,
    before: &'b [Vec<bool>],
}

/// Which ends of the network can be reached from a source that is not used up.
struct Reached {
    ups: Vec<bool>,
    downs: Vec<bool>,
    /// From which up a down was reached, and from which down an up.
    from_up: Vec<Option<usize>>,
    from_down: Vec<Option<usize>>,
}

impl<'b> Flow<'b> {
    fn new(weights: &[u64], before: &'b [Vec<bool>]) -> Flow<'b> {
        let count = weights.len();
        Flow { sends: weights.to_vec(), takes: weights.to_vec(), sent: vec![vec![0; count]; count], before }
    }

    fn waits(&self, down: usize, up: usize) -> bool {
        self.before.get(down).and_then(|of| of.get(up)) == Some(&true)
    }

    fn sent(&self, up: usize, down: usize) -> u64 {
        self.sent.get(up).and_then(|row| row.get(down)).copied().unwrap_or(0)
    }

    /// Breadth first, over what can still be sent and what can be taken back.
    fn reached(&self) -> Reached {
        let count = self.sends.len();
        let mut reached = Reached {
            ups: vec![false; count],
            downs: vec![false; count],
            from_up: vec![None; count],
            from_down: vec![None; count],
        };
        let mut queue: VecDeque<usize> = VecDeque::new();
        for (up, left) in self.sends.iter().enumerate() {
            if *left > 0 {
                set(&mut reached.ups, up, true);
                queue.push_back(up);
            }
        }
        while let Some(up) = queue.pop_front() {
            for down in 0..count {
                if !self.waits(down, up) || reached.downs.get(down) == Some(&true) {
                    continue;
                }
                set(&mut reached.downs, down, true);
                set(&mut reached.from_up, down, Some(up));
                for other in 0..count {
                    if self.sent(other, down) > 0 && reached.ups.get(other) == Some(&false) {
                        set(&mut reached.ups, other, true);
                        set(&mut reached.from_down, other, Some(down));
                        queue.push_back(other);
                    }
                }
            }
        }
        reached
    }

    /// Sends as much as can be sent, and says how much that is.
    fn run(&mut self) -> u64 {
        let mut moved = 0;
        loop {
            let reached = self.reached();
            let open = |down: &usize| {
                reached.downs.get(*down) == Some(&true) && self.takes.get(*down).is_some_and(|left| *left > 0)
            };
            let Some(end) = (0..self.takes.len()).find(open) else { return moved };
            // Back along the way, from its end: pairs of (up, down) that get more, and the downs at which some is taken back.
            let mut way = Vec::new();
            let (mut down, mut least) = (end, self.takes.get(end).copied().unwrap_or(0));
            while let Some(up) = reached.from_up.get(down).copied().flatten() {
                way.push((up, down));
                match reached.from_down.get(up).copied().flatten() {
                    Some(earlier) => {
                        least = least.min(self.sent(up, earlier));
                        down = earlier;
                    }
                    None => {
                        least = least.min(self.sends.get(up).copied().unwrap_or(0));
                        break;
                    }
                }
            }
            if least == 0 {
                return moved;
            }
            self.send(&way, least);
            if let Some(left) = self.takes.get_mut(end) {
                *left -= least;
            }
            moved += least;
        }
    }

    fn send(&mut self, way: &[(usize, usize)], amount: u64) {
        for (at, (up, down)) in way.iter().enumerate() {
            if let Some(sent) = self.sent.get_mut(*up).and_then(|row| row.get_mut(*down)) {
                *sent += amount;
            }
            match way.get(at + 1) {
                // What it had sent to the next down is taken back.
                Some((_, earlier)) => {
                    if let Some(sent) = self.sent.get_mut(*up).and_then(|row| row.get_mut(*earlier)) {
                        *sent -= amount;
                    }
                }
                None => {
                    if let Some(left) = self.sends.get_mut(*up) {
                        *left -= amount;
                    }
                }
            }
        }
    }
}

fn set<T>(list: &mut [T], at: usize, value: T) {
    if let Some(entry) = list.get_mut(at) {
        *entry = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Priority, StageSpec, Timeouts, Web};
    use proptest::prelude::*;

    /// Layers of these weights as VUs, each after these.
    fn layers(shape: &[(u32, Vec<usize>)]) -> Vec<LayerPlan> {
        let layer = |(vus, after): &(u32, Vec<usize>)| {
            let spec = StageSpec {
                name: "main".to_owned(),
                executor: "constant-vus".to_owned(),
                vus: Some(*vus),
                duration: Some(Duration::from_secs(u64::from(*vus))),
                ..StageSpec::default()
            };
            LayerPlan {
                scenario: String::new(),
                source: "a.wasm".into(),
                digest: String::new(),
                place: None,
                stages: vec![spec.check().expect("a stage")],
                goals: Vec::new(),
                metrics: Vec::new(),
                priority: Priority::Low,
                needs: Vec::new(),
                env: Vec::new(),
                timeouts: Timeouts::default(),
                web: Web::default(),
                after: after.clone(),
                only_if: Vec::new(),
                start_time: Duration::ZERO,
            }
        };
        shape.iter().map(layer).collect()
    }

    fn vus(layer: &LayerPlan) -> u64 {
        u64::from(layer.max_vus())
    }

    #[test]
    fn what_does_not_wait_comes_together() {
        let of = |shape: &[(u32, Vec<usize>)]| together(&layers(shape), vus);
        assert_eq!(of(&[(3, vec![]), (4, vec![]), (5, vec![0, 1])]), (7, vec![0, 1]));
        assert_eq!(of(&[(3, vec![]), (4, vec![]), (9, vec![0, 1])]), (9, vec![2]));
        assert_eq!(of(&[(3, vec![]), (4, vec![0]), (5, vec![1])]), (5, vec![2]));
        // c runs beside a and then beside b, never beside both.
        assert_eq!(of(&[(3, vec![]), (4, vec![0]), (5, vec![])]), (9, vec![1, 2]));
        // a waits for b, which stands behind it.
        assert_eq!(of(&[(3, vec![1]), (4, vec![])]), (4, vec![1]));
        assert_eq!(of(&[]), (0, vec![]));
    }

    #[test]
    fn a_run_is_as_long_as_its_longest_way() {
        let of = |shape: &[(u32, Vec<usize>)]| longest(&layers(shape));
        assert_eq!(of(&[(3, vec![]), (4, vec![]), (5, vec![0, 1])]), (Duration::from_secs(9), vec![1, 2]));
        assert_eq!(of(&[(3, vec![]), (9, vec![]), (5, vec![0])]), (Duration::from_secs(9), vec![1]));
    }

    proptest! {
        #[test]
        fn it_is_the_most_of_all_sets_of_which_none_waits_for_another(
            shape in proptest::collection::vec((1_u32..9, proptest::collection::vec(any::<bool>(), 8)), 1..8)
        ) {
            let shape: Vec<(u32, Vec<usize>)> = shape
                .into_iter()
                .enumerate()
                .map(|(at, (weight, before))| (weight, (0..at).filter(|index| before[*index]).collect()))
                .collect();
            let layers = layers(&shape);
            let before = ancestors(&layers);
            let alone = |set: u32| {
                let inside = |at: usize| set & (1 << at) != 0;
                (0..layers.len()).all(|a| (0..layers.len()).all(|b| !(inside(a) && inside(b) && before[a][b])))
            };
            let weigh = |set: u32| -> u64 {
                (0..layers.len()).filter(|at| set & (1 << at) != 0).map(|at| vus(&layers[at])).sum()
            };
            let most = (0..1_u32 << layers.len()).filter(|set| alone(*set)).map(weigh).max();
            let (found, whose) = together(&layers, vus);
            prop_assert_eq!(Some(found), most);
            prop_assert_eq!(whose.iter().map(|at| vus(&layers[*at])).sum::<u64>(), found);
        }
    }
}
